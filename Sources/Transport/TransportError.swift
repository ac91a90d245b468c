/// Why a connection could not be made or used. The description is one line for the user.
package enum TransportError: Error, Equatable, CustomStringConvertible {
    /// An address that is not `HOST:PORT`.
    case badEndpoint(String)
    /// A certificate or key that cannot be used.
    case badCredentials(file: String, reason: String)
    case plainTextBeyondLoopback(host: String)
    case cannotListen(endpoint: String, reason: String)
    case cannotConnect(endpoint: String, reason: String)
    /// TLS found no agreement: an unknown or expired certificate, another version.
    case handshakeFailed(reason: String)
    /// The other side closed, or the network did.
    case closed(reason: String)
    /// A frame that this protocol does not have.
    case malformedFrame(String)
    /// A message longer than what the agreement allows at this point.
    case messageTooLong(limit: Int)
    case timedOut(waitingFor: String, seconds: Double)

    package var description: String {
        switch self {
        case .badEndpoint(let text):
            "\(text) is no address; expected HOST:PORT, for example 127.0.0.1:7300 or [::1]:7300"
        case .badCredentials(let file, let reason): "\(file): \(reason)"
        case .plainTextBeyondLoopback(let host):
            "\(host) is not on the loopback interface; without TLS only 127.0.0.1 and [::1] are served"
        case .cannotListen(let endpoint, let reason): "cannot listen on \(endpoint): \(reason)"
        case .cannotConnect(let endpoint, let reason): "cannot connect to \(endpoint): \(reason)"
        case .handshakeFailed(let reason): "no TLS connection: \(reason)"
        case .closed(let reason): "the connection ended: \(reason)"
        case .malformedFrame(let reason): "not a frame of this protocol: \(reason)"
        case .messageTooLong(let limit): "a message longer than the \(limit) bytes that are due"
        case .timedOut(let what, let seconds): "\(what) took longer than \(Self.rounded(seconds)) s"
        }
    }

    private static func rounded(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? String(Int(seconds)) : String((seconds * 10).rounded() / 10)
    }
}
