import CObliviousTransfer
import Foundation

/// Which code runs the loops of a transfer: the same bytes, at different speed.
package enum TransferKernel: String, Sendable, CaseIterable {
    /// AES by VAES, 512 bits at a time.
    case vaes512
    /// AES by VAES, 256 bits at a time.
    case vaes
    /// AES by AES-NI.
    case aesni
    /// Bit-sliced AES on any processor.
    case portable

    var code: ot_path {
        switch self {
        case .vaes512: OT_VAES512
        case .vaes: OT_VAES
        case .aesni: OT_AESNI
        case .portable: OT_PORTABLE
        }
    }

    package var isAvailable: Bool { ot_available(code) != 0 }

    /// The path named by the environment variable `LDCT_TRANSFER_KERNEL`, otherwise the fastest this processor runs.
    /// - Throws: `kernelUnavailable`.
    package static func selected() throws(ObliviousTransferError) -> TransferKernel {
        guard let name = ProcessInfo.processInfo.environment["LDCT_TRANSFER_KERNEL"] else {
            return allCases.first(where: \.isAvailable) ?? .portable
        }
        guard let path = TransferKernel(rawValue: name), path.isAvailable else { throw .kernelUnavailable(name) }
        return path
    }
}

/// The field GF(2^k) of the vector OLE behind a transfer: fewer bytes and more AES with k = 8, the other way round with k = 4. Both
/// sides have to use the same.
package enum TransferField: Int, Sendable, CaseIterable {
    case four = 4
    case eight = 8

    /// Trees of seeds: each holds 2^k.
    var trees: Int { ChoiceCode.coordinates * 8 / rawValue }
    var leaves: Int { 1 << rawValue }
}
