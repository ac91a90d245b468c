/// A layer's affine part as a stride-1 cross-correlation with symmetric zero padding, which every layer kind is:
///
///     y[o, r, c] = bias[o] + sum over i, a, b of weights[o, i, a, b] * x[i, r + a - padding, c + b - padding]
///
/// A transposed convolution swaps its channel axes, flips its kernel and pads by `k - 1 - padding`; a dense layer is an
/// unpadded kernel of the image's size. Inference, training, integer and encrypted networks use this form alone.
public struct CanonicalConvolution: Sendable, Equatable {
    public let inputChannels: Int
    public let outputChannels: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    public let padding: Int
    /// `[out][in][kh][kw]`, row-major.
    public var weights: [Float]
    /// One per output channel.
    public var bias: [Float]

    /// - Precondition: `weights` was checked against a network with this layer.
    init(_ layer: Layer, weights: Weights) {
        guard let weight = weights.tensors[layer.weightName], let bias = weights.tensors[layer.biasName] else {
            preconditionFailure("weights were checked against another network than layer \(layer.name)'s")
        }
        let taps = layer.kernelHeight * layer.kernelWidth
        let values =
            layer.kind == .transposedConvolution
            ? Self.mirrored(weight.values, outer: layer.inputChannels, inner: layer.outputChannels, taps: taps)
            : weight.values
        self.init(layer, weights: values, bias: bias.values)
    }

    init(_ layer: Layer, weights: [Float], bias: [Float]) {
        inputChannels = layer.inputChannels
        outputChannels = layer.outputChannels
        kernelHeight = layer.kernelHeight
        kernelWidth = layer.kernelWidth
        padding = layer.canonicalPadding
        self.weights = weights
        self.bias = bias
    }

    /// The same parameters under the names and in the layout of PyTorch's `state_dict`.
    func stateTensors(for layer: Layer) throws(DenoisingError) -> [String: WeightTensor] {
        let values =
            layer.kind == .transposedConvolution
            ? Self.mirrored(weights, outer: outputChannels, inner: inputChannels, taps: kernelHeight * kernelWidth)
            : weights
        return [
            layer.weightName: try WeightTensor(shape: layer.weightShape, values: values),
            layer.biasName: try WeightTensor(shape: layer.biasShape, values: bias),
        ]
    }

    /// Weights of one output channel.
    func filter(_ channel: Int) -> ArraySlice<Float> { weights[(channel * taps)..<((channel + 1) * taps)] }

    /// Of one filter.
    var taps: Int { weights.count / outputChannels }

    /// Swaps the two channel axes of `[outer][inner][taps]` and flips the kernel: its own inverse, with the counts
    /// exchanged.
    static func mirrored(_ source: [Float], outer: Int, inner: Int, taps: Int) -> [Float] {
        var result = [Float](repeating: 0, count: source.count)
        for first in 0..<outer {
            for second in 0..<inner {
                for tap in 0..<taps {
                    result[(second * outer + first) * taps + taps - 1 - tap] =
                        source[(first * inner + second) * taps + tap]
                }
            }
        }
        return result
    }
}

extension Network {
    /// The parameters of all layers under the names and in the layout of PyTorch's `state_dict`.
    func stateTensors(_ convolutions: [CanonicalConvolution]) throws(DenoisingError) -> [String: WeightTensor] {
        var tensors: [String: WeightTensor] = [:]
        for (layer, convolution) in zip(layers, convolutions) {
            tensors.merge(try convolution.stateTensors(for: layer)) { $1 }
        }
        return tensors
    }

    /// - Throws: as `Weights.init`.
    func weights(of convolutions: [CanonicalConvolution]) throws(DenoisingError) -> Weights {
        try Weights(stateTensors(convolutions), for: self)
    }
}
