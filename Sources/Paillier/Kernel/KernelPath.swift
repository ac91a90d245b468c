import CPaillierKernel
import Foundation

/// Which arithmetic modulo n^2 runs: the same results to the last bit, at different speed.
public enum KernelPath: String, Sendable, CaseIterable {
    /// AVX-512 IFMA, eight products at a time, in pairs modulo n.
    case ifma
    /// The same pairs on GMP's mpn layer.
    case portable
    /// `mpz_mul` and `mpz_mod`: what a straightforward implementation does; baseline and test oracle.
    case gmp

    var code: pk_path {
        switch self {
        case .ifma: PK_IFMA
        case .portable: PK_PORTABLE
        case .gmp: PK_GMP
        }
    }

    public var isAvailable: Bool { pk_available(code) != 0 }

    /// `wanted` if given, else the path named by the environment variable `LDCT_KERNEL`, otherwise the fastest this processor runs.
    public static func selected(_ wanted: KernelPath? = nil) throws(PaillierError) -> KernelPath {
        guard let name = wanted?.rawValue ?? ProcessInfo.processInfo.environment["LDCT_KERNEL"] else {
            return KernelPath.ifma.isAvailable ? .ifma : .portable
        }
        guard let path = KernelPath(rawValue: name), path.isAvailable else { throw .kernelUnavailable(name) }
        return path
    }
}
