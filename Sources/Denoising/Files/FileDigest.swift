import Crypto
import Foundation

/// SHA-256 in lower-case hexadecimal.
package enum FileDigest {
    static func hexadecimal(_ digest: SHA256.Digest) -> String {
        digest.map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }

    /// Of a text's UTF-8 bytes.
    package static func of(_ text: String) -> String { hexadecimal(SHA256.hash(data: Data(text.utf8))) }

    /// - Throws: `DenoisingError.malformedFile` if the file cannot be read, `checksumMismatch` if it is another.
    static func check(_ path: String, sha256 expected: String) throws(DenoisingError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .malformedFile(reason: "cannot be read, expected a weights file")
        }
        let found = hexadecimal(SHA256.hash(data: data))
        guard found == expected.lowercased() else { throw .checksumMismatch(found: found, expected: expected) }
    }
}
