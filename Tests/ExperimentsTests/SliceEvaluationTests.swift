import Denoising
import Experiments
import Numerics
import Testing

/// A whole slice in tiles is the whole slice at once, in every pixel and in what is counted.
@Suite struct SliceEvaluationTests {
    static let seed = UInt64.random(in: 0...UInt64.max)

    /// Bytes for squares of 128, 96 and 64 pixels and for less than any; kernels that see 3 to 20 pixels around.
    @Test(
        arguments: [
            (3, 5, DecoderKind.same), (3, 3, .valid), (10, 3, .valid), (10, 5, .valid), (6, 3, .transposedSame),
        ], [128, 96, 64, 1])
    func tilesGiveTheSlice(network setting: (depth: Int, kernel: Int, decoder: DecoderKind), side: Int) throws {
        var generator = SeededGenerator(seed: Self.seed)
        let network = try Network.redCNN(
            depth: setting.depth, channels: 2, kernel: setting.kernel, relu: .all, decoder: setting.decoder)
        // Limits below what random weights give, so that some activations are cut off.
        let calibration = try Calibration(
            activationLimits: Array(repeating: 0.05, count: setting.depth - 1), rule: "fixed", images: 0, data: "none")
        let integers = try IntegerNetwork(
            requantising: network, weights: network.initialWeights(seed: 2), calibration: calibration, weightBits: 6,
            activationBits: 8)
        let shape = TensorShape(count: 1, channels: 1, height: 150, width: 171)
        let input = IntegerTensor(
            shape: shape,
            values: IntegerArray((0..<shape.elementCount).map { _ in Int.random(in: 0...255, using: &generator) }))
        let square = TensorShape(count: 1, channels: 1, height: side, width: side)
        let memory = side == 1 ? 0 : try integers.evaluationBytes(for: square)

        let whole = try SliceEvaluation(integers, input: input, memory: .max, threads: 2)
        #expect(try whole.output == integers.output(of: input))
        #expect(whole.saturated > 0)
        let tiled = try SliceEvaluation(integers, input: input, memory: memory, threads: 2)
        #expect(tiled.output == whole.output, "seed \(Self.seed)")
        #expect(tiled.saturated == whole.saturated, "seed \(Self.seed)")
        // Tiles that fit, and the smallest where none does.
        #expect(whole.side == nil)
        let chosen = try #require(tiled.side)
        let bytes = try integers.evaluationBytes(
            for: TensorShape(count: 1, channels: 1, height: chosen, width: chosen))
        #expect(side == 1 ? chosen == 64 : bytes <= memory, "\(chosen)")
    }
}
