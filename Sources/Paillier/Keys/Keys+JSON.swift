import CPaillierKernel
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
        let file: PublicKeyFile
        do {
            file =
                try (try? JSONDecoder().decode(PrivateKeyFile.self, from: json).pub)
                ?? JSONDecoder().decode(PublicKeyFile.self, from: json)
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
    /// Reads a private key file and checks it (primes, n = pq, sizes).
    /// - Warning: Foundation's JSON reader leaves the encoded primes in memory it frees without wiping.
    public convenience init(json: Data, allowInsecure: Bool = false) throws(PaillierError) {
        let file: PrivateKeyFile
        do {
            file = try JSONDecoder().decode(PrivateKeyFile.self, from: json)
        } catch {
            throw .malformedKey("not a python-paillier private key: JSON with \"p\", \"q\" and \"pub\" expected")
        }
        let publicKey = try PublicKey(file: file.pub, allowInsecure: allowInsecure)
        guard file.kty == "DAJ", var p = bytes(base64URL: file.p), var q = bytes(base64URL: file.q) else {
            throw .malformedKey("\"p\" or \"q\" is not base64url")
        }
        defer {
            p.withUnsafeMutableBytes { pk_wipe($0.baseAddress, $0.count) }
            q.withUnsafeMutableBytes { pk_wipe($0.baseAddress, $0.count) }
        }
        try self.init(p: p, q: q, n: publicKey.n, h: publicKey.h, allowInsecure: allowInsecure)
    }

    /// Calls `body` with the private key file, whose bytes are wiped afterwards. Files of it belong to mode 0600.
    public func withJSON<Result>(comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let pub = try publicKey.json(comment: comment).dropLast()
        // Sized once, so that no reallocation leaves a copy of the primes behind.
        var text: [UInt8] = []
        text.reserveCapacity(pub.count + publicKey.bits)
        defer { text.withUnsafeMutableBytes { pk_wipe($0.baseAddress, $0.count) } }
        text += Array("{\"key_ops\":[\"decrypt\"],\"kid\":\"\(comment)\",\"kty\":\"DAJ\"".utf8)
        for (side, name) in ["p", "q"].enumerated() {
            text += Array(",\"\(name)\":\"".utf8)
            withPrimeBytes(side) { appendBase64URL($0, to: &text) }
            text += Array("\"".utf8)
        }
        text += Array(",\"pub\":".utf8) + pub + Array("}\n".utf8)
        return try text.withUnsafeBytes(body)
    }
}

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// RFC 4648 section 5 without padding, byte by byte into memory the caller wipes: Foundation's encoder would leave a copy.
private func appendBase64URL(_ bytes: [UInt8], to text: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let chunk = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
        let bits = chunk[0] << 16 | chunk[1] << 8 | chunk[2]
        let digits = min(3, bytes.count - start) + 1
        for digit in 0..<digits { text.append(alphabet[Int(bits >> UInt32(18 - 6 * digit) & 63)]) }
    }
}

private func base64URL(_ value: BigInteger) -> String {
    var text: [UInt8] = []
    appendBase64URL(value.bigEndianBytes(count: (value.bitWidth + 7) / 8), to: &text)
    return String(decoding: text, as: UTF8.self)
}

private func bytes(base64URL text: String) -> [UInt8]? {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    let padded = standard + String(repeating: "=", count: (4 - standard.count % 4) % 4)
    return Data(base64Encoded: padded).map { [UInt8]($0) }
}

private func integer(_ text: String, member: String) throws(PaillierError) -> BigInteger {
    guard let bytes = bytes(base64URL: text), !bytes.isEmpty else {
        throw .malformedKey("\"\(member)\" is not base64url")
    }
    return BigInteger(bigEndian: bytes)
}
