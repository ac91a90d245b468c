/// Forward and backward passes of a network at one input size. Memory and primitives are made once; activations stay in
/// oneDNN's blocked layouts from the first layer to the last.
final class NetworkExecutor {
    let shapes: [TensorShape]
    private let network: Network
    private let context: OneDNNContext
    private let engines: [ConvolutionEngine]
    private let activations: [OneDNNMemory]
    private let skips: [Skip?]
    /// Of the input and every activation but the last, where these are rounded; otherwise none.
    private let levels: [ActivationLevels]
    /// Of the activations that are rounded, but the input; otherwise none, and none for inference.
    private let slopes: [OneDNNMemory]
    private var plainOutputs: [Int: Relayout] = [:]
    private let gradients: [OneDNNMemory]
    private let sumScratch: [OneDNNMemory?]
    private let lossGradient: Relayout?

    /// Brings an activation into the layout of the layer that adds it, and its gradient back.
    private struct Skip {
        let source: Int
        let forward: Relayout
        let backward: Relayout?
    }

    /// - Parameter levels: of the input and every activation but the last, which are rounded to them; none leaves all as they are.
    init(
        _ network: Network, convolutions: [CanonicalConvolution], input: TensorShape, levels: [ActivationLevels] = [],
        training: Bool, threads: Int?
    ) throws(DenoisingError) {
        precondition(levels.isEmpty || levels.count == network.layers.count)
        self.network = network
        let context = try OneDNNContext(threads: threads)
        let before = context.enter()
        defer { context.leave(before) }
        self.context = context
        shapes = try network.activationShapes(for: input)
        var engines: [ConvolutionEngine] = []
        var activations = [try OneDNNMemory(.plain(input.dimensions))]
        for (index, layer) in network.layers.enumerated() {
            let engine = try ConvolutionEngine(
                convolutions[index], inputLayout: activations[index].layout, output: shapes[index + 1],
                fusedReLU: layer.relu && layer.skip == nil, training: training, isFirst: index == 0, in: context)
            engines.append(engine)
            activations.append(try OneDNNMemory(engine.outputLayout))
        }
        self.engines = engines
        self.activations = activations
        self.levels = levels
        func memory(like other: OneDNNMemory) throws(DenoisingError) -> OneDNNMemory { try OneDNNMemory(other.layout) }
        slopes = training ? try activations[1...].prefix(max(0, levels.count - 1)).map(memory) : []
        skips = try network.layers.enumerated().map { (index, layer) throws(DenoisingError) -> Skip? in
            guard let source = layer.skip else { return nil }
            let (here, there) = (activations[index + 1].layout, activations[source].layout)
            let back = training && source > 0 ? try Relayout(from: here, to: there, in: context) : nil
            return Skip(source: source, forward: try Relayout(from: there, to: here, in: context), backward: back)
        }
        gradients = training ? try activations.map(memory) : []
        let summed = Set(training ? network.layers.compactMap(\.skip) : [])
        sumScratch = try activations.enumerated().map { (index, activation) throws(DenoisingError) in
            summed.contains(index) ? try memory(like: activation) : nil
        }
        lossGradient =
            training
            ? try Relayout(
                from: .plain(shapes[shapes.count - 1].dimensions), to: activations[activations.count - 1].layout,
                in: context) : nil
    }

    /// What runs each layer's passes, by oneDNN's names.
    var implementations: [[String]] { engines.map(\.implementations) }

    func setParameters(_ convolutions: [CanonicalConvolution]) throws(DenoisingError) {
        let threads = context.enter()
        defer { context.leave(threads) }
        for (engine, convolution) in zip(engines, convolutions) { try engine.setParameters(of: convolution) }
    }

    /// Runs all layers; results are read with `activation(_:)`.
    func forward(_ input: [Float]) throws(DenoisingError) {
        let threads = context.enter()
        defer { context.leave(threads) }
        activations[0].write(input)
        if let own = levels.first { activations[0].round(to: own, slopes: nil) }
        for (index, layer) in network.layers.enumerated() {
            let output = activations[index + 1]
            try engines[index].forward(activations[index], into: output)
            if let skip = skips[index] {
                output.add(try skip.forward.read(activations[skip.source]))
                if layer.relu { output.applyReLU() }
            }
            if index + 1 < levels.count {
                output.round(to: levels[index + 1], slopes: slopes.isEmpty ? nil : slopes[index])
            }
        }
    }

    /// Activation `index` in plain NCHW order.
    func activation(_ index: Int) throws(DenoisingError) -> [Float] {
        let threads = context.enter()
        defer { context.leave(threads) }
        let memory = activations[index]
        let relayout: Relayout
        if let known = plainOutputs[index] {
            relayout = known
        } else {
            relayout = try Relayout(from: memory.layout, to: .plain(shapes[index].dimensions), in: context)
            plainOutputs[index] = relayout
        }
        return try relayout.read(memory).read(shapes[index].elementCount)
    }

    /// Gradients of all weights (canonical order) and biases, from the last output's gradient, after `forward`.
    func backward(_ outputGradient: [Float]) throws(DenoisingError) -> [(weights: [Float], bias: [Float])] {
        guard let lossGradient else { preconditionFailure("made for inference") }
        let threads = context.enter()
        defer { context.leave(threads) }
        let plain = try OneDNNMemory(.plain(shapes[shapes.count - 1].dimensions))
        plain.write(outputGradient)
        gradients[gradients.count - 1].copy(try lossGradient.read(plain))
        var isStarted = [Bool](repeating: false, count: gradients.count)
        var result: [(weights: [Float], bias: [Float])] = []
        for index in network.layers.indices.reversed() {
            let gradient = gradients[index + 1]
            if slopes.indices.contains(index) {
                gradient.multiply(by: slopes[index])
            } else if network.layers[index].relu {
                gradient.mask(wherePositive: activations[index + 1])
            }
            if let skip = skips[index], let backward = skip.backward {
                let (sum, addend) = (gradients[skip.source], try backward.read(gradient))
                if isStarted[skip.source] { sum.add(addend) } else { sum.copy(addend) }
                isStarted[skip.source] = true
            }
            result.append(try engines[index].backwardWeights(input: activations[index], outputGradient: gradient))
            guard index > 0 else { continue }
            if isStarted[index], let scratch = sumScratch[index] {
                try engines[index].backwardData(gradient, into: scratch)
                gradients[index].add(scratch)
            } else {
                try engines[index].backwardData(gradient, into: gradients[index])
            }
        }
        return result.reversed()
    }
}
