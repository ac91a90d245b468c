import Support

/// One message between client and server, as bytes.
///
/// Layout, all integers big-endian: magic `LDCT` (4 bytes), version (1), direction in the highest bit and kind in the others (1),
/// step (2), bytes of the body (8), then the body. Which step is which, and how long its body is, follows from the agreement alone
/// (`Conversation`).
public struct Message: Sendable, Equatable {
    public enum Direction: Int, Sendable, Codable {
        case up = 0
        case down = 1
    }

    /// What a body is made of.
    public enum Kind: UInt8, Sendable, Codable {
        /// Encrypted tensors, as the scheme serialises them, one after the other.
        case ciphertexts = 0
        /// The mode's own.
        case exchange = 1
    }

    public static let version = 2
    static let headerBytes = 16
    private static let magic: [UInt8] = Array("LDCT".utf8)

    /// As they travel; shorter than `headerBytes` only where something else arrived.
    private let header: [UInt8]
    /// What the header is about. Apart from it, so that a body is written once and read where it lies: bodies are up to gigabytes.
    private let content: [UInt8]

    /// The whole message. Copies it.
    public var bytes: [UInt8] { header + content }
    /// Bytes of the whole message.
    public var count: Int { header.count + content.count }

    /// Takes bytes as they arrive; they are checked when they are read.
    public init(bytes: [UInt8]) {
        header = Array(bytes.prefix(Self.headerBytes))
        content = Array(bytes.dropFirst(Self.headerBytes))
    }

    package init(direction: Direction, kind: Kind = .ciphertexts, step: Int, body: [UInt8]) {
        func field(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
        }
        header =
            Self.magic + [UInt8(Self.version), UInt8(direction.rawValue) << 7 | kind.rawValue] + field(step, 2)
            + field(body.count, 8)
        content = body
    }

    /// SHA-256, hexadecimal.
    package var hash: String {
        var digest = Digest()
        for part in [header, content] { part.withUnsafeBytes { digest.update($0) } }
        return digest.hexadecimal
    }

    /// The body of a message that has to be this one.
    /// - Throws: `malformedMessage` for another magic, version, direction, kind, step or length.
    package func body(direction: Direction, kind: Kind = .ciphertexts, step: Int) throws -> ArraySlice<UInt8> {
        guard header.count == Self.headerBytes, header.starts(with: Self.magic) else {
            throw PrivateDenoisingError.malformedMessage("no LDCT header")
        }
        func field(_ start: Int, _ count: Int) -> UInt64 {
            header[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        for (name, found, expected) in [
            ("version", field(4, 1), UInt64(Self.version)), ("direction", field(5, 1) >> 7, UInt64(direction.rawValue)),
            ("kind", field(5, 1) & 0x7F, UInt64(kind.rawValue)), ("step", field(6, 2), UInt64(step)),
        ] where found != expected {
            throw PrivateDenoisingError.malformedMessage("\(name) \(found), \(expected) expected")
        }
        let (length, arrived) = (field(8, 8), content.count)
        guard length == UInt64(arrived) else {
            throw PrivateDenoisingError.malformedMessage("\(length) bytes announced, \(arrived) arrived")
        }
        return content[...]
    }
}
