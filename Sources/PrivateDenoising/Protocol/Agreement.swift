public import Denoising
public import Numerics

/// What client and server agree on in public before the first message: shapes, widths and what the client does in each round.
///
/// It holds no weights and no bias. In `client-aided` mode it holds the requantisation constants, a stated leak.
public struct Agreement: Sendable {
    /// Layers the server runs on one upload, and what the client does with what comes back. Where memory is short a layer takes
    /// several rounds, each for a band of its output's rows.
    public struct Round: Sendable {
        public let layers: Range<Int>
        /// The rows of the last layer's output that this round brings.
        public let rows: Range<Int>
        /// Whether the output is complete after this round.
        public let isLastBand: Bool
        /// Name of the last of them, for transcripts.
        public let name: String
        public let packing: Packing
        /// How the client cuts the image; nil where a slot is a whole image.
        public let tiling: Tiling?
        /// Packed tensors, one image per slot: what goes up, what is added to the output, what comes down.
        public let input, output: TensorShape
        /// Tensors of the input's shape that go up: two where the server keeps one of each pair, otherwise one.
        public let inputTensors: Int
        /// Activation the client uploads a second time, in the layout of this round's output: 0 is the input, k what layer k
        /// passed on. Nil where the server still has it.
        public let repeatedSkip: Int?
        public let activation: IntegerLayer.Activation
        /// The largest magnitude an honest value can have, before any mask.
        public let bound: BigInteger

        /// Ciphertexts that go up: the input, and a skip where it is repeated.
        public var uploaded: Int { inputTensors * inputCiphertexts + (repeatedSkip == nil ? 0 : downloaded) }
        var inputCiphertexts: Int { packing.groups * input.with(count: 1).elementCount }
        public var downloaded: Int { packing.groups * output.with(count: 1).elementCount }
    }

    public let mode: Mode
    public let layout: Layout
    public let rounds: [Round]
    /// Shape of the batch of images.
    public let images: TensorShape
    /// Input values lie in `0...2^inputBits - 1`.
    public let inputBits: Int
    /// How the server masks values before a ReLU; nil in modes without masks.
    public let mask: MaskOptions?
    /// In which order values before a ReLU are sent.
    public let permutation: Permutation

    /// The packing of the first round; in the batch layout that of all rounds.
    public var packing: Packing { rounds[0].packing }

    /// Derives the agreement for a batch of images.
    ///
    /// - Parameters:
    ///   - images: shape of the batch, one channel.
    ///   - plaintextBits: what one ciphertext can hold; for Paillier one less than the bits of n.
    ///   - mask: used in the modes with masks only.
    ///   - permutation: in modes with a round per ReLU and the batch layout.
    ///   - bandRows: in the tile layout at most so many rows of a layer's output a round; nil is all.
    /// - Throws: `modeMismatch`, `layoutMismatch`, `permutationMismatch`, `badMaskBits`; `slotsTooNarrow` naming the widest
    ///   layer.
    public init(
        mode: Mode, layout: Layout = .batch, network: IntegerNetwork, images: TensorShape, plaintextBits: Int,
        mask: MaskOptions = MaskOptions(), permutation: Permutation = .none, bandRows: Int? = nil
    ) throws {
        if let reason = mode.objection(to: network) {
            throw PrivateDenoisingError.modeMismatch(mode: mode, reason: reason)
        }
        guard layout == .batch || mode == .clientAided else {
            throw PrivateDenoisingError.layoutMismatch(mode: mode, layout: layout)
        }
        guard !mode.usesMask || MaskOptions.bitsRange.contains(mask.bits) else {
            throw PrivateDenoisingError.badMaskBits(found: mask.bits)
        }
        if let reason = Self.objection(to: permutation, mode: mode, layout: layout) {
            throw PrivateDenoisingError.permutationMismatch(permutation, reason: reason)
        }
        self.mode = mode
        self.layout = layout
        self.images = images
        inputBits = network.inputBits
        self.mask = mode.usesMask ? mask : nil
        self.permutation = permutation
        let widths = try Self.widths(network, mask: self.mask?.bits ?? 0, plaintextBits: plaintextBits)
        let shapes = try network.activationShapes(for: images)
        var rounds: [Round] = []
        var first = 0
        for (index, layer) in network.layers.enumerated() {
            guard index == network.layers.count - 1 || layer.activation != .none else { continue }
            // The server can add only what lies in the same slots: one width for all rounds, unless the client lays out anew.
            let bits = layout == .tile ? widths[index] : widths.max() ?? 1
            let slots = self.mask?.isShared == false ? 1 : plaintextBits / bits
            for rows in Self.bands(of: shapes[index + 1].height, rows: layout == .tile ? bandRows : nil) {
                let tiling =
                    layout == .tile ? Tiling(layer, output: shapes[index + 1], band: rows, slots: slots) : nil
                let tiles = tiling?.tiles ?? 1
                rounds.append(
                    Round(
                        layers: first..<index + 1, rows: rows, isLastBand: rows.upperBound == shapes[index + 1].height,
                        name: layer.name,
                        packing: Packing(slotBits: bits, slots: slots, images: images.count * tiles), tiling: tiling,
                        input: tiling?.inputShape(images: images.count, channels: layer.inputChannels)
                            ?? shapes[first],
                        output: tiling?.outputShape(images: images.count, channels: layer.outputChannels)
                            ?? shapes[index + 1],
                        inputTensors: mode.uploadsPairs && first > 0 ? 2 : 1,
                        repeatedSkip: layout == .tile ? layer.skip?.source : nil, activation: layer.activation,
                        bound: layer.accumulatorBounds.max() ?? .zero))
            }
            first = index + 1
        }
        self.rounds = rounds
    }

    /// Bands of about equal height, at most `rows` each; all in one without a limit.
    private static func bands(of height: Int, rows: Int?) -> [Range<Int>] {
        guard let rows, rows < height else { return [0..<height] }
        let count = (height + rows - 1) / max(1, rows)
        return (0..<count).map { height * $0 / count..<height * ($0 + 1) / count }
    }

    /// Why values cannot be sent in another order, or nil.
    private static func objection(to permutation: Permutation, mode: Mode, layout: Layout) -> String? {
        guard permutation != .none else { return nil }
        guard !mode.hasOneRound else { return "mode \(mode.rawValue) sends final values only" }
        guard layout == .batch else { return "the client has to put tiles together" }
        guard permutation == .positions || mode.usesMask else {
            return "the client's constants in mode \(mode.rawValue) differ by channel"
        }
        return nil
    }

    /// Width of each layer's slots, sign and mask included; the last values are not masked.
    private static func widths(_ network: IntegerNetwork, mask: Int, plaintextBits: Int) throws -> [Int] {
        let last = network.layers.count - 1
        return try network.layers.enumerated().map { index, layer in
            // A slot also holds the layer's input, whose sign bit is 0.
            let needed = max(layer.accumulatorBits + (index == last ? 0 : mask), layer.largestInput.bitWidth + 1)
            guard needed <= plaintextBits else {
                throw PrivateDenoisingError.slotsTooNarrow(layer: layer.name, needed: needed, available: plaintextBits)
            }
            return needed
        }
    }
}
