public import Foundation

/// What can be wrong with a key, a message or a layer. No case carries a secret: no plaintext, no coefficient of a key.
public enum LatticeError: Error, Equatable {
    /// A key file that is not what its format asks for.
    case malformedKey(String)
    /// A message of another length than the shapes ask for.
    case messageBytes(found: Int, expected: Int)
    /// A message whose first byte or residues are not what its format asks for.
    case malformedMessage(String)
    /// Values need a wider plaintext than the parameters have room for.
    case plaintextTooWide(needed: Int, available: Int)
    /// The worst noise of a layer passes half a plaintext step, so that values might be decoded wrongly.
    case noise(worst: Double, budget: Double)
    /// A layer that this packing cannot serve.
    case unsupported(String)
    /// The kernel path asked for cannot run on this processor, or is not one.
    case kernelUnavailable(String)
}

extension LatticeError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .malformedKey(let what): "lattice key: \(what)"
        case .messageBytes(let found, let expected): "lattice message of \(found) bytes found, \(expected) expected"
        case .malformedMessage(let what): "lattice message: \(what)"
        case .plaintextTooWide(let needed, let available):
            "values of \(needed) bits: the lattice scheme holds at most \(available)"
        case .noise(let worst, let budget):
            "noise of up to \(Int(worst)) where \(Int(budget)) is half a plaintext step; fewer weight bits expected"
        case .unsupported(let what): "the lattice scheme does not serve \(what)"
        case .kernelUnavailable(let name):
            "kernel path \"\(name)\" cannot run here; expected one of \(LatticePath.available) in LDCT_KERNEL"
        }
    }
}
