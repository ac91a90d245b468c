public import Denoising
public import Numerics

/// What client and server agree on in public before the first message: shapes, widths and what the client does in each round.
///
/// It holds no weights and no bias, and is made of public values alone: the server makes it from its network, the client reads
/// it from bytes (`Codable`), and both derive the whole conversation from it. In the modes in which the client requantises it holds the
/// requantisation constants, a stated leak.
public struct Agreement: Sendable, Equatable {
    /// What is public of one layer.
    public struct Layer: Sendable, Equatable {
        /// As a cross-correlation: channels, kernel, padding, ReLU and skip.
        public let architecture: Denoising.Layer
        /// Of one image.
        public let output: TensorShape
        /// Width that a value of this layer's accumulators or input needs, sign and mask included.
        public let bits: Int
        /// The largest magnitude an honest accumulator can have, before any mask.
        public let bound: BigInteger
        public let activation: IntegerLayer.Activation

        public var name: String { architecture.name }

        package init(
            architecture: Denoising.Layer, output: TensorShape, bits: Int, bound: BigInteger,
            activation: IntegerLayer.Activation
        ) {
            self.architecture = architecture
            self.output = output
            self.bits = bits
            self.bound = bound
            self.activation = activation
        }
    }

    /// Layers the server runs on one upload, and what the client does with what comes back. Where memory is short a layer takes
    /// several rounds, each for a band of its output's rows.
    public struct Round: Sendable, Equatable {
        public let layers: Range<Int>
        /// The rows of the last layer's output that this round brings.
        public let rows: Range<Int>
        /// Whether the output is complete after this round.
        public let isLastBand: Bool
        /// Whether the layers are the network's last.
        public let isLast: Bool
        /// Name of the last of them, for transcripts.
        public let name: String
        /// The first layer's input, and the last layer's whole output.
        public let input, output: TensorShape
        /// Tensors of the input's shape that go up: two where the server keeps one of each pair, otherwise one.
        public let inputTensors: Int
        /// Activation the client uploads a second time, in the layout of this round's output: 0 is the input, k what layer k
        /// passed on. Nil where the server still has it.
        public let repeatedSkip: Int?
        public let activation: IntegerLayer.Activation
        /// The largest magnitude an honest value can have, before any mask.
        public let bound: BigInteger

        /// The tensors of a message of ciphertexts, in their order.
        func tensors(_ direction: Message.Direction) -> [TensorRole] {
            guard direction == .up else { return [.output] }
            return Array(repeating: .input, count: inputTensors) + (repeatedSkip == nil ? [] : [.skip])
        }
    }

    /// The scheme, and what its layouts follow from.
    public let parameters: SchemeParameters
    public let mode: Mode
    public let layout: Layout
    /// Shape of the batch of images.
    public let images: TensorShape
    /// Input values lie in `0...2^inputBits - 1`.
    public let inputBits: Int
    /// Normalised output per unit of the last accumulator; the client has to know it.
    public let outputScale: Double
    /// How the server masks values before a ReLU; nil in modes without masks.
    public let mask: MaskOptions?
    /// In which order values before a ReLU are sent.
    public let permutation: Permutation
    /// In the tile layout at most so many rows of a layer's output a round; nil is all.
    public let bandRows: Int?
    /// When linear layers run.
    public let order: Order
    public let layers: [Layer]
    /// Derived from all the others.
    public private(set) var rounds: [Round] = []

    /// Derives the agreement for a batch of images.
    ///
    /// - Parameters:
    ///   - images: shape of the batch, one channel.
    ///   - parameters: of the scheme and the client's key.
    ///   - mask: used in the modes with masks only.
    ///   - permutation: in modes with a round per ReLU and the batch layout.
    ///   - bandRows: in the tile layout at most so many rows of a layer's output a round; nil is all.
    ///   - order: `offline` in mode `shared` and the batch layout only.
    /// - Throws: `modeMismatch`, `layoutMismatch`, `permutationMismatch`, `orderMismatch`, `badMaskBits`, `schemeMismatch`; `slotsTooNarrow` naming the
    ///   widest layer.
    public init(
        mode: Mode, layout: Layout = .batch, network: IntegerNetwork, images: TensorShape,
        parameters: SchemeParameters, mask: MaskOptions = MaskOptions(), permutation: Permutation = .none,
        bandRows: Int? = nil, order: Order = .interleaved
    ) throws {
        if let reason = mode.objection(to: network) {
            throw PrivateDenoisingError.modeMismatch(mode: mode, reason: reason)
        }
        let mask = mode.usesMask ? mask : nil
        try Self.check(mode, layout, mask: mask, permutation, order)
        try self.init(
            parameters: parameters, mode: mode, layout: layout, images: images, inputBits: network.inputBits,
            outputScale: network.outputScale, mask: mask, permutation: permutation,
            bandRows: layout == .tile ? bandRows : nil, order: order,
            layers: Self.layers(network, images: images, mode: mode, mask: mask))
        guard parameters.name.scheme != nil else {
            throw PrivateDenoisingError.schemeMismatch(
                scheme: parameters.name, reason: "it is no scheme of this protocol")
        }
        _ = try layouts
    }

