import Denoising
import Numerics

extension Agreement {
    /// What keeps parties from running it: options that do not go together.
    static func check(
        _ mode: Mode, _ layout: Layout, mask: MaskOptions?, _ permutation: Permutation, _ order: Order
    ) throws {
        guard mode.definition.layouts.contains(layout) else {
            throw PrivateDenoisingError.layoutMismatch(mode: mode, layout: layout)
        }
        if let mask, !MaskOptions.bitsRange.contains(mask.bits) {
            throw PrivateDenoisingError.badMaskBits(found: mask.bits)
        }
        if order == .offline, !mode.definition.runsOffline || layout == .tile {
            throw PrivateDenoisingError.orderMismatch(mode: mode, layout: layout)
        }
        guard permutation != .none else { return }
        let reason =
            layout == .tile
            ? "the client has to put tiles together" : mode.definition.objection(to: permutation, in: mode)
        if let reason { throw PrivateDenoisingError.permutationMismatch(permutation, reason: reason) }
    }

    /// All messages of a run, and how each round's tensors sit, under whatever scheme was agreed; none where that is no scheme of this
    /// protocol.
    package var steps: [Step] { get throws { try conversation.steps } }
    package var layouts: [any TensorLayout] { get throws { try conversation.layouts } }

    private var conversation: (steps: [Step], layouts: [any TensorLayout]) {
        get throws {
            func of<Scheme: AdditiveScheme>(_ scheme: Scheme.Type) throws -> ([Step], [any TensorLayout]) {
                let conversation = try Conversation<Scheme>(self)
                return (conversation.steps, conversation.layouts)
            }
            return try parameters.name.scheme.map { try of($0) } ?? ([], [])
        }
    }

    /// What keeps public values that came from elsewhere from describing a network, or nil.
    var problem: String? {
        let sizes = [images.count, images.height, images.width]
        guard images.channels == 1, sizes.allSatisfy({ (1...Self.largestSize).contains($0) }),
            images.count <= Self.largestTensor / (images.height * images.width), parameters.areValid,
            (1...Self.largestBits).contains(inputBits), outputScale.isFinite,
            bandRows.map({ $0 > 0 && layout == .tile }) ?? true,
            (mask != nil) == mode.usesMask, (1...Self.largestLayers).contains(layers.count)
        else { return "sizes, widths or options out of range" }
        var (shapes, width) = ([images.with(count: 1)], inputBits)
        for (index, layer) in layers.enumerated() {
            let number = "layer \(index + 1)"
            if let reason = layer.problem(input: shapes[index], bits: width, images: images, in: mode) {
                return "\(number): \(reason)"
            }
            if let skip = layer.architecture.skip, !shapes.indices.contains(skip) || shapes[skip] != layer.output {
                return "\(number) adds what is not there"
            }
            if mode.networkKind.isRequantised, index < layers.count - 1, !layer.requantises {
                return "\(number) is not requantised"
            }
            if !mode.networkKind.isRequantised, layer.requantises { return "\(number) is requantised" }
            guard images.count <= Self.largestTensor / layer.output.elementCount else {
                return "\(number) is too large"
            }
            shapes.append(layer.output)
            width = layer.passedBits
        }
        let rows = layers.reduce(0) { $0 + $1.output.height }
        return rows / (bandRows ?? rows) + layers.count > Self.largestRounds ? "too many rounds" : nil
    }

    /// Of an agreement that is read: far above anything that runs, and small enough to multiply.
    private static let largestSize = 1 << 14, largestTensor = 1 << 40, largestBits = 62, largestLayers = 1 << 10
    private static let largestRounds = 1 << 14
}

extension Agreement.Layer {
    fileprivate static let widths = 1...(1 << 13)
    /// Pixels that are few however small the images are.
    private static let smallPlane = 1 << 16

    fileprivate var requantises: Bool {
        if case .requantise = activation { true } else { false }
    }

    /// Of what the next layer reads.
    fileprivate var passedBits: Int {
        if case .requantise(let requantiser) = activation { requantiser.activationBits } else { bound.bitWidth }
    }

