public import Denoising
public import WideIntegers

/// What client and server agree on in public before the first message: shapes, widths and what the client does in each round.
///
/// It holds no weights and no bias. In `client-aided` mode it holds the requantisation constants, a stated leak.
public struct Agreement: Sendable {
    /// Layers the server runs on one upload, and what the client does with what comes back.
    public struct Round: Sendable {
        public let layers: Range<Int>
        /// Name of the last of them, for transcripts.
        public let name: String
        public let input, output: TensorShape
        public let activation: IntegerLayer.Activation
        /// The largest magnitude an honest value can have, before any mask.
        public let bound: BigInteger
    }

    /// Masks are machine integers.
    package static let largestMaskBits = 62

    public let mode: Mode
    public let packing: Packing
    public let rounds: [Round]
    /// Input values lie in `0...2^inputBits - 1`.
    public let inputBits: Int
    /// Width of the multiplicative masks; 0 in modes without.
    public let maskBits: Int

    /// Derives the agreement for a batch of images.
    ///
    /// - Parameters:
    ///   - images: shape of the batch, one channel.
    ///   - plaintextBits: what one ciphertext can hold; for Paillier one less than the bits of n.
    ///   - maskBits: used in `positive-mask` only, 40 in the paper's setting.
    /// - Throws: `modeMismatch`, `slotsTooNarrow` naming the widest layer, `badMaskBits`.
    public init(
        mode: Mode, network: IntegerNetwork, images: TensorShape, plaintextBits: Int, maskBits: Int = 40
    ) throws {
        if let reason = mode.objection(to: network) { throw PrivateDenoisingError.modeMismatch(mode: mode, reason: reason) }
        guard !mode.usesMask || (1...Self.largestMaskBits).contains(maskBits) else { throw PrivateDenoisingError.badMaskBits(found: maskBits) }
        let mask = mode.usesMask ? maskBits : 0
        let shapes = try network.activationShapes(for: images)
        var rounds: [Round] = []
        var first = 0
        for (index, layer) in network.layers.enumerated() {
            let isLast = index == network.layers.count - 1
            guard isLast || layer.activation != .none else { continue }
            rounds.append(
                Round(
                    layers: first..<index + 1, name: layer.name, input: shapes[first], output: shapes[index + 1],
                    activation: layer.activation, bound: layer.accumulatorBounds.max() ?? .zero))
            first = index + 1
        }
        let widths = network.layers.enumerated().map { index, layer in
            // The last values are not masked; a slot also has to hold the input, whose sign bit is 0.
            max(layer.accumulatorBits + (index == network.layers.count - 1 ? 0 : mask), network.inputBits + 1)
        }
        let needed = widths.max() ?? 1
        guard needed <= plaintextBits else {
            let widest = network.layers[widths.firstIndex(of: needed) ?? 0].name
            throw PrivateDenoisingError.slotsTooNarrow(layer: widest, needed: needed, available: plaintextBits)
        }
        self.mode = mode
        self.rounds = rounds
        self.maskBits = mask
        inputBits = network.inputBits
        packing = Packing(
            slotBits: needed, slots: mode.isUnpacked ? 1 : plaintextBits / needed, images: images.count)
    }
}

/// How the images of a batch share ciphertexts: slot `s` of ciphertext group `g` belongs to image `g * slots + s`.
public struct Packing: Sendable, Equatable {
    /// Proven width of a value, sign and mask included.
    public let slotBits: Int
    /// Slots per ciphertext.
    public let slots: Int
    public let images: Int

    public init(slotBits: Int, slots: Int, images: Int) {
        self.slotBits = slotBits
        self.slots = slots
        self.images = images
    }

    /// Ciphertexts per tensor position.
    public var groups: Int { (images + slots - 1) / slots }

    /// The images in a group, one slot each; the other slots are unused and leave the server full of noise.
    public func images(inGroup group: Int) -> Range<Int> { group * slots..<min(images, (group + 1) * slots) }

    /// Unused slots of a whole tensor position; none in unpacked modes.
    public var unusedSlots: Int { groups * slots - images }

    /// Words of a decrypted value.
    public var limbs: Int { IntegerArray.limbs(forBits: slotBits) }
}
