import Denoising
import Imaging
@_spi(Unprotected) package import PrivateDenoising
import Numerics

/// The ways of sending values before a ReLU that the tables compare.
package enum MaskVariant: String, Sendable, CaseIterable {
    /// Mode client-aided: nothing is masked.
    case none
    case positiveUniform = "positive-uniform"
    case positiveLogUniform = "positive-log-uniform"
    case signed
    case signPair = "sign-pair"
    /// Positive masks, channels sent in an order drawn anew for every round.
    case permutedChannels = "permuted-channels"
    /// Nothing masked, positions of each channel in an order of their own.
    case permutedPositions = "permuted-positions"
    /// One positive mask for all slots of a ciphertext.
    case sharedSlots = "shared-slots"
    /// The negative control: a uniform number added to every value by an oracle, as `shared` does it for real.
    case additive
    /// Mode shared: a uniform share of every value.
    case shares
    /// Positive controls: the same without masks, and with masks that are drawn once for two sessions.
    case sharesUnmasked = "shares-unmasked"
    case sharesRepeated = "shares-repeated"

    package var mode: Mode {
        switch self {
        case .none, .permutedPositions, .additive: .clientAided
        case .positiveUniform, .positiveLogUniform, .permutedChannels, .sharedSlots: .positiveMask
        case .signed: .signedMask
        case .signPair: .signPair
        case .shares, .sharesUnmasked, .sharesRepeated: .shared
        }
    }

    /// What a run is made with.
    package var protections: Protections {
        switch self {
        case .sharesUnmasked: .all.without(.shareMasks)
        case .sharesRepeated: .all.without(.freshShares)
        default: .all
        }
    }

    package func options(bits: Int) -> MaskOptions {
        MaskOptions(
            bits: bits, distribution: self == .positiveLogUniform ? .logUniform : .uniform,
            isShared: self == .sharedSlots)
    }

    package var permutation: Permutation {
        switch self {
        case .permutedChannels: .channels
        case .permutedPositions: .positions
        default: .none
        }
    }

    /// What the attacker sees of a run: its own view, or the oracle's.
    package func view(_ view: ClientView, seed: UInt64) -> ClientView {
        self == .additive ? view.withAdditiveMasks(seed: seed) : view
    }
}

extension ClientView {
    /// The same view with a uniform 64-bit number added to every value modulo 2^64, as one share of two would be.
    fileprivate func withAdditiveMasks(seed: UInt64) -> ClientView {
        var result = self
        var generator = SeededGenerator(seed: seed, stream: 0xADD)
        for round in result.rounds.indices {
            let shape = result.rounds[round].received.shape
            var values = IntegerArray(count: shape.elementCount, limbs: 1)
            // A sum with a uniform number is a uniform number.
            for index in values.words.indices { values.words[index] = generator.next() }
            result.rounds[round].received = IntegerTensor(shape: shape, values: values)
        }
        return result
    }
}
