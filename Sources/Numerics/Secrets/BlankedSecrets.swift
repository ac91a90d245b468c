package import Foundation

/// RFC 4648's base64 byte by byte, in memory that the caller wipes: Foundation's own leaves copies.
package enum SecretBase64 {
    package enum Alphabet {
        /// Section 4, with padding.
        case usual
        /// Section 5, without.
        case url

        fileprivate var digits: [UInt8] {
            Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
                + Array((self == .url ? "-_" : "+/").utf8)
        }
    }

    /// Appends to a text that has room, so that nothing is copied.
    package static func append(_ bytes: some Collection<UInt8>, to text: inout [UInt8], _ alphabet: Alphabet) {
        let all = alphabet.digits
        var (bits, held) = (UInt32(0), 0)
        for byte in bytes {
            (bits, held) = (bits << 8 | UInt32(byte), held + 8)
            while held >= 6 {
                held -= 6
                text.append(all[Int(bits >> UInt32(held) & 63)])
            }
        }
        if held > 0 { text.append(all[Int(bits << UInt32(6 - held) & 63)]) }
        if alphabet == .usual, held > 0 { text += Array(repeating: UInt8(ascii: "="), count: held == 2 ? 2 : 1) }
    }

    /// Either alphabet, with padding or without; nil for anything else. One allocation, which the caller can wipe.
    package static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
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
}

/// Calls `body` with a text that `write` appends to, which is wiped afterwards.
/// - Parameter capacity: no less than it takes: it is sized once, so that no reallocation leaves a copy of what is secret.
package func withSecretText<Result>(
    capacity: Int, _ write: (inout [UInt8]) -> Void, _ body: (UnsafeRawBufferPointer) throws -> Result
) rethrows -> Result {
    var text: [UInt8] = []
    text.reserveCapacity(capacity)
    let reserved = text.capacity
    defer {
        assert(text.capacity == reserved, "a secret was copied")
        text.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { explicit_bzero($0, bytes.count) } }
    }
    write(&text)
    return try text.withUnsafeBytes(body)
}

/// A key file in JSON without its secrets, and the secrets: Foundation's reader frees what it read unwiped, so it never sees them.
package struct BlankedSecrets {
    /// The file, each digit of a secret an `A`.
    package private(set) var json: Data
    /// By name; missing where it is not base64.
    package private(set) var secrets: [String: [UInt8]] = [:]

    /// nil unless the outermost object has one text of each of these names.
    package init?(_ file: Data, named names: Set<String>) {
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
                guard names.contains(key) else { continue }
                guard found.insert(key).inserted else { return nil }
                secrets[key] = SecretBase64.bytes(json[range])
                for place in range { json[place] = UInt8(ascii: "A") }
            default: break
            }
        }
        guard found == names else {
            wipe()
            return nil
        }
    }

    package mutating func wipe() {
        for name in Array(secrets.keys) {
            secrets[name]?.withUnsafeMutableBytes {
                if let start = $0.baseAddress { explicit_bzero(start, $0.count) }
            }
        }
    }
}
