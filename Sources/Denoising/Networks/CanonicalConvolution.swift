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
        self.init(layer, weights: Self.reordered(weight.values, of: layer), bias: bias.values)
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
        // Swapping the channel axes and flipping the kernel twice is the identity, so the way back is the way there
        // with the two channel counts exchanged.
        var mirrored = layer
        if layer.kind == .transposedConvolution {
            mirrored.inputChannels = layer.outputChannels
            mirrored.outputChannels = layer.inputChannels
        }
        return [
            layer.weightName: try WeightTensor(
                shape: layer.weightShape, values: Self.reordered(weights, of: mirrored)),
            layer.biasName: try WeightTensor(shape: layer.biasShape, values: bias),
        ]
    }

    private static func reordered(_ source: [Float], of layer: Layer) -> [Float] {
        guard layer.kind == .transposedConvolution else { return source }
        let (inputs, outputs) = (layer.inputChannels, layer.outputChannels)
        let taps = layer.kernelHeight * layer.kernelWidth
        var result = [Float](repeating: 0, count: source.count)
        for input in 0..<inputs {
            for output in 0..<outputs {
                for tap in 0..<taps {
                    result[(output * inputs + input) * taps + taps - 1 - tap] =
                        source[(input * outputs + output) * taps + tap]
                }
            }
        }
        return result
    }
}
