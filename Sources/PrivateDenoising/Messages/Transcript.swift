import Support

/// What went over the wire and what it cost, message by message. Bytes and counts are deterministic, seconds are not.
public struct Transcript: Sendable, Equatable {
    public struct Entry: Sendable, Equatable, Codable {
        public let direction: Message.Direction
        public let round: Int
        /// The layer the message leads to (up) or comes from (down).
        public let layer: String
        public let bytes: Int
        public let ciphertexts: Int
        /// SHA-256 of the message, hexadecimal.
        public let hash: String
        /// Seconds the sender spent on making the message, reading the one before included.
        public let seconds: Double
        /// Products of the encrypted correlations behind the message; 0 for the client's.
        public let products: Int
    }

    public private(set) var entries: [Entry] = []
    /// The messages themselves, kept only when asked: a full-width batch is gigabytes.
    public private(set) var messages: [Message] = []
    private let keepsMessages: Bool
    /// Seconds the client spent on the last message, which it answers with nothing.
    public internal(set) var finishSeconds = 0.0

    public init(keepsMessages: Bool = false) { self.keepsMessages = keepsMessages }

    mutating func append(
        _ message: Message, direction: Message.Direction, round: Int, layer: String, ciphertexts: Int, seconds: Double,
        products: Int
    ) {
        entries.append(
            Entry(
                direction: direction, round: round, layer: layer, bytes: message.bytes.count, ciphertexts: ciphertexts,
                hash: Digest.of(message.bytes), seconds: seconds, products: products))
        if keepsMessages { messages.append(message) }
    }

    /// Uploads, each answered once.
    public var rounds: Int { entries.count { $0.direction == .up } }
    public var products: Int { entries.reduce(0) { $0 + $1.products } }
    public func bytes(_ direction: Message.Direction) -> Int { sum(direction, \.bytes) }
    public func ciphertexts(_ direction: Message.Direction) -> Int { sum(direction, \.ciphertexts) }
    public var clientSeconds: Double { seconds(.up) + finishSeconds }
    public var serverSeconds: Double { seconds(.down) }

    private func sum(_ direction: Message.Direction, _ field: KeyPath<Entry, Int>) -> Int {
        entries.reduce(0) { $0 + ($1.direction == direction ? $1[keyPath: field] : 0) }
    }

    private func seconds(_ direction: Message.Direction) -> Double {
        entries.reduce(0) { $0 + ($1.direction == direction ? $1.seconds : 0) }
    }
}
