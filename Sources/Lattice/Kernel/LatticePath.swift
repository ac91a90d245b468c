internal import CLatticeKernel
import Foundation

/// Which arithmetic runs: the same results to the last bit, at different speed.
public enum LatticePath: String, Sendable, CaseIterable {
    /// AVX-512 IFMA, eight values at a time.
    case ifma
    /// AVX2 and FMA, four values at a time where it matters.
    case avx2
    /// Plain C.
    case portable

    var code: lk_path {
        switch self {
        case .ifma: LK_IFMA
        case .avx2: LK_AVX2
        case .portable: LK_PORTABLE
        }
    }

    public var isAvailable: Bool { lk_available(code) != 0 }

    static var available: String { allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ") }

    /// `wanted` if given, else the path named by the environment variable `LDCT_KERNEL`, otherwise the fastest this
    /// processor runs.
    /// Paillier's baseline `gmp`, which has no counterpart here, stands for `portable`.
    public static func selected(_ wanted: LatticePath? = nil) throws(LatticeError) -> LatticePath {
        guard let name = wanted?.rawValue ?? ProcessInfo.processInfo.environment["LDCT_KERNEL"] else {
            return allCases.first(where: \.isAvailable) ?? .portable
        }
        guard let path = LatticePath(rawValue: name == "gmp" ? "portable" : name), path.isAvailable else {
            throw .kernelUnavailable(name)
        }
        return path
    }
}
