public import Foundation

/// What can go wrong between client and server. No case carries a decrypted value.
public enum PrivateDenoisingError: Error, Equatable {
    /// The mode cannot run this network.
    case modeMismatch(mode: Mode, reason: String)
    /// The mode cannot lay images out this way.
    case layoutMismatch(mode: Mode, layout: Layout)
    /// The scheme cannot run this agreement.
    case schemeMismatch(scheme: SchemeName, reason: String)
    /// A key of another scheme or size than agreed.
    case foreignKey(SchemeName)
    /// A public key from elsewhere that the scheme cannot read.
    case badKey(String)
    /// Public values that describe no run.
    case badAgreement(String)
    /// A party was asked to send what it has to receive, or the other way round.
    case outOfTurn(sends: Bool)
    /// A message of a mode that has none of its own.
    case noExchange
    /// A slot of the needed width does not fit the key's plaintext.
    case slotsTooNarrow(layer: String, needed: Int, available: Int)
    case badMaskBits(found: Int)
    /// Values cannot be sent in another order.
    case permutationMismatch(Permutation, reason: String)
    /// Linear layers cannot run before the image is known.
    case orderMismatch(mode: Mode, layout: Layout)
    /// The smallest unit of a layer's work does not fit what its ciphertexts leave of the memory.
    case memoryLimit(layer: String, needed: Int, available: Int)
    /// A message that does not parse, or is not the one expected now. Public: it says nothing about plaintexts.
    case malformedMessage(String)
    case wrongInput(String)
    /// A client whose silence about range errors was switched off met one in this round.
    case rangeErrorTold(round: Int)
    /// The integers of a masked value were not divisible by the mask: a defect, never an input.
    case inexactUnmasking
}

extension PrivateDenoisingError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .modeMismatch(let mode, let reason): "mode \(mode.rawValue) cannot run this network: \(reason)"
        case .layoutMismatch(let mode, let layout):
            "mode \(mode.rawValue) cannot run in layout \(layout.rawValue): the client must see every layer, as in client-aided"
        case .schemeMismatch(let scheme, let reason): "scheme \(scheme.rawValue) cannot run this: \(reason)"
        case .foreignKey(let scheme): "a key of another size than agreed for scheme \(scheme.rawValue)"
        case .badKey(let reason): "the public key cannot be used: \(reason)"
        case .badAgreement(let what): "agreement: \(what)"
        case .outOfTurn(let sends): "the next message is \(sends ? "the other side's" : "this side's own")"
        case .noExchange: "a message of the mode's own, where it has none"
        case .slotsTooNarrow(let layer, let needed, let available):
            "layer \(layer): its values need slots of \(needed) bits, a plaintext of this key has \(available)"
        case .orderMismatch(let mode, let layout):
            "order offline does not go with mode \(mode.rawValue) and layout \(layout.rawValue); expected shared and batch"
        case .memoryLimit(let layer, let needed, let available):
            "layer \(layer): its work needs at least \(needed >> 20) MiB beside its ciphertexts, the memory limit leaves \(available >> 20) MiB"
        case .badMaskBits(let found): "mask of \(found) bits: 1 to 62 expected"
        case .permutationMismatch(let permutation, let reason):
            "values cannot be sent with permuted \(permutation.rawValue): \(reason)"
        case .rangeErrorTold(let round): "a value out of range in round \(round), told at once"
        case .malformedMessage(let what): "message: \(what)"
        case .wrongInput(let what): "input: \(what)"
        case .inexactUnmasking: "a masked value is not divisible by its mask"
        }
    }
}