    /// Takes public values, as far as they describe a network, and derives the rounds.
    /// - Throws: `badAgreement`.
    package init(
        parameters: SchemeParameters, mode: Mode, layout: Layout, images: TensorShape, inputBits: Int,
        outputScale: Double, mask: MaskOptions?, permutation: Permutation, bandRows: Int?, order: Order,
        layers: [Layer]
    ) throws {
        self.parameters = parameters
        self.mode = mode
        self.layout = layout
        self.images = images
        self.inputBits = inputBits
        self.outputScale = outputScale
        self.mask = mask
        self.permutation = permutation
        self.bandRows = bandRows
        self.order = order
        self.layers = layers
        if let problem { throw PrivateDenoisingError.badAgreement(problem) }
        rounds = Self.rounds(layers, images: images, mode: mode, layout: layout, bandRows: bandRows)
        if let problem = mode.definition.objection(to: self) { throw PrivateDenoisingError.badAgreement(problem) }
    }

    private static func layers(
        _ network: IntegerNetwork, images: TensorShape, mode: Mode, mask: MaskOptions?
    ) throws -> [Layer] {
        let shapes = try network.activationShapes(for: images)
        let widths = mode.definition.widths(of: network, mask: mask)
        return network.layers.enumerated().map { index, layer in
            Layer(
                architecture: Denoising.Layer(
                    name: layer.name, inputChannels: layer.inputChannels, outputChannels: layer.outputChannels,
                    kernelHeight: layer.kernelHeight, kernelWidth: layer.kernelWidth, padding: layer.padding,
                    relu: layer.activation != .none, skip: layer.skip?.source),
                output: shapes[index + 1].with(count: 1), bits: widths[index],
                bound: mode.definition.publicBound(of: layer),
                activation: mode.definition.publicActivation(of: layer))
        }
    }

    private static func rounds(
        _ layers: [Layer], images: TensorShape, mode: Mode, layout: Layout, bandRows: Int?
    ) -> [Round] {
        var rounds: [Round] = []
        var (first, input) = (0, images)
        for (index, layer) in layers.enumerated() {
            let isLast = index == layers.count - 1
            guard isLast || layer.activation != .none else { continue }
            let output = layer.output.with(count: images.count)
            for rows in bands(of: output.height, rows: bandRows) {
                rounds.append(
                    Round(
                        layers: first..<index + 1, rows: rows, isLastBand: rows.upperBound == output.height,
                        isLast: isLast, name: layer.name, input: input, output: output,
                        inputTensors: mode.definition.uploads(in: rounds.count),
                        repeatedSkip: layout == .tile ? layer.architecture.skip : nil, activation: layer.activation,
                        bound: layer.bound))
            }
            (first, input) = (index + 1, output)
        }
        return rounds
    }

    /// Bands of about equal height, at most `rows` each; all in one without a limit.
    private static func bands(of height: Int, rows: Int?) -> [Range<Int>] {
        guard let rows, rows < height else { return [0..<height] }
        let count = (height + rows - 1) / max(1, rows)
        return (0..<count).map { height * $0 / count..<height * ($0 + 1) / count }
    }

    /// Bits of the shares that both parties hold of every activation; nil in modes without.
    public var shareBits: Int? { mode.definition.widthOfShares(self) }

    /// log2 of the statistical distance from perfect shares that what the client sees in a run has at most, where shares are hidden
    /// in slots of integers; nil elsewhere.
    public var shareDistance: Double? { mode.definition.distanceOfShares(self) }

    /// Whether the scheme hides the wraps of shares up to a distance.
    var hidesWraps: Bool { parameters.name.scheme?.hidesWraps ?? false }

    /// Patches of 64x64 that are as large as an image; 1 for smaller images.
    var patchesAnImage: Double { max(1, Double(images.planeSize) / 4096) }

    /// The shape of each layer's input, then of the output.
    public var activationShapes: [TensorShape] { [images] + layers.map { $0.output.with(count: images.count) } }

    /// Whether it is about this network.
    func describes(_ network: IntegerNetwork) throws -> Bool {
        try mode.objection(to: network) == nil && network.inputBits == inputBits && network.outputScale == outputScale
            && layers == Self.layers(network, images: images, mode: mode, mask: mask)
    }

    /// The largest magnitude an honest client sees in a round.
    package func largestSeen(in round: Round) -> BigInteger {
        mode.definition.largestSeen(in: round, of: self)
    }
}
