/// A feed-forward network as a value: its layers, without weights.
///
/// Activation 0 is the input, activation `k` what layer `k` (counted from 1) gives after skip-add and ReLU.
public struct Network: Sendable, Hashable {
    public let layers: [Layer]

    /// - Throws: `DenoisingError.invalidNetwork` naming the first layer that does not fit: channels that do not follow
    ///   from the layer before, a skip from a later layer or of other channels, a name used twice, an empty kernel.
    public init(layers: [Layer]) throws(DenoisingError) {
        guard !layers.isEmpty else { throw .invalidNetwork(layer: "1", reason: "missing, expected at least one layer") }
        var channels = [layers[0].inputChannels]
        var names: Set<String> = []
        for (index, layer) in layers.enumerated() {
            try Network.validate(layer, at: index, channels: channels)
            guard names.insert(layer.name).inserted else {
                throw .invalidNetwork(layer: layer.name, reason: "name used twice, expected unique names")
            }
            channels.append(layer.outputChannels)
        }
        self.layers = layers
    }

    public var inputChannels: Int { layers[0].inputChannels }
    public var outputChannels: Int { layers[layers.count - 1].outputChannels }

    /// Shapes of all activations, the input's first.
    /// - Throws: `DenoisingError.sizeMismatch` naming the layer an input of this size cannot pass.
    public func activationShapes(for input: TensorShape) throws(DenoisingError) -> [TensorShape] {
        var shapes = [input]
        for layer in layers {
            let output = try layer.outputShape(for: shapes[shapes.count - 1])
            if let skip = layer.skip, shapes[skip] != output {
                throw .sizeMismatch(
                    layer: layer.name, reason: "adds activation \(skip) of size \(shapes[skip]), expected \(output)")
            }
            shapes.append(output)
        }
        return shapes
    }

    /// What comes out must be a grey image of the size that went in: metrics compare them pixel by pixel.
    /// - Throws: `DenoisingError.sizeMismatch` naming the last layer.
    public func requireImagesOfOneSize(height: Int, width: Int) throws(DenoisingError) {
        let last = layers[layers.count - 1].name
        guard inputChannels == 1, outputChannels == 1 else {
            throw .sizeMismatch(
                layer: last,
                reason: "network maps \(inputChannels) channels to \(outputChannels), expected 1 to 1, a grey image")
        }
        let output = try activationShapes(for: TensorShape(channels: 1, height: height, width: width))[layers.count]
        guard output.height == height, output.width == width else {
            throw .sizeMismatch(
                layer: last,
                reason:
                    "makes \(output.height)x\(output.width) of an image of \(height)x\(width), expected the same size")
        }
    }

    /// Multiply-accumulates for an input, zeros of the padding left out.
    public func multiplyAccumulates(for input: TensorShape) throws(DenoisingError) -> Int {
        let shapes = try activationShapes(for: input)
        return layers.indices.reduce(0) {
            $0 + layers[$1].multiplyAccumulates(input: shapes[$1], output: shapes[$1 + 1])
        }
    }

    private static func validate(_ layer: Layer, at index: Int, channels: [Int]) throws(DenoisingError) {
        func fail(_ reason: String) -> DenoisingError { .invalidNetwork(layer: layer.name, reason: reason) }
        guard !layer.name.isEmpty, !layer.name.contains("/") else {
            throw .invalidNetwork(layer: "\(index + 1)", reason: "name '\(layer.name)', expected one without '/'")
        }
        try layer.requireBounds()
        guard layer.inputChannels == channels[index] else {
            throw fail("takes \(layer.inputChannels) channels, expected \(channels[index])")
        }
        guard layer.padding >= 0, layer.padding < min(layer.kernelHeight, layer.kernelWidth) else {
            throw fail("padding \(layer.padding), expected less than the kernel's size")
        }
        switch layer.kind {
        case .convolution: break
        case .transposedConvolution:
            guard layer.kernelHeight == layer.kernelWidth else { throw fail("transposed kernel must be square") }
        case .dense:
            guard layer.padding == 0 else { throw fail("dense layer with padding \(layer.padding), expected 0") }
        }
        if let skip = layer.skip {
            guard (0...index).contains(skip) else { throw fail("skip from activation \(skip), expected 0...\(index)") }
            guard channels[skip] == layer.outputChannels else {
                throw fail("adds activation \(skip) of \(channels[skip]) channels, expected \(layer.outputChannels)")
            }
        }
    }
}

extension Network: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(layers: decoder.container(keyedBy: CodingKeys.self).decode([Layer].self, forKey: .layers))
    }
}

extension Network: CustomStringConvertible {
    /// One line: `conv1 1->16 5x5 pad 2 relu, ..., tconv1 16->1 5x5 pad 2 + activation 0 relu`.
    public var description: String {
        layers.map { layer in
            let transposed = layer.kind == .transposedConvolution ? " transposed" : ""
            let kind = layer.kind == .dense ? " dense" : transposed
            let skip = layer.skip.map { " + activation \($0)" } ?? ""
            return "\(layer.name) \(layer.inputChannels)->\(layer.outputChannels) "
                + "\(layer.kernelHeight)x\(layer.kernelWidth)\(kind) pad \(layer.padding)\(skip)\(layer.relu ? " relu" : "")"
        }.joined(separator: ", ")
    }
}
