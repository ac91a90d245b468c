/// A run as it went over the wire: what was agreed, and every message with what it cost. Bytes and counts are deterministic, seconds
/// are not.
public struct Transcript: Sendable, Equatable {
    public struct Entry: Sendable, Equatable, Codable {
        public let direction: Message.Direction
        public let kind: Message.Kind
        public let phase: Phase
        public let round: Int
        /// The layer the message leads to (up) or comes from (down).
        public let layer: String
        public let bytes: Int
        public let ciphertexts: Int
        /// SHA-256 of the message, hexadecimal.
        public fileprivate(set) var hash: String
        /// Seconds the sender spent on making the message and on reading those before it, since its last message of the same phase;
        /// 0 where it was not told.
        public fileprivate(set) var seconds: Double
        /// Products of the encrypted correlations behind the message; 0 for the client's.
        public fileprivate(set) var products: Int
    }

    public let agreement: Agreement
    /// The client's key, as `AdditiveScheme.identity` names it; empty where nothing is encrypted.
    public let key: String
    public private(set) var entries: [Entry] = []
    /// The messages themselves; empty unless they were recorded (a full-width batch is gigabytes).
    public package(set) var messages: [Message] = []
    /// Seconds the party spent after the last message it sent.
    public internal(set) var finishSeconds = 0.0

    public init(agreement: Agreement, key: String = "") {
        self.agreement = agreement
        self.key = key
    }

    /// What was read from elsewhere.
    package init(
        agreement: Agreement, key: String, entries: [Entry], finishSeconds: Double, messages: [Message]
    ) {
        self.init(agreement: agreement, key: key)
        self.finishSeconds = finishSeconds
        self.entries = entries
        self.messages = messages
    }

    /// A part of a run that was made message by message.
    /// - Parameter steps: what the messages were, one each.
    package init(agreement: Agreement, key: String, messages: [Message], steps: [Step]) {
        self.init(agreement: agreement, key: key)
        for (message, step) in zip(messages, steps) { append(message, step) }
        complete(hashes: messages.map(\.hash))
        self.messages = messages
    }

    /// The ciphertexts of one recorded message of a round; nil if it was never sent.
    package func ciphertexts(
        _ direction: Message.Direction, round: Int
    ) throws -> (bytes: ArraySlice<UInt8>, count: Int)? {
        let index = entries.firstIndex { $0.direction == direction && $0.round == round && $0.kind == .ciphertexts }
        guard let index, messages.indices.contains(index) else { return nil }
        return (try messages[index].body(direction: direction, step: index), entries[index].ciphertexts)
    }

    /// The message's hash, and what it cost, are still to come.
    mutating func append(_ message: Message, _ step: Step) {
        entries.append(
            Entry(
                direction: step.direction, kind: step.kind, phase: step.phase, round: step.round, layer: step.layer,
                bytes: message.count, ciphertexts: step.ciphertexts, hash: "", seconds: 0, products: 0))
    }

    /// - Parameter hashes: of the last messages.
    mutating func complete(hashes: [String]) {
        for (index, hash) in zip(entries.indices.suffix(hashes.count), hashes) { entries[index].hash = hash }
    }

    /// - Parameter seconds: that the last message's sender spent since its message before, by phase. What was read of an earlier phase is
    ///   that phase's work, though no message of it follows.
    mutating func complete(seconds: [Phase: Double], products: Int) {
        guard let last = entries.indices.last else { return }
        entries[last].products = products
        for (phase, spent) in seconds {
            let own = entries.lastIndex { $0.direction == entries[last].direction && $0.phase == phase }
            entries[own ?? last].seconds += spent
        }
    }

    /// Round trips: messages that go up one after the other wait for no answer.
    public var rounds: Int {
        entries.indices.count { entries[$0].direction == .up && ($0 == 0 || entries[$0 - 1].direction == .down) }
    }
    public var products: Int { entries.reduce(0) { $0 + $1.products } }
    public func bytes(_ direction: Message.Direction, phase: Phase? = nil) -> Int { sum(direction, phase, \.bytes) }
    public func ciphertexts(_ direction: Message.Direction) -> Int { sum(direction, nil, \.ciphertexts) }
    public var clientSeconds: Double { seconds(.up) + finishSeconds }
    public var serverSeconds: Double { seconds(.down) }
    public func seconds(_ direction: Message.Direction, phase: Phase? = nil) -> Double {
        sum(direction, phase, \.seconds)
    }

    private func sum<Number: AdditiveArithmetic>(
        _ direction: Message.Direction, _ phase: Phase?, _ field: KeyPath<Entry, Number>
    ) -> Number {
        entries.reduce(.zero) { sum, entry in
            entry.direction == direction && (phase == nil || entry.phase == phase) ? sum + entry[keyPath: field] : sum
        }
    }
}
