public import Foundation
import Numerics

// python-paillier's key files (JSON web keys, "kty": "DAJ"). `h` is ours and optional, its users can ignore it; theirs
// carry none, and then every randomisation is a full r^n.

private struct PublicKeyFile: Codable {
    var kty = "DAJ"
    var alg: String? = "PAI-GN1"
    var key_ops: [String]? = ["encrypt"]
    var n: String
    var h: String?
    var kid: String?
}

private struct PrivateKeyFile: Decodable {
    var kty: String
    var p: String
    var q: String
    var pub: PublicKeyFile
}

extension PublicKey {
    /// Reads a public key file, or the public part of a private one.
    /// - Throws: `malformedKey`, `keyTooSmall`.
    public init(json: Data, allowInsecure: Bool = false) throws(PaillierError) {
        // Of a private key the reader sees no primes: what it frees is not wiped. A file that names them by escapes, as nobody's program
        // does, is read as it is.
        var blanked = BlankedSecrets(json, named: ["p", "q"])
        defer { blanked?.wipe() }
        let readable = blanked?.json ?? json
        let file: PublicKeyFile
        do {
            file =
                try (try? JSONDecoder().decode(PrivateKeyFile.self, from: readable).pub)
                ?? JSONDecoder().decode(PublicKeyFile.self, from: readable)
        } catch {
            throw .malformedKey("not a python-paillier key: JSON with \"kty\": \"DAJ\" and \"n\" expected")
        }
        try self.init(file: file, allowInsecure: allowInsecure)
    }

    fileprivate init(file: PublicKeyFile, allowInsecure: Bool) throws(PaillierError) {
        guard file.kty == "DAJ" else { throw .malformedKey("\"kty\" is \"\(file.kty)\", \"DAJ\" expected") }
        guard file.alg == nil || file.alg == "PAI-GN1" else { throw .malformedKey("\"alg\" is not \"PAI-GN1\"") }
        let n = try integer(file.n, member: "n")
        var h: BigInteger?
        if let text = file.h { h = try integer(text, member: "h") }
        try self.init(n: n, h: h, allowInsecure: allowInsecure)
    }

    fileprivate func file(comment: String) -> PublicKeyFile {
        PublicKeyFile(n: base64URL(n), h: h.map { base64URL($0) }, kid: comment)
    }

    /// The public key file.
    public func json(comment: String) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return try encoder.encode(file(comment: comment)) + Data("\n".utf8)
    }
}

extension PrivateKey {
    /// Reads a private key file and checks it (primes, n = pq, sizes). Copies of the primes made here are wiped; `json` is the
    /// caller's to wipe.
    public convenience init(json: Data, allowInsecure: Bool = false) throws(PaillierError) {
        let fault = PaillierError.malformedKey(
            "not a python-paillier private key: JSON with \"p\", \"q\" and \"pub\" expected")
        guard var blanked = BlankedSecrets(json, named: ["p", "q"]) else { throw fault }
        defer { blanked.wipe() }
        guard let file = try? JSONDecoder().decode(PrivateKeyFile.self, from: blanked.json) else { throw fault }
        let publicKey = try PublicKey(file: file.pub, allowInsecure: allowInsecure)
        guard file.kty == "DAJ", let p = blanked.secrets["p"], let q = blanked.secrets["q"], !p.isEmpty, !q.isEmpty
        else {
            throw .malformedKey("\"p\" or \"q\" is not base64url")
        }
        try self.init(p: p, q: q, n: publicKey.n, h: publicKey.h, allowInsecure: allowInsecure)
    }

    /// Calls `body` with the private key file, whose bytes are wiped afterwards. Files of it belong to mode 0600.
    /// - Parameter comment: Any text; it is escaped.
    public func withJSON<Result>(comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let pub = try publicKey.json(comment: comment).dropLast()
        let kid = try JSONEncoder().encode(comment)
        return try withSecretText(
            capacity: pub.count + kid.count + publicKey.bits + 256,
            { text in
                text += Array("{\"key_ops\":[\"decrypt\"],\"kid\":".utf8) + kid + Array(",\"kty\":\"DAJ\"".utf8)
                for (side, name) in ["p", "q"].enumerated() {
                    text += Array(",\"\(name)\":\"".utf8)
                    withPrimeBytes(side) { SecretBase64.append($0, to: &text, .url) }
                    text += Array("\"".utf8)
                }
                text += Array(",\"pub\":".utf8) + pub + Array("}\n".utf8)
            }, body)
    }
}

private func base64URL(_ value: BigInteger) -> String {
    var text: [UInt8] = []
    SecretBase64.append(value.bigEndianBytes(count: (value.bitWidth + 7) / 8), to: &text, .url)
    return String(decoding: text, as: UTF8.self)
}

private func integer(_ text: String, member: String) throws(PaillierError) -> BigInteger {
    guard let bytes = SecretBase64.bytes(text.utf8), !bytes.isEmpty else {
        throw .malformedKey("\"\(member)\" is not base64url")
    }
    return BigInteger(bigEndian: bytes)
}
