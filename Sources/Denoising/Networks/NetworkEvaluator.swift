import COneDNN

/// Float inference at one input size, on oneDNN.
///
/// Make it once and run it on many inputs: layouts, primitives and memory are reused. Results are the same bit for bit
/// for the same machine and thread count. Not Sendable: it owns native memory that one thread at a time may use.
public final class NetworkEvaluator {
    public let inputShape: TensorShape
    private let executor: NetworkExecutor

    /// Version of oneDNN in use.
    public static var libraryVersion: String { String(cString: conednn_version()) }

    /// - Parameters:
    ///   - inputShape: batch size included.
    ///   - quantisation: rounds weights and activations as an integer network does; nil leaves them as they are.
    ///   - threads: OpenMP threads; nil leaves what `OMP_NUM_THREADS` or the machine says.
    /// - Throws: `DenoisingError.sizeMismatch` if the input cannot pass a layer; `missingTensor` or `wrongShape` if the
    ///   weights belong to another network; `library` if oneDNN refuses; with a quantisation as `IntegerNetwork.init(requantising:)`.
    public init(
        _ network: Network, weights: Weights, inputShape: TensorShape, quantisation: FakeQuantisation? = nil,
        threads: Int? = nil
    ) throws(DenoisingError) {
        var convolutions = try network.canonicalConvolutions(weights)
        if let quantisation { convolutions = try quantisation.rounded(convolutions) }
        self.inputShape = inputShape
        executor = try NetworkExecutor(
            network, convolutions: convolutions, input: inputShape, levels: quantisation?.levels ?? [], training: false,
            threads: threads)
        try executor.setParameters(convolutions)
    }

    /// The network's output.
    /// - Throws: `DenoisingError.wrongShape` if the input is not of `inputShape`.
    public func run(_ input: Tensor) throws(DenoisingError) -> Tensor {
        try forward(input)
        return try activation(executor.shapes.count - 1)
    }

    /// All activations: the input, then the output of every layer after skip-add and ReLU.
    public func activations(_ input: Tensor) throws(DenoisingError) -> [Tensor] {
        try forward(input)
        var result: [Tensor] = []
        for index in executor.shapes.indices { result.append(try activation(index)) }
        return result
    }

    private func forward(_ input: Tensor) throws(DenoisingError) {
        guard input.shape == inputShape else {
            throw .wrongShape(what: "input", found: input.shape.dimensions, expected: inputShape.dimensions)
        }
        try executor.forward(input.values)
    }

    private func activation(_ index: Int) throws(DenoisingError) -> Tensor {
        Tensor(unchecked: try executor.activation(index), shape: executor.shapes[index])
    }
}

extension Network {
    /// Every layer as a cross-correlation, in order.
    /// - Throws: as `Weights.init`, if the weights belong to another network.
    public func canonicalConvolutions(_ weights: Weights) throws(DenoisingError) -> [CanonicalConvolution] {
        let checked = try Weights(weights.tensors, for: self)
        return layers.map { CanonicalConvolution($0, weights: checked) }
    }

    /// Runs the network once on a batch of any size; for many runs of one size make a `NetworkEvaluator`.
    /// - Throws: as `NetworkEvaluator`.
    public func evaluate(_ input: Tensor, weights: Weights, threads: Int? = nil) throws(DenoisingError) -> Tensor {
        try NetworkEvaluator(self, weights: weights, inputShape: input.shape, threads: threads).run(input)
    }
}
