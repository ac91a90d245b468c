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
    /// Reads a private key file and checks it (primes, n = pq, sizes). Copies of the primes made here are wiped; `json` is the
    /// caller's to wipe.
    public convenience init(json: Data, allowInsecure: Bool = false) throws(PaillierError) {
        let fault = PaillierError.malformedKey(
            "not a python-paillier private key: JSON with \"p\", \"q\" and \"pub\" expected")
        guard var blanked = BlankedKey(json) else { throw fault }
        defer { blanked.wipe() }
        guard let file = try? JSONDecoder().decode(PrivateKeyFile.self, from: blanked.json) else { throw fault }
        let publicKey = try PublicKey(file: file.pub, allowInsecure: allowInsecure)
        guard file.kty == "DAJ", let p = blanked.primes["p"], let q = blanked.primes["q"], !p.isEmpty, !q.isEmpty else {
            throw .malformedKey("\"p\" or \"q\" is not base64url")
        }
        try self.init(p: p, q: q, n: publicKey.n, h: publicKey.h, allowInsecure: allowInsecure)
    }

    /// Calls `body` with the private key file, whose bytes are wiped afterwards. Files of it belong to mode 0600.
    /// - Parameter comment: Any text; it is escaped.
    public func withJSON<Result>(comment: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let pub = try publicKey.json(comment: comment).dropLast()
        // Sized once, so that no reallocation leaves a copy of the primes behind.
        var text: [UInt8] = []
        let kid = try JSONEncoder().encode(comment)
        text.reserveCapacity(pub.count + kid.count + publicKey.bits + 256)
        let capacity = text.capacity
        defer {
            assert(text.capacity == capacity, "the primes were copied")
            text.withUnsafeMutableBytes { pk_wipe($0.baseAddress, $0.count) }
        }
        text += Array("{\"key_ops\":[\"decrypt\"],\"kid\":".utf8) + kid + Array(",\"kty\":\"DAJ\"".utf8)
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
        // No array of three bytes, which would be freed unwiped.
        var bits: UInt32 = 0
        for place in start..<start + 3 { bits = bits << 8 | (place < bytes.count ? UInt32(bytes[place]) : 0) }
        let digits = min(3, bytes.count - start) + 1
        for digit in 0..<digits { text.append(alphabet[Int(bits >> UInt32(18 - 6 * digit) & 63)]) }
    }
}

private func base64URL(_ value: BigInteger) -> String {
    var text: [UInt8] = []
    appendBase64URL(value.bigEndianBytes(count: (value.bitWidth + 7) / 8), to: &text)
    return String(decoding: text, as: UTF8.self)
}

/// Either alphabet of RFC 4648, with padding or without; nil for anything else. One allocation, which the caller can wipe.
private func bytes(base64URL text: some Collection<UInt8>) -> [UInt8]? {
    var (result, bits, held) = ([UInt8](), UInt32(0), 0)
    result.reserveCapacity(text.count)
    var isPadding = false
    for character in text {
        let value: UInt8
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"), UInt8(ascii: "+"): value = 62
        case UInt8(ascii: "_"), UInt8(ascii: "/"): value = 63
        case UInt8(ascii: "="):
            isPadding = true
            continue
        default: return nil
        }
        guard !isPadding else { return nil }
        (bits, held) = (bits << 6 | UInt32(value), held + 6)
        if held >= 8 {
            held -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
        }
    }
    return result
}

/// A private key file without its primes, and the primes: Foundation's reader frees what it read unwiped, so it never sees them.
private struct BlankedKey {
    /// The file, each digit of a prime an `A`.
    var json: Data
    /// By name; missing where it is not base64url.
    var primes: [String: [UInt8]] = [:]

    /// nil unless the outermost object has one text "p" and one text "q".
    init?(_ file: Data) {
        // Other encodings of Unicode than UTF-8 show by their first two bytes.
        let first = Array(file.prefix(2))
        let isWide = first.count == 2 && (first.contains(0) || first == [0xFF, 0xFE] || first == [0xFE, 0xFF])
        json = isWide ? String(data: file, encoding: .utf16).map { Data($0.utf8) } ?? file : Data(file)
        var (depth, index) = (0, json.startIndex)
        var (name, found): (String?, Set<String>) = (nil, [])
        while index < json.endIndex {
            let byte = json[index]
            index += 1
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","): name = nil
            case UInt8(ascii: "\""):
                let start = index
                while index < json.endIndex, json[index] != UInt8(ascii: "\"") {
                    index += json[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                let range = start..<min(index, json.endIndex)
                index += 1
                guard depth == 1 else { continue }
                guard let key = name else {
                    // A name, not a value: the value follows.
                    name = range.count > 1 ? "" : String(decoding: json[range], as: UTF8.self)
                    continue
                }
                guard key == "p" || key == "q" else { continue }
                guard found.insert(key).inserted else { return nil }
                primes[key] = bytes(base64URL: json[range])
                for place in range { json[place] = UInt8(ascii: "A") }
            default: break
            }
        }
        guard found.count == 2 else {
            wipe()
            return nil
        }
    }

    mutating func wipe() {
        for name in Array(primes.keys) { primes[name]?.withUnsafeMutableBytes { pk_wipe($0.baseAddress, $0.count) } }
    }
}

private func integer(_ text: String, member: String) throws(PaillierError) -> BigInteger {
    guard let bytes = bytes(base64URL: text.utf8), !bytes.isEmpty else {
        throw .malformedKey("\"\(member)\" is not base64url")
    }
    return BigInteger(bigEndian: bytes)
}
