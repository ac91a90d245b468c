import COneDNN

/// The primitives and parameter memories of one canonical convolution at one input size.
///
/// The input's layout is given by the layer before; the output's and the weights' are oneDNN's choice.
final class ConvolutionEngine {
    let outputLayout: OneDNNLayout
    private let forwardPass: OneDNNOperation
    private let weights: Parameters
    private let bias: OneDNNMemory
    private let source: Relayout
    /// nil for inference.
    private let weightGradient: WeightGradientEngine?
    /// nil for inference, and where nobody asks for the input's gradient.
    private let inputGradient: InputGradient?

    private struct InputGradient {
        let pass: OneDNNOperation
        let weights: Parameters
        let target: Relayout
        /// nil where the pass gives the input's gradient as it is wanted.
        let result: (memory: OneDNNMemory, reorder: OneDNNOperation)?

        func run(_ outputGradient: OneDNNMemory, into gradient: OneDNNMemory) throws(DenoisingError) {
            try pass.run(
                source: result?.memory ?? gradient, weights: weights.blocked,
                target: target.read(outputGradient))
            if let result { try result.reorder.run(source: result.memory, target: gradient) }
        }
    }

    /// Weights written in plain order, used in another.
    private struct Parameters {
        let plain: OneDNNMemory
        let blocked: OneDNNMemory
        let reorder: OneDNNOperation

        init(layout: OneDNNLayout, plain: OneDNNMemory, in context: OneDNNContext) throws(DenoisingError) {
            self.plain = plain
            blocked = try OneDNNMemory(layout)
            reorder = try .reorder(from: plain.layout, to: layout, in: context)
        }

        func update() throws(DenoisingError) { try reorder.run(source: plain, target: blocked) }
    }

    init(
        _ convolution: CanonicalConvolution, inputLayout: OneDNNLayout, output: TensorShape, fusedReLU: Bool,
        training: Bool, isFirst: Bool, in context: OneDNNContext
    ) throws(DenoisingError) {
        let sizes = [
            convolution.outputChannels, convolution.inputChannels, convolution.kernelHeight, convolution.kernelWidth,
        ]
        // Every pass chooses its own layouts, and what differs from what it is given is copied: bound to the blocks of the layer before,
        // some have no generated loop (the forward one without AVX-512 where the padding is above half the kernel, others below sixteen
        // channels) and end in a reference loop, a hundred times slower and more.
        let biasLayout = try OneDNNLayout.plain([convolution.outputChannels])
        let anyWeights = try OneDNNLayout.any(sizes)
        forwardPass = try .convolution(
            training ? CONEDNN_TRAINING : CONEDNN_INFERENCE,
            ConvolutionTensors(
                source: .any(inputLayout.sizes), weights: anyWeights, bias: biasLayout, target: .any(output.dimensions),
                padding: convolution.padding),
            relu: fusedReLU, in: context)
        outputLayout = try forwardPass.layout(of: CONEDNN_TARGET)
        source = try Relayout(from: inputLayout, to: forwardPass.layout(of: CONEDNN_SOURCE), in: context)
        bias = try OneDNNMemory(biasLayout)
        let plain = try OneDNNMemory(.plain(sizes))
        weights = try Parameters(layout: forwardPass.layout(of: CONEDNN_WEIGHTS), plain: plain, in: context)
        weightGradient =
            training
            ? try WeightGradientEngine(
                convolution, inputLayout: inputLayout, outputLayout: outputLayout, output: output, in: context) : nil
        guard training, !isFirst else {
            inputGradient = nil
            return
        }
        let pass = try OneDNNOperation.convolution(
            CONEDNN_BACKWARD_DATA,
            ConvolutionTensors(
                source: .any(inputLayout.sizes), weights: anyWeights, target: .any(outputLayout.sizes),
                padding: convolution.padding),
            forward: forwardPass, in: context)
        let layout = try pass.layout(of: CONEDNN_SOURCE)
        inputGradient = InputGradient(
            pass: pass, weights: try Parameters(layout: pass.layout(of: CONEDNN_WEIGHTS), plain: plain, in: context),
            target: try Relayout(from: outputLayout, to: pass.layout(of: CONEDNN_TARGET), in: context),
            result: layout.isSame(as: inputLayout)
                ? nil : (try OneDNNMemory(layout), try .reorder(from: layout, to: inputLayout, in: context)))
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
        try forwardPass.run(
            source: source.read(input), weights: weights.blocked, bias: bias, target: output)
    }

    /// The input's gradient from the output's.
    /// - Precondition: made for training, and not as the first layer.
    func backwardData(_ outputGradient: OneDNNMemory, into gradient: OneDNNMemory) throws(DenoisingError) {
        guard let inputGradient else { preconditionFailure("made without an input gradient") }
        try inputGradient.run(outputGradient, into: gradient)
    }

    /// Gradients of weights (plain order) and bias.
    func backwardWeights(
        input: OneDNNMemory, outputGradient: OneDNNMemory
    ) throws(DenoisingError) -> (weights: [Float], bias: [Float]) {
        guard let weightGradient else { preconditionFailure("made for inference") }
        return try weightGradient.run(input: input, outputGradient: outputGradient)
    }
}