    /// - Parameters:
    ///   - bits: of the input's values.
    ///   - images: what the network is run on: layers grow an image by their kernels, not by orders of magnitude.
    fileprivate func problem(
        input: TensorShape, bits inputBits: Int, images: TensorShape, in mode: Mode
    ) -> String? {
        let sizes = [
            architecture.inputChannels, architecture.outputChannels, architecture.kernelHeight,
            architecture.kernelWidth, output.height, output.width,
        ]
        guard sizes.allSatisfy({ (1...1 << 14).contains($0) }),
            output.planeSize <= 16 * images.planeSize + Self.smallPlane
        else { return "a size out of range" }
        // Schemes place values by it, unchecked: as a correlation, which every layer is here.
        let kernel = min(architecture.kernelHeight, architecture.kernelWidth)
        guard architecture.kind == .convolution, (0..<kernel).contains(architecture.padding) else {
            return "padding \(architecture.padding) of a kernel of \(kernel)"
        }
        guard Self.widths.contains(bits), !bound.isNegative, bound.bitWidth < bits, inputBits < bits else {
            return "a width out of range"
        }
        guard output.count == 1, output.channels == architecture.outputChannels,
            // Layers of a folded network are rows, their kernel that of the largest window.
            mode.networkKind == .fused
                ? input.channels == architecture.inputChannels
                : (try? architecture.outputShape(for: input)) == output
        else { return "shapes that do not fit" }
        // In words of 64 bits; shares are requantised as shares.
        if case .requantise(let requantiser) = activation,
            requantiser.multipliers.count != architecture.outputChannels
                || max(mode == .shared ? bound.bitWidth : bits, requantiser.activationBits) > 64
        {
            return "a requantiser that does not fit"
        }
        // A slot is as wide as the widest layer's, and what the client requantises is one word.
        if mode.networkKind.isRequantised, mode != .shared, bits > 64 { return "a width out of range" }
        return nil
    }
}

extension Agreement: Codable {
    /// Of the format.
    public static let version = 1

    private enum CodingKeys: String, CodingKey {
        case version, parameters, mode, layout, images, inputBits, outputScale, mask, permutation, bandRows, order,
            layers
    }

    /// Reads an agreement from anywhere: everything is checked before a party is made of it.
    /// - Throws: `badAgreement`, or what makes it one that cannot be run.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let version = try values.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw PrivateDenoisingError.badAgreement("version \(version), expected \(Self.version)")
        }
        try self.init(
            parameters: values.decode(SchemeParameters.self, forKey: .parameters),
            mode: values.decode(Mode.self, forKey: .mode), layout: values.decode(Layout.self, forKey: .layout),
            images: values.decode(TensorShape.self, forKey: .images),
            inputBits: values.decode(Int.self, forKey: .inputBits),
            outputScale: values.decode(Double.self, forKey: .outputScale),
            mask: values.decodeIfPresent(MaskOptions.self, forKey: .mask),
            permutation: values.decode(Permutation.self, forKey: .permutation),
            bandRows: values.decodeIfPresent(Int.self, forKey: .bandRows),
            order: values.decodeIfPresent(Order.self, forKey: .order) ?? .interleaved,
            layers: values.decode([Layer].self, forKey: .layers))
        try Self.check(mode, layout, mask: mask, permutation, order)
        _ = try layouts
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Self.version, forKey: .version)
        try values.encode(parameters, forKey: .parameters)
        try values.encode(mode, forKey: .mode)
        try values.encode(layout, forKey: .layout)
        try values.encode(images, forKey: .images)
        try values.encode(inputBits, forKey: .inputBits)
        try values.encode(outputScale, forKey: .outputScale)
        try values.encodeIfPresent(mask, forKey: .mask)
        try values.encode(permutation, forKey: .permutation)
        try values.encodeIfPresent(bandRows, forKey: .bandRows)
        // As bytes were before there was another.
        if order != .interleaved { try values.encode(order, forKey: .order) }
        try values.encode(layers, forKey: .layers)
    }
}

extension Agreement.Layer: Codable {
    private enum CodingKeys: String, CodingKey {
        case architecture, output, bits, bound, activation, multipliers, shift, activationBits
    }

    private enum ActivationName: String, Codable { case none, relu, requantise }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        architecture = try values.decode(Denoising.Layer.self, forKey: .architecture)
        output = try values.decode(TensorShape.self, forKey: .output)
        bits = try values.decode(Int.self, forKey: .bits)
        guard let bound = BigInteger(try values.decode(String.self, forKey: .bound), radix: 16) else {
            throw PrivateDenoisingError.badAgreement("a bound that is no hexadecimal number")
        }
        self.bound = bound
        switch try values.decode(ActivationName.self, forKey: .activation) {
        case .none: activation = .none
        case .relu: activation = .relu
        case .requantise:
            activation = .requantise(
                try Requantiser(
                    multipliers: values.decode([Int64].self, forKey: .multipliers),
                    shift: values.decode(Int.self, forKey: .shift),
                    activationBits: values.decode(Int.self, forKey: .activationBits)))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(architecture, forKey: .architecture)
        try values.encode(output, forKey: .output)
        try values.encode(bits, forKey: .bits)
        try values.encode(bound.text(radix: 16), forKey: .bound)
        switch activation {
        case .none: try values.encode(ActivationName.none, forKey: .activation)
        case .relu: try values.encode(ActivationName.relu, forKey: .activation)
        case .requantise(let requantiser):
            try values.encode(ActivationName.requantise, forKey: .activation)
            try values.encode(requantiser.multipliers, forKey: .multipliers)
            try values.encode(requantiser.shift, forKey: .shift)
            try values.encode(requantiser.activationBits, forKey: .activationBits)
        }
    }
}
