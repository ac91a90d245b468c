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
    private let gradient: OneDNNPrimitive
    private let blocked: OneDNNMemory
    private let plain: OneDNNMemory
    private let reorder: OneDNNPrimitive
    private let bias: OneDNNMemory
    private let source: Relayout?
    private let target: Relayout?
    private let plainOutput: Relayout?

    init(
        _ convolution: CanonicalConvolution, inputLayout: dnnl_memory_desc_t, outputLayout: dnnl_memory_desc_t,
        output: TensorShape, in context: OneDNNContext
    ) throws(DenoisingError) {
        let (height, width) = (convolution.kernelHeight, convolution.kernelWidth)
        isMirrored = height == width && 2 * convolution.padding > height - 1
        self.convolution = convolution
        self.output = output
        let channels = [convolution.outputChannels, convolution.inputChannels]
        let (source, target) = isMirrored ? (outputLayout, inputLayout) : (inputLayout, outputLayout)
        let (anySource, anyTarget) = try (
            dnnl_memory_desc_t.any(source.sizes), dnnl_memory_desc_t.any(target.sizes)
        )
        let sizes = (isMirrored ? channels.reversed() : channels) + [height, width]
        let descriptors = ConvolutionDescriptors(
            padding: isMirrored ? height - 1 - convolution.padding : convolution.padding)
        let weights = try dnnl_memory_desc_t.any(sizes)
        let biasLayout = try dnnl_memory_desc_t.plain([sizes[0]])
        let forward = try OneDNNPrimitive(
            descriptors.forward(anySource, weights, biasLayout, anyTarget, training: true), in: context)
        gradient = try OneDNNPrimitive(
            descriptors.backwardWeights(anySource, weights, biasLayout, anyTarget), hint: forward, in: context)
        self.source = try Relayout(ifNeededFrom: source, to: gradient.layout(of: DNNL_ARG_SRC), in: context)
        self.target = try Relayout(ifNeededFrom: target, to: gradient.layout(of: DNNL_ARG_DIFF_DST), in: context)
        blocked = try OneDNNMemory(gradient.layout(of: DNNL_ARG_DIFF_WEIGHTS), in: context)
        plain = try OneDNNMemory(.plain(sizes), in: context)
        reorder = try OneDNNPrimitive(reorder: blocked.descriptor, to: plain.descriptor, in: context)
        bias = try OneDNNMemory(biasLayout, in: context)
        plainOutput =
            isMirrored ? try Relayout(from: outputLayout, to: .plain(output.dimensions), in: context) : nil
    }

    var implementation: String { gradient.implementation }

    func run(
        input: OneDNNMemory, outputGradient: OneDNNMemory
    ) throws(DenoisingError) -> (weights: [Float], bias: [Float]) {
        let images = isMirrored ? (source: outputGradient, target: input) : (source: input, target: outputGradient)
        try gradient.execute([
            (DNNL_ARG_SRC, source?.read(images.source) ?? images.source),
            (DNNL_ARG_DIFF_DST, target?.read(images.target) ?? images.target),
            (DNNL_ARG_DIFF_WEIGHTS, blocked), (DNNL_ARG_DIFF_BIAS, bias),
        ])
        try reorder.execute([(DNNL_ARG_FROM, blocked), (DNNL_ARG_TO, plain)])
        let weights = plain.read(convolution.weights.count)
        guard let plainOutput else { return (weights, bias.read(convolution.bias.count)) }
        let mirrored = CanonicalConvolution.mirrored(
            weights, outer: convolution.inputChannels, inner: convolution.outputChannels,
            taps: convolution.kernelHeight * convolution.kernelWidth)
        return (mirrored, try plainOutput.read(outputGradient).channelSums(output))
    }
}
