package import PrivateDenoising

/// What an attack can be told, with the default of each. Which of these an attack takes, it says itself (`Attack.keys`).
package struct AttackSettings: Sendable, Equatable {
    /// The names of an entry of `attacks:`.
    package enum Key: String, Sendable, CaseIterable {
        case attack, weights, scheme, masks, clients, methods, patches, size, rows, epochs, permutations, randomness,
            filters, modes, defences, pixels
        case keyBits = "key_bits"
        case maskBits = "mask_bits"
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

    package var masks = [MaskVariant.none]
    package var clients = [Sender.honest]
    /// Empty means the attack's usual ones.
    package var methods: [String] = []
    /// Patches the attacker uses: one result each, from one transcript. Empty means all there are.
    package var patches = [1]
    /// Side of the patches in pixels; nil is the whole patch.
    package var size: Int?
    package var maskBits = MaskOptions().bits
    /// Equations per layer at most.
    package var rows = 1 << 18
    /// Passes of what is trained; steps of an imitation.
    package var epochs = 40
    /// Random dealings of the permutation test.
    package var permutations = 200
    /// Who draws which randomness.
    package var randomness = RandomnessSetting.allCases
    /// Filters of the first layer that are read off randomness.
    package var filters = 1
    package var modes = [Mode.clientAided]
    package var defences = Defence.allCases
    /// Pixels asked for.
    package var pixels = 4

    /// Fewer equations than the smallest filter has weights say nothing.
    package static let rowsRange = 64...1 << 22

    package init() {}
}
