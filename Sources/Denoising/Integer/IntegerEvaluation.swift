import Numerics

/// An integer network's evaluation layer by layer, holding only what later layers need.
///
/// A trace of a full batch takes gigabytes; whoever compares it round by round needs one layer at a time.
public struct IntegerEvaluation: Sendable {
    private let network: IntegerNetwork
    /// By index: 0 is the input, `k` what layer `k` passed on.
    private var activations: [Int: IntegerTensor]
    private var done = 0
    /// Activations beyond what the calibration foresaw, which were clamped, in all layers done.
    public private(set) var saturated = 0

    /// - Throws: `DenoisingError.valueOutOfRange` if an input value lies outside `0...largestInput`.
    public init(_ network: IntegerNetwork, input: IntegerTensor) throws(DenoisingError) {
        guard input.values.limbs == 1,
            (0..<input.values.count).allSatisfy({ input.values.words[$0] <= network.largestInput })
        else { throw .valueOutOfRange(what: "integer network's input", expected: "0...\(network.largestInput)") }
        self.network = network
        activations = [0: input]
    }

    /// What the last layer done passed on; the input before the first.
    public var activation: IntegerTensor? { activations[done] }

    /// Evaluates the next layer. - Returns: its accumulators.
    /// - Precondition: a layer is left.
    public mutating func step(threads: Int) throws(DenoisingError) -> IntegerTensor {
        let layer = network.layers[done]
        guard let input = activations[done] else { preconditionFailure("the last activation is always kept") }
        let sums = try layer.accumulate(input, skipped: layer.skip.flatMap { activations[$0.source] }, threads: threads)
        saturated += layer.saturated(sums, rows: 0..<sums.shape.height, columns: 0..<sums.shape.width, threads: threads)
        done += 1
        let needed = Set(network.layers[done...].compactMap { $0.skip?.source })
        activations = activations.filter { needed.contains($0.key) }
        activations[done] = layer.activation.apply(to: sums, threads: threads)
        return sums
    }
}

extension IntegerNetwork {
    /// Bytes that an evaluation of images takes, or a comparison with one: a layer's accumulators and activations on both sides, and two
    /// activations that later layers add.
    /// - Throws: What `activationShapes` throws.
    package func evaluationBytes(for images: TensorShape) throws -> Int {
        let widest = try activationShapes(for: images).map(\.elementCount).max() ?? 0
        return 6 * 8 * IntegerArray.limbs(forBits: maximumAccumulatorBits) * widest
    }

    /// The output alone, holding at any time no more than later layers need.
    ///
    /// - Parameter threads: at most this many; the result does not depend on it.
    /// - Throws: as `evaluate`.
    public func output(
        of input: IntegerTensor, threads: Int = ExactConvolution.defaultThreads
    ) throws(DenoisingError) -> IntegerTensor {
        var evaluation = try IntegerEvaluation(self, input: input)
        for _ in layers { _ = try evaluation.step(threads: threads) }
        return evaluation.activation ?? input
    }
}
