import Numerics

/// One party's run over a channel, with what it exchanged and what that cost.
///
/// ```swift
/// var session = Session(try Client<PaillierScheme>(agreement: agreement, key: key, images: images))
/// try session.run(over: &channel)
/// let output = session.party.result?.output
/// ```
public struct Session<P: Party>: Sendable {
    public private(set) var party: P
    /// Bytes, ciphertexts and hashes of both sides' messages; seconds and products of this side's.
    public private(set) var transcript: Transcript
    /// Seconds spent since the last message sent, by the phase of the messages they went into.
    private var spent: [Phase: Double] = [:]
    /// Seconds spent on what the next message sent takes.
    private var ahead = 0.0
    /// The last messages, which the transcript has no hashes of yet.
    private var unhashed: [Message] = []

    public init(_ party: P) {
        self.party = party
        transcript = Transcript(agreement: party.agreement, key: party.identity)
    }

    /// Sends and receives until all is done.
    public mutating func run(over channel: inout some Channel) throws {
        while party.step != nil { try advance(over: &channel) }
    }

    /// Sends or receives the next message.
    /// - Precondition: there is one.
    public mutating func advance(over channel: inout some Channel) throws {
        try exchange(over: &channel)
        hash(threads: 1)
    }

    /// The same without the message's hash. One thread makes a hash, so that several messages are worth waiting for.
    mutating func exchange(over channel: inout some Channel) throws {
        let (step, message, seconds, prepared) = try party.advance(over: &channel)
        spent[step.phase, default: 0] += seconds
        ahead += prepared
        transcript.append(message, step)
        if step.direction == P.sends {
            spent[step.phase, default: 0] += ahead
            transcript.complete(seconds: spent, products: party.products)
            (spent, ahead) = ([:], 0)
        }
        transcript.finishSeconds = ahead + spent.values.reduce(0, +)
        unhashed.append(message)
    }

    /// Hashes of the messages that have none yet, several at a time.
    mutating func hash(threads: Int) {
        transcript.complete(hashes: parallelMap(unhashed.count, threads: threads) { [unhashed] in unhashed[$0].hash })
        unhashed = []
    }

    /// What the other side says it spent on the last message.
    mutating func complete(seconds: [Phase: Double], products: Int) {
        transcript.complete(seconds: seconds, products: products)
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}
