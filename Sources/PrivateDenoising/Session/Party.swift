/// One side of a run: takes and gives messages, one after the other, as the agreement orders them. It knows no socket and no clock
/// of its own accord, so every mode can be tested message by message.
public protocol Party: Sendable {
    /// The direction of the messages it sends.
    static var sends: Message.Direction { get }
    var agreement: Agreement { get }
    /// The client's key, as `AdditiveScheme.identity` names it.
    var identity: String { get }
    /// The next message, to be sent or received; nil when all is done.
    var step: Step? { get }
    /// - Throws: `outOfTurn` if the next message is the other side's.
    mutating func send() throws -> Message
    /// - Throws: `malformedMessage` for any message but the next one; `outOfTurn` if that is this side's.
    mutating func receive(_ message: Message) throws
    /// Does what later messages of this side take and what it waits for has no part in: for whoever waits while the other side works. Changes
    /// no message's length and no value; without it, or after it, the same is done when its turn comes.
    /// - Parameter isWanted: asked every fraction of a second; false ends it, and what is missing is made when its turn comes.
    mutating func prepare(while isWanted: () -> Bool)
    /// Ciphertext products behind the last message sent.
    var products: Int { get }
}

extension Party {
    public var products: Int { 0 }
    public mutating func prepare(while isWanted: () -> Bool) {}

    /// The next message, which has to go this way.
    func next(_ direction: Message.Direction) throws -> Step {
        guard let step, step.direction == direction else {
            throw PrivateDenoisingError.outOfTurn(sends: direction == Self.sends)
        }
        return step
    }

    /// Sends or receives the next message.
    /// - Returns: it, the seconds that this side worked on it, neither sending nor waiting, and those it worked ahead meanwhile.
    /// - Precondition: there is one.
    public mutating func advance(
        over channel: inout some Channel
    ) throws -> (step: Step, message: Message, seconds: Double, ahead: Double) {
        guard let step else { preconditionFailure("all messages were sent") }
        let start = ContinuousClock.now
        if step.direction == Self.sends {
            let message = try send()
            let seconds = (ContinuousClock.now - start).seconds
            try channel.send(message)
            return (step, message, seconds, 0)
        }
        // Whoever sends to this side waits for it to read.
        if channel.isWaiting { prepare { channel.isWaiting } }
        let prepared = (ContinuousClock.now - start).seconds
        let message = try channel.receive(limit: step.messageBytes)
        let arrival = ContinuousClock.now
        try receive(message)
        return (step, message, (ContinuousClock.now - arrival).seconds, prepared)
    }
}
