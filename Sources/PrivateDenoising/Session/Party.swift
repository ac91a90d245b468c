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
    /// Ciphertext products behind the last message sent.
    var products: Int { get }
}

extension Party {
    public var products: Int { 0 }
}
