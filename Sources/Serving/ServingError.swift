/// Why a session did not come about, or what ended it. The description is one line for the user.
public enum ServingError: Error, Equatable, CustomStringConvertible {
    case badGreeting(String)
    case badReply
    /// The server's own words.
    case refused(String)
    /// An agreement about something else than was asked for.
    case otherAgreement
    case busy(clients: Int)
    /// A round would need more than one client's share.
    case tooLarge(needed: Int, share: Int)
    /// A key the scheme cannot read.
    case badKey(String)
    case unsupported(scheme: String)

    public var description: String {
        switch self {
        case .badGreeting(let reason): "the client's request cannot be read: \(reason)"
        case .badReply: "what answers is no server of this protocol"
        case .refused(let reason): "the server refused: \(reason)"
        case .otherAgreement: "the server agreed to something else than was asked for"
        case .busy(let clients): "\(clients) clients are being served, which is all this server takes; try again later"
        case .tooLarge(let needed, let share):
            "the request needs \(needed >> 20) MiB of the server's memory, a client's share is \(share >> 20) MiB"
        case .badKey(let reason): "the public key cannot be used: \(reason)"
        case .unsupported(let scheme): "scheme \(scheme) is not served"
        }
    }
}
