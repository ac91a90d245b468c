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
    /// Seconds the peer spent on its last message, by the phase of the messages they went into: what it received before is among them.
    public private(set) var seconds: [Phase: Double] = [:]
    private var spent: [Phase: Double] = [:]

    public init(to peer: Peer) { self.peer = peer }

    public mutating func send(_ message: Message) throws {
        try timed { try $0.receive(message) }
    }

    public mutating func receive(limit: Int) throws -> Message {
        let message = try timed { try $0.send() }
        (seconds, spent) = (spent, [:])
        guard message.count <= limit else {
            throw PrivateDenoisingError.malformedMessage("\(message.count) bytes, at most \(limit) expected")
        }
        return message
    }

    private mutating func timed<Result>(_ body: (inout Peer) throws -> Result) rethrows -> Result {
        let (phase, start) = (peer.step?.phase ?? .online, ContinuousClock.now)
        let result = try body(&peer)
        spent[phase, default: 0] += (ContinuousClock.now - start).seconds
        return result
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
