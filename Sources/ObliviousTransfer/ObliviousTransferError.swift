/// What can go wrong between the two sides of a transfer.
package enum ObliviousTransferError: Error, Equatable, CustomStringConvertible {
    /// A message of another size, or a point that is not on the curve.
    case malformedMessage(String)
    /// A path that this processor does not run, or that does not exist.
    case kernelUnavailable(String)

    package var description: String {
        switch self {
        case .malformedMessage(let reason): "malformed transfer message: \(reason)"
        case .kernelUnavailable(let name):
            "transfer kernel '\(name)' is not available here; expected one of "
                + TransferKernel.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
        }
    }
}
