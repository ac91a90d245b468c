package import Denoising
import Numerics

/// The exact integer engine beside the float network of the same layers: what a comparison with the integer network costs.
package struct IntegerBenchmark {
    private let options: BenchmarkOptions
    private let random: RandomNetwork
    private let precision: Precision
    private let shareBits: Int
    private let network: Network
    private let integers: IntegerNetwork
    private let evaluator: NetworkEvaluator
    private let input: IntegerTensor
    private let floats: Tensor

    /// - Parameters:
    ///   - size: Rows and columns of the image.
    ///   - shareBits: Width of the shares that a layer is measured on.
    /// - Throws: `BenchmarkError.option`, `DenoisingError`.
    package init(
        _ options: BenchmarkOptions, network random: RandomNetwork, size: Int, precision: Precision, shareBits: Int
    ) throws {
        try BenchmarkRange.check(
            channels: random.channels, size: size,
            others: BenchmarkRange.bits(precision) + [("share-bits", shareBits, 1...64)])
        (self.options, self.random, self.precision, self.shareBits) = (options, random, precision, shareBits)
        network = try Network.redCNN(
            depth: random.depth, channels: random.channels, relu: .all, decoder: random.decoder)
        let weights = try network.initialWeights(seed: 1)
        let shape = TensorShape(channels: 1, height: size, width: size)
        evaluator = try NetworkEvaluator(network, weights: weights, inputShape: shape, threads: options.threads)
        var generator = SeededGenerator(seed: 2)
        let largest = Double((1 << precision.activations) - 1)
        let values = (0..<shape.elementCount).map { _ in Int((generator.uniform() * largest).rounded()) }
        input = IntegerTensor(shape: shape, values: IntegerArray(values))
        floats = try Tensor(shape: shape, values: values.map { Float(Double($0) / largest) })
        integers = try IntegerNetwork(
            shifting: network, weights: weights,
            calibration: Calibration.measure(network, weights: weights, images: floats, data: "random"),
            weightBits: precision.weights, activationBits: precision.activations)
    }

    package func run() throws -> BenchmarkReport {
        let (layer, shares) = try widestLayer()
        let zeros = [BigInteger](repeating: .zero, count: layer.outputChannels)
        let seconds = try options.seconds(
            "integer",
            [
                { _ = try integers.output(of: input, threads: options.threads) },
                { _ = try evaluator.run(floats) },
                {
                    _ = try layer.accumulate(
                        shares: shares, skipped: nil, modulo: shareBits, plus: zeros,
                        threads: options.threads)
                },
            ])
        let work = Double(try network.multiplyAccumulates(for: input.shape)) / 1e9
        let layerWork = try Double(
            network.layers[1].multiplyAccumulates(input: shares.shape, output: layer.outputShape(for: shares.shape)))
        let setting = BenchmarkSetting(keyBits: nil, kernel: "onednn", threads: options.threads)
        var report = BenchmarkReport()
        report.records = [
            setting.rate(
                "integer.network", seconds[0], of: work, unit: "GMAC/s",
                beside: ("float", seconds[1], work)),
            setting.rate("integer.shares", seconds[2], of: layerWork / 1e9, unit: "GMAC/s", beside: nil),
        ]
        report.notes = [
            """
            The \(random.depth)-layer \(random.decoder.rawValue) RED-CNN of \(random.channels) channels on one image of \
            \(input.shape.height)x\(input.shape.width), \(precision), every accumulator exact, beside the \
            float network turn by turn; then layer \(layer.name) on uniform shares modulo 2^\(shareBits). Multiply-accumulates \
            with padding zeros left out. oneDNN \(NetworkEvaluator.libraryVersion).
            """
        ]
        return report
    }

    /// The second layer, which has all channels on both sides, and random shares of its input.
    private func widestLayer() throws -> (IntegerLayer, IntegerTensor) {
        let shape = try integers.activationShapes(for: input.shape)[1]
        var generator = SeededGenerator(seed: 3)
        let mask = UInt64.max >> UInt64(64 - shareBits)
        var shares = IntegerTensor(shape: shape, limbs: 1)
        for index in 0..<shares.values.count { shares.values.words[index] = generator.next() & mask }
        return (integers.layers[1], shares)
    }
}
