import COneDNN

/// The primitives and parameter memories of one canonical convolution at one input size.
///
/// The input's layout is given by the layer before; the output's and the weights' are oneDNN's choice.
final class ConvolutionEngine {
    let outputLayout: dnnl_memory_desc_t
    private let forwardPass: OneDNNPrimitive
    private let weights: Parameters
    private let bias: OneDNNMemory
    private let backward: Backward?

    private struct Backward {
        let data: OneDNNPrimitive
        let dataWeights: Parameters
        let weights: OneDNNPrimitive
        let weightGradient: OneDNNMemory
        let plainGradient: OneDNNMemory
        let gradientReorder: OneDNNPrimitive
        let biasGradient: OneDNNMemory
    }

    /// Weights written in plain order, used in another.
    private struct Parameters {
        let plain: OneDNNMemory
        let blocked: OneDNNMemory
        let reorder: OneDNNPrimitive

        init(layout: dnnl_memory_desc_t, plain: OneDNNMemory, in context: OneDNNContext) throws(DenoisingError) {
            self.plain = plain
            blocked = try OneDNNMemory(layout, in: context)
            reorder = try OneDNNPrimitive(reorder: plain.descriptor, to: layout, in: context)
        }

        func update() throws(DenoisingError) {
            try reorder.execute([(DNNL_ARG_FROM, plain), (DNNL_ARG_TO, blocked)])
        }
    }

    init(
        _ convolution: CanonicalConvolution, inputLayout: dnnl_memory_desc_t, output: TensorShape, fusedReLU: Bool,
        training: Bool, in context: OneDNNContext
    ) throws(DenoisingError) {
        let sizes = [
            convolution.outputChannels, convolution.inputChannels, convolution.kernelHeight, convolution.kernelWidth,
        ]
        let biasLayout = try dnnl_memory_desc_t.plain([convolution.outputChannels])
        let anyWeights = try dnnl_memory_desc_t.any(sizes)
        let descriptors = Descriptors(padding: convolution.padding)
        forwardPass = try OneDNNPrimitive(
            descriptors.forward(
                inputLayout, anyWeights, biasLayout, .any(output.dimensions), training: training),
            relu: fusedReLU, in: context)
        outputLayout = try forwardPass.layout(of: DNNL_ARG_DST)
        bias = try OneDNNMemory(biasLayout, in: context)
        let plain = try OneDNNMemory(.plain(sizes), in: context)
        weights = try Parameters(layout: forwardPass.layout(of: DNNL_ARG_WEIGHTS), plain: plain, in: context)
        guard training else {
            backward = nil
            return
        }
        let data = try OneDNNPrimitive(
            descriptors.backwardData(inputLayout, anyWeights, outputLayout), hint: forwardPass, in: context)
        let gradient = try OneDNNPrimitive(
            descriptors.backwardWeights(inputLayout, anyWeights, biasLayout, outputLayout), hint: forwardPass,
            in: context)
        let gradientLayout = try gradient.layout(of: DNNL_ARG_DIFF_WEIGHTS)
        backward = Backward(
            data: data,
            dataWeights: try Parameters(layout: data.layout(of: DNNL_ARG_WEIGHTS), plain: plain, in: context),
            weights: gradient,
            weightGradient: try OneDNNMemory(gradientLayout, in: context),
            plainGradient: try OneDNNMemory(plain.descriptor, in: context),
            gradientReorder: try OneDNNPrimitive(reorder: gradientLayout, to: plain.descriptor, in: context),
            biasGradient: try OneDNNMemory(biasLayout, in: context))
    }

    func setParameters(of convolution: CanonicalConvolution) throws(DenoisingError) {
        weights.plain.write(convolution.weights)
        bias.write(convolution.bias)
        try weights.update()
        try backward?.dataWeights.update()
    }

    func forward(_ input: OneDNNMemory, into output: OneDNNMemory) throws(DenoisingError) {
        try forwardPass.execute([
            (DNNL_ARG_SRC, input), (DNNL_ARG_WEIGHTS, weights.blocked), (DNNL_ARG_BIAS, bias), (DNNL_ARG_DST, output),
        ])
    }

    /// The input's gradient from the output's.
    func backwardData(_ outputGradient: OneDNNMemory, into inputGradient: OneDNNMemory) throws(DenoisingError) {
        guard let backward else { preconditionFailure("made for inference") }
        try backward.data.execute([
            (DNNL_ARG_DIFF_DST, outputGradient), (DNNL_ARG_WEIGHTS, backward.dataWeights.blocked),
            (DNNL_ARG_DIFF_SRC, inputGradient),
        ])
    }

    /// Gradients of weights (plain order) and bias.
    func backwardWeights(
        input: OneDNNMemory, outputGradient: OneDNNMemory, counts: (weights: Int, bias: Int)
    ) throws(DenoisingError) -> (weights: [Float], bias: [Float]) {
        guard let backward else { preconditionFailure("made for inference") }
        try backward.weights.execute([
            (DNNL_ARG_SRC, input), (DNNL_ARG_DIFF_DST, outputGradient),
            (DNNL_ARG_DIFF_WEIGHTS, backward.weightGradient), (DNNL_ARG_DIFF_BIAS, backward.biasGradient),
        ])
        try backward.gradientReorder.execute([
            (DNNL_ARG_FROM, backward.weightGradient), (DNNL_ARG_TO, backward.plainGradient),
        ])
        return (backward.plainGradient.read(counts.weights), backward.biasGradient.read(counts.bias))
    }
}

/// oneDNN's descriptions of the three passes of a stride-1 convolution with symmetric padding.
private struct Descriptors {
    let padding: Int

    typealias Layout = dnnl_memory_desc_t

    func forward(
        _ input: Layout, _ weights: Layout, _ bias: Layout, _ output: Layout, training: Bool
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var (input, weights, bias, output) = (input, weights, bias, output)
        let kind = training ? dnnl_forward_training : dnnl_forward_inference
        return try describe("dnnl_convolution_forward_desc_init") { result, strides, padding in
            dnnl_convolution_forward_desc_init(
                &result, kind, dnnl_convolution_direct, &input, &weights, &bias, &output, strides, padding, padding)
        }
    }

    func backwardData(
        _ input: Layout, _ weights: Layout, _ output: Layout
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var (input, weights, output) = (input, weights, output)
        return try describe("dnnl_convolution_backward_data_desc_init") { result, strides, padding in
            dnnl_convolution_backward_data_desc_init(
                &result, dnnl_convolution_direct, &input, &weights, &output, strides, padding, padding)
        }
    }

    func backwardWeights(
        _ input: Layout, _ weights: Layout, _ bias: Layout, _ output: Layout
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var (input, weights, bias, output) = (input, weights, bias, output)
        return try describe("dnnl_convolution_backward_weights_desc_init") { result, strides, padding in
            dnnl_convolution_backward_weights_desc_init(
                &result, dnnl_convolution_direct, &input, &weights, &bias, &output, strides, padding, padding)
        }
    }

    private func describe(
        _ call: String,
        _ body: (inout dnnl_convolution_desc_t, UnsafePointer<Int64>?, UnsafePointer<Int64>?) -> dnnl_status_t
    ) throws(DenoisingError) -> dnnl_convolution_desc_t {
        var result = dnnl_convolution_desc_t()
        let strides = [Int64](repeating: 1, count: 2)
        let paddings = [Int64](repeating: Int64(padding), count: 2)
        let status = strides.withUnsafeBufferPointer { strides in
            paddings.withUnsafeBufferPointer { body(&result, strides.baseAddress, $0.baseAddress) }
        }
        try check(status, call)
        return result
    }
}
