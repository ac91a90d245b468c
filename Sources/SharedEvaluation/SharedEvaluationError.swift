/// Why an activation cannot be evaluated on shares, or what is wrong with a message.
package enum SharedEvaluationError: Error, Equatable, CustomStringConvertible {
    /// Widths outside what the protocol is exact for.
    case invalidWidths(String)
    case malformedMessage(String)

    package var description: String {
        switch self {
        case .invalidWidths(let reason): "shared activation: \(reason)"
        case .malformedMessage(let reason): "malformed activation message: \(reason)"
        }
    }
}
