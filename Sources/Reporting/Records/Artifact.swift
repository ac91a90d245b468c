import Foundation

/// A file a result depends on: its name without folders, and the SHA-256 of its bytes.
///
/// In records it is one string, `head.h5@sha256:<64 hexadecimal digits>`.
package struct Artifact: Hashable, Sendable {
    package let name: String
    package let sha256: String

    /// - Precondition: `name` is not empty and holds no folder; `sha256` is 64 lowercase hexadecimal digits.
    package init(name: String, sha256: String) {
        precondition(Self.isValid(name: name, sha256: sha256), "artifact: expected a file name and a SHA-256")
        self.name = name
        self.sha256 = sha256
    }

    private init?(_ text: String) {
        // By bytes: thousands of records are read at a time.
        let bytes = text.utf8
        let length = Self.separator.utf8.count + Self.digits
        guard bytes.count > length else { return nil }
        let end = bytes.index(bytes.endIndex, offsetBy: -length)
        guard bytes[end...].starts(with: Self.separator.utf8) else { return nil }
        name = String(text[..<end])
        sha256 = String(text.suffix(Self.digits))
        guard Self.isValid(name: name, sha256: sha256) else { return nil }
    }

    private static let separator = "@sha256:"
    private static let digits = 64

    private static func isValid(name: String, sha256: String) -> Bool {
        let (zero, nine, a, f) = (UInt8(ascii: "0"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "f"))
        return !name.isEmpty && !name.utf8.contains(UInt8(ascii: "/")) && sha256.utf8.count == digits
            && sha256.utf8.allSatisfy { (zero...nine).contains($0) || (a...f).contains($0) }
    }
}

extension Artifact: CustomStringConvertible {
    package var description: String { name + Self.separator + sha256 }

    /// The name without its extension, for cells and legends.
    package var stem: String { name.withoutExtension }

    /// The name with the first eight digits of the sum, for captions and messages.
    package var shortDescription: String { "\(name) (SHA-256 \(sha256.prefix(8)))" }
}

extension Artifact: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let artifact = Artifact(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected 'NAME@sha256:DIGEST'")
        }
        self = artifact
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension String {
    /// A file name up to its last dot.
    var withoutExtension: String { lastIndex(of: ".").map { String(self[..<$0]) } ?? self }
}
