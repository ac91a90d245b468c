import COneDNN

/// The gradient of a convolution's weights and bias from its input and its output's gradient.
///
/// oneDNN 2.6 has no fast path for a padding above half the kernel, which is what a transposed convolution is in
/// canonical form (an unpadded 5x5 has 4): it falls back to a reference loop (minutes for one step). There the two
/// images change places: with `dW[o,i,a,b] = sum g[o,r,c] x[i, r+a-p, c+b-p]`, the same sum read as a correlation of
/// `g` under `x` has padding `k-1-p` and gives the weights mirrored (axes swapped, kernel flipped). The bias gradient
/// is then a plain sum.
///
/// The two images come in the layouts of the forward pass. Mirrored, they need not be what the gradient's fast path takes (one
/// channel in blocks of sixteen ended in the reference loop too, 80 % of a step of a ten-layer network), so the primitive
/// chooses, and what differs is copied.
final class WeightGradientEngine {
    private let isMirrored: Bool
    private let convolution: CanonicalConvolution
    private let output: TensorShape
    private let gradient: OneDNNOperation
    private let blocked: OneDNNMemory
    private let plain: Relayout
    private let bias: OneDNNMemory
    private let source: Relayout
    private let target: Relayout
    private let plainOutput: Relayout?

    init(
        _ convolution: CanonicalConvolution, inputLayout: OneDNNLayout, outputLayout: OneDNNLayout,
        output: TensorShape, in context: OneDNNContext
    ) throws(DenoisingError) {
        let (height, width) = (convolution.kernelHeight, convolution.kernelWidth)
        isMirrored = height == width && 2 * convolution.padding > height - 1
        self.convolution = convolution
        self.output = output
        let channels = [convolution.outputChannels, convolution.inputChannels]
        let (source, target) = isMirrored ? (outputLayout, inputLayout) : (inputLayout, outputLayout)
        let sizes = (isMirrored ? channels.reversed() : channels) + [height, width]
        let biasLayout = try OneDNNLayout.plain([sizes[0]])
        let tensors = ConvolutionTensors(
            source: try .any(source.sizes), weights: try .any(sizes), bias: biasLayout, target: try .any(target.sizes),
            padding: isMirrored ? height - 1 - convolution.padding : convolution.padding)
        gradient = try .convolution(
            CONEDNN_BACKWARD_WEIGHTS, tensors, forward: .convolution(CONEDNN_TRAINING, tensors, in: context),
            in: context)
        self.source = try Relayout(from: source, to: gradient.layout(of: CONEDNN_SOURCE), in: context)
        self.target = try Relayout(from: target, to: gradient.layout(of: CONEDNN_TARGET), in: context)
        blocked = try OneDNNMemory(gradient.layout(of: CONEDNN_WEIGHTS))
        plain = try Relayout(from: blocked.layout, to: .plain(sizes), in: context)
        bias = try OneDNNMemory(biasLayout)
        plainOutput =
            isMirrored ? try Relayout(from: outputLayout, to: .plain(output.dimensions), in: context) : nil
    }

    var implementation: String { gradient.implementation }

    func run(
        input: OneDNNMemory, outputGradient: OneDNNMemory
    ) throws(DenoisingError) -> (weights: [Float], bias: [Float]) {
        let images = isMirrored ? (source: outputGradient, target: input) : (source: input, target: outputGradient)
        try gradient.run(
            source: source.read(images.source), weights: blocked, bias: bias, target: target.read(images.target))
        let weights = try plain.read(blocked).read(convolution.weights.count)
        guard let plainOutput else { return (weights, bias.read(convolution.bias.count)) }
        let mirrored = CanonicalConvolution.mirrored(
            weights, outer: convolution.inputChannels, inner: convolution.outputChannels,
            taps: convolution.kernelHeight * convolution.kernelWidth)
        return (mirrored, try plainOutput.read(outputGradient).channelSums(output))
    }
}
