/// A way to the other party that delivers whole messages in order. Both calls may block.
///
/// To conform over a network: frame each message, and refuse in `receive` what announces more than `limit` bytes before memory is
/// taken for it.
public protocol Channel {
    mutating func send(_ message: Message) throws
    /// - Parameter limit: the most bytes the next message can have; follows from the agreement.
    mutating func receive(limit: Int) throws -> Message
    /// Whether the other party works elsewhere at the same time and nothing of its next message has come: time to prepare in.
    var isWaiting: Bool { get }
}

extension Channel {
    public var isWaiting: Bool { false }
}

/// The other party in the same process: what is sent it receives, and what is received it sends.
public struct MemoryChannel<Peer: Party>: Channel {
    public private(set) var peer: Peer
    /// Seconds the peer spent on its last message, what it received before included.
    public private(set) var seconds = 0.0
    private var spent = 0.0

    public init(to peer: Peer) { self.peer = peer }

    public mutating func send(_ message: Message) throws {
        let start = ContinuousClock.now
        try peer.receive(message)
        spent += (ContinuousClock.now - start).seconds
    }

    public mutating func receive(limit: Int) throws -> Message {
        let start = ContinuousClock.now
        let message = try peer.send()
        seconds = spent + (ContinuousClock.now - start).seconds
        spent = 0
        guard message.count <= limit else {
            throw PrivateDenoisingError.malformedMessage("\(message.count) bytes, at most \(limit) expected")
        }
        return message
    }
}

/// Keeps every message that goes over another channel.
public struct RecordingChannel<Base: Channel>: Channel {
    public private(set) var base: Base
    public var isWaiting: Bool { base.isWaiting }
    public private(set) var messages: [Message] = []

    public init(_ base: Base) { self.base = base }

    public mutating func send(_ message: Message) throws {
        messages.append(message)
        try base.send(message)
    }

    public mutating func receive(limit: Int) throws -> Message {
        let message = try base.receive(limit: limit)
        messages.append(message)
        return message
    }
}
