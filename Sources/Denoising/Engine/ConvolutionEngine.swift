import COneDNN

/// The primitives and parameter memories of one canonical convolution at one input size.
///
/// The input's layout is given by the layer before; the output's and the weights' are oneDNN's choice.
final class ConvolutionEngine {
    let outputLayout: dnnl_memory_desc_t
    private let forwardPass: OneDNNPrimitive
    private let weights: Parameters
    private let bias: OneDNNMemory
    /// nil for inference.
    private let weightGradient: WeightGradientEngine?
    /// nil for inference, and where nobody asks for the input's gradient.
    private let inputGradient: InputGradient?

    private struct InputGradient {
        let pass: OneDNNPrimitive
        let weights: Parameters
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
        training: Bool, isFirst: Bool, in context: OneDNNContext
    ) throws(DenoisingError) {
        let sizes = [
            convolution.outputChannels, convolution.inputChannels, convolution.kernelHeight, convolution.kernelWidth,
        ]
        let biasLayout = try dnnl_memory_desc_t.plain([convolution.outputChannels])
        let anyWeights = try dnnl_memory_desc_t.any(sizes)
        let descriptors = ConvolutionDescriptors(padding: convolution.padding)
        forwardPass = try OneDNNPrimitive(
            descriptors.forward(
                inputLayout, anyWeights, biasLayout, .any(output.dimensions), training: training),
            relu: fusedReLU, in: context)
        outputLayout = try forwardPass.layout(of: DNNL_ARG_DST)
        bias = try OneDNNMemory(biasLayout, in: context)
        let plain = try OneDNNMemory(.plain(sizes), in: context)
        weights = try Parameters(layout: forwardPass.layout(of: DNNL_ARG_WEIGHTS), plain: plain, in: context)
        weightGradient =
            training
            ? try WeightGradientEngine(
                convolution, inputLayout: inputLayout, outputLayout: outputLayout, output: output, in: context) : nil
        guard training, !isFirst else {
            inputGradient = nil
            return
        }
        let pass = try OneDNNPrimitive(
            descriptors.backwardData(inputLayout, anyWeights, outputLayout), hint: forwardPass, in: context)
        inputGradient = InputGradient(
            pass: pass, weights: try Parameters(layout: pass.layout(of: DNNL_ARG_WEIGHTS), plain: plain, in: context))
    }

    /// What runs each of the passes, by oneDNN's names.
    var implementations: [String] {
        [forwardPass.implementation]
            + [inputGradient?.pass.implementation, weightGradient?.implementation].compactMap { $0 }
    }

    func setParameters(of convolution: CanonicalConvolution) throws(DenoisingError) {
        weights.plain.write(convolution.weights)
        bias.write(convolution.bias)
        try weights.update()
        try inputGradient?.weights.update()
    }

    func forward(_ input: OneDNNMemory, into output: OneDNNMemory) throws(DenoisingError) {
        try forwardPass.execute([
            (DNNL_ARG_SRC, input), (DNNL_ARG_WEIGHTS, weights.blocked), (DNNL_ARG_BIAS, bias), (DNNL_ARG_DST, output),
        ])
    }

    /// The input's gradient from the output's.
    /// - Precondition: made for training, and not as the first layer.
    func backwardData(_ outputGradient: OneDNNMemory, into gradient: OneDNNMemory) throws(DenoisingError) {
        guard let inputGradient else { preconditionFailure("made without an input gradient") }
        try inputGradient.pass.execute([
            (DNNL_ARG_DIFF_DST, outputGradient), (DNNL_ARG_WEIGHTS, inputGradient.weights.blocked),
            (DNNL_ARG_DIFF_SRC, gradient),
        ])
    }

    /// Gradients of weights (plain order) and bias.
    func backwardWeights(
        input: OneDNNMemory, outputGradient: OneDNNMemory
    ) throws(DenoisingError) -> (weights: [Float], bias: [Float]) {
        guard let weightGradient else { preconditionFailure("made for inference") }
        return try weightGradient.run(input: input, outputGradient: outputGradient)
    }
}
