import COneDNN

/// The gradient of a convolution's weights and bias from its input and its output's gradient.
///
/// oneDNN 2.6 has no fast path for a padding above half the kernel, which is what a transposed convolution is in
/// canonical form (an unpadded 5x5 has 4): it falls back to a reference loop (minutes for one step). There the two
/// images change places: with `dW[o,i,a,b] = sum g[o,r,c] x[i, r+a-p, c+b-p]`, the same sum read as a correlation of
/// `g` under `x` has padding `k-1-p` and gives the weights mirrored (axes swapped, kernel flipped). The bias gradient
/// is then a plain sum.
final class WeightGradientEngine {
    private let isMirrored: Bool
    private let convolution: CanonicalConvolution
    private let output: TensorShape
    private let gradient: OneDNNPrimitive
    private let blocked: OneDNNMemory
    private let plain: OneDNNMemory
    private let reorder: OneDNNPrimitive
    private let bias: OneDNNMemory
    private let plainOutput: OneDNNMemory?
    private let outputReorder: OneDNNPrimitive?

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
        let sizes = (isMirrored ? channels.reversed() : channels) + [height, width]
        let descriptors = ConvolutionDescriptors(
            padding: isMirrored ? height - 1 - convolution.padding : convolution.padding)
        let weights = try dnnl_memory_desc_t.any(sizes)
        let biasLayout = try dnnl_memory_desc_t.plain([sizes[0]])
        let forward = try OneDNNPrimitive(
            descriptors.forward(source, weights, biasLayout, target, training: true), in: context)
        gradient = try OneDNNPrimitive(
            descriptors.backwardWeights(source, weights, biasLayout, target), hint: forward, in: context)
        blocked = try OneDNNMemory(gradient.layout(of: DNNL_ARG_DIFF_WEIGHTS), in: context)
        plain = try OneDNNMemory(.plain(sizes), in: context)
        reorder = try OneDNNPrimitive(reorder: blocked.descriptor, to: plain.descriptor, in: context)
        bias = try OneDNNMemory(biasLayout, in: context)
        guard isMirrored else {
            (plainOutput, outputReorder) = (nil, nil)
            return
        }
        let plainOutput = try OneDNNMemory(.plain(output.dimensions), in: context)
        outputReorder = try OneDNNPrimitive(reorder: outputLayout, to: plainOutput.descriptor, in: context)
        self.plainOutput = plainOutput
    }

    func run(
        input: OneDNNMemory, outputGradient: OneDNNMemory
    ) throws(DenoisingError) -> (weights: [Float], bias: [Float]) {
        let (source, target) = isMirrored ? (outputGradient, input) : (input, outputGradient)
        try gradient.execute([
            (DNNL_ARG_SRC, source), (DNNL_ARG_DIFF_DST, target), (DNNL_ARG_DIFF_WEIGHTS, blocked),
            (DNNL_ARG_DIFF_BIAS, bias),
        ])
        try reorder.execute([(DNNL_ARG_FROM, blocked), (DNNL_ARG_TO, plain)])
        let weights = plain.read(convolution.weights.count)
        guard let plainOutput, let outputReorder else { return (weights, bias.read(convolution.bias.count)) }
        try outputReorder.execute([(DNNL_ARG_FROM, outputGradient), (DNNL_ARG_TO, plainOutput)])
        let mirrored = CanonicalConvolution.mirrored(
            weights, outer: convolution.inputChannels, inner: convolution.outputChannels,
            taps: convolution.kernelHeight * convolution.kernelWidth)
        return (mirrored, Self.channelSums(plainOutput.read(output.elementCount), output))
    }

    private static func channelSums(_ values: [Float], _ shape: TensorShape) -> [Float] {
        var sums = [Double](repeating: 0, count: shape.channels)
        for plane in 0..<(shape.count * shape.channels) {
            let range = (plane * shape.planeSize)..<((plane + 1) * shape.planeSize)
            sums[plane % shape.channels] += values[range].reduce(0) { $0 + Double($1) }
        }
        return sums.map { Float($0) }
    }
}
