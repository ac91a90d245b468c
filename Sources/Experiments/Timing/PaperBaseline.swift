import Numerics
import PaperScheme
import Paillier

/// The published way of computing a convolution, on a shape small enough to be measured beside ours.
///
/// Every weight costs the same there whatever the layer's size, so seconds per multiply-accumulate carry over.
struct PaperBaseline {
    private let layer: PaperLayer
    private let input: [PaperCiphertext]
    private let arithmetic: PaperArithmetic
    private let threads: Int

    private static let inputChannels = 4
    private static let kernel = 5

    /// One output per thread, each a sum of \(inputChannels) x 5 x 5 products with float32 weights.
    init(key: PublicKey, threads: Int) throws {
        let shape = ConvolutionShape(
            inputChannels: Self.inputChannels, outputChannels: threads, inputHeight: Self.kernel,
            inputWidth: Self.kernel, kernelHeight: Self.kernel, kernelWidth: Self.kernel, padding: 0)
        var generator = SeededGenerator(seed: 1)
        func float(_ range: Double) -> Double { Double(Float(range * (2 * generator.uniform() - 1))) }
        let arithmetic = PaperArithmetic(key: key)
        layer = try PaperLayer(
            shape: shape, weights: (0..<shape.weightCount).map { _ in float(0.1) },
            bias: (0..<threads).map { _ in float(0.1) })
        input = try (0..<shape.inputCount).map { _ in try arithmetic.encrypt(float(1).magnitude) }
        self.arithmetic = arithmetic
        self.threads = threads
    }

    var multiplyAccumulates: Int { layer.shape.multiplyAccumulates }

    func run() throws { _ = try layer(input, arithmetic: arithmetic, threads: threads) }
}
