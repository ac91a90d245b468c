/// Why a session did not come about, or what ended it. The description is one line for the user.
package enum ServingError: Error, Equatable, CustomStringConvertible {
    case badGreeting(String)
    case badReply
    /// The server's own words; with `forNow` it may serve later.
    case refused(String, forNow: Bool)
    /// An agreement about something else than was asked for.
    case otherAgreement
    case busy(clients: Int)
    /// It was told to end, and finishes the sessions that it has.
    case stopping
    /// A round would need more than one client's share.
    case tooLarge(needed: Int, share: Int)
    /// A message longer than the client takes.
    case tooLong(bytes: Int)
    /// Answers under the key have come to the distance that all of them together may have.
    case keyWorn
    case unsupported(scheme: String)
    case tooManyQuestions
    /// The server has another network than the one that its answers are to be compared with; both by the SHA-256 of their content.
    case otherNetwork(weights: String, expected: String)

    package var description: String {
        switch self {
        case .badGreeting(let reason): "the client's request cannot be read: \(reason)"
        case .badReply: "what answers is no server of this protocol"
        case .refused(let reason, _): "the server refused: \(reason)"
        case .otherAgreement: "the server agreed to something else than was asked for"
        case .busy(let clients):
            "\(clients == 1 ? "1 client is" : "\(clients) clients are") being served, which is all; try again later"
        case .stopping: "the server is stopping and begins no session; try again later"
        case .tooLarge(let needed, let share):
            "the request needs \(needed >> 20) MiB of the server's memory, a client's share is \(share >> 20) MiB"
        case .tooLong(let bytes):
            "the request leads to a message of \(bytes) bytes, which is more than the client takes; expected a larger --memory there"
        case .keyWorn: "the key has been used as often as one may be; a new key expected"
        case .tooManyQuestions: "too many questions over one connection; expected a session"
        case .unsupported(let scheme): "scheme \(scheme) is not served"
        case .otherNetwork(let weights, let expected):
            "the server has the network of weights SHA-256 \(weights.prefix(16)); expected \(expected.prefix(16))"
        }
    }
}

extension ServingError {
    /// Whether the same request may succeed later.
    package var isForNow: Bool {
        switch self {
        case .refused(_, let forNow): forNow
        case .busy, .stopping, .keyWorn: true
        default: false
        }
    }
}
