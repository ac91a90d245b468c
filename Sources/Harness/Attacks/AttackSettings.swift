package import Leakage
package import PrivateDenoising

/// One entry of `attacks:`, with every default filled in.
package struct AttackSettings: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A: statistics and a learned decoder of ciphertexts.
        case ciphertexts
        /// A: the exponents that the published encoding leaves in clear.
        case exponents
        /// B0: images from features, as the paper tested it.
        case decoder
        /// B1 to B7: the first layer's filters.
        case filters
        /// All filters, put together and run.
        case network
        /// C: a linear network as the one filter it is.
        case `operator`
        /// D: the first layer's filters from the randomness of ciphertexts; a key of its own for every trial.
        case randomness
        /// E: rows of weights from an upload of powers of two.
        case radix
        /// F: pixels from whether the client complains.
        case reaction
    }

    /// Whether what an attack is about is protected as the protocol says.
    package enum Defence: String, Sendable, CaseIterable {
        case on = "protected"
        case off = "unprotected"
    }

    /// What a client sends in.
    package enum Sender: String, Sendable, CaseIterable {
        /// CT patches of its own.
        case honest
        /// Images of random pixels, chosen to make the equations easy; the protocol is followed.
        case random
    }

    package var kind: Kind
    /// Weights file of the attacked network; nil where there is none.
    package var weights: String?
    package var scheme: ExperimentScheme
    package var masks: [MaskVariant]
    package var clients: [Sender]
    package var methods: [FilterAttack]
    /// Patches the attacker uses: one result each, from one transcript.
    package var patches: [Int]
    /// Side of the patches in pixels; nil is the whole patch.
    package var size: Int?
    /// Moduli; experiments without it use `key.bits`.
    package var keyBits: [Int]
    package var maskBits: Int
    /// Equations per layer at most.
    package var rows: Int
    /// Passes of the repaired decoder, steps of the published one.
    package var epochs: Int
    /// Random dealings of the permutation test.
    package var permutations: Int
    /// Who draws which randomness.
    package var randomness: [RandomnessSetting]
    package var modes: [Mode]
    package var defences: [Defence]
    /// Pixels asked for.
    package var pixels: Int
}
