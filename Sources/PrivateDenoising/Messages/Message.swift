/// One message between client and server, as bytes.
///
/// Layout, all integers big-endian: magic `LDCT` (4 bytes), version (2), direction (2: 0 up, 1 down), round (4), ciphertexts (4), then
/// the ciphertexts, each of one fixed width. Order and sizes follow from the agreement alone.
public struct Message: Sendable, Equatable {
    public enum Direction: Int, Sendable, Codable {
        case up = 0
        case down = 1
    }

    public static let version = 1
    static let headerBytes = 16
    private static let magic: [UInt8] = Array("LDCT".utf8)

    public let bytes: [UInt8]

    /// Takes bytes as they arrive; they are checked when they are read.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    package init(direction: Direction, round: Int, ciphertexts: Int, body: [UInt8]) {
        func field(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
        }
        bytes =
            Self.magic + field(Self.version, 2) + field(direction.rawValue, 2) + field(round, 4)
            + field(ciphertexts, 4) + body
    }

    /// The body of a message that has to be this one.
    /// - Throws: `malformedMessage` for another magic, version, direction, round or number of ciphertexts.
    package func body(direction: Direction, round: Int, ciphertexts: Int) throws -> ArraySlice<UInt8> {
        guard bytes.count >= Self.headerBytes, bytes.starts(with: Self.magic) else {
            throw PrivateDenoisingError.malformedMessage("no LDCT header")
        }
        func field(_ start: Int, _ count: Int) -> Int { bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) } }
        for (name, found, expected) in [
            ("version", field(4, 2), Self.version), ("direction", field(6, 2), direction.rawValue),
            ("round", field(8, 4), round), ("ciphertexts", field(12, 4), ciphertexts),
        ] where found != expected {
            throw PrivateDenoisingError.malformedMessage("\(name) \(found), \(expected) expected")
        }
        return bytes[Self.headerBytes...]
    }
}
