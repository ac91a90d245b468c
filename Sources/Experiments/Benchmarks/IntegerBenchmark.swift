import Denoising
import Numerics

/// The exact integer engine beside the float network of the same layers: what a comparison with the integer network costs.
package struct IntegerBenchmark {
    package struct Parameters: Sendable {
        package var network = RandomNetwork.usual
        /// Rows and columns of an image.
        package var size = 64
        package var weightBits = 10, activationBits = 12
        /// Width of the shares of the second party-side measurement.
        package var shareBits = 30

        package init() {}
    }

    private let options: BenchmarkOptions
    private let parameters: Parameters
    private let network: Network
    private let integers: IntegerNetwork
    private let evaluator: NetworkEvaluator
    private let input: IntegerTensor
    private let floats: Tensor

    /// - Throws: `BenchmarkError.option`, `DenoisingError`.
    package init(_ options: BenchmarkOptions, _ parameters: Parameters) throws {
        try BenchmarkRange.check([
            ("channels", parameters.network.channels, BenchmarkRange.channels),
            ("size", parameters.size, BenchmarkRange.size),
        ])
        try BenchmarkRange.check([
            (
                "channels times rows times columns", parameters.network.channels * parameters.size * parameters.size,
                BenchmarkRange.values
            )
        ])
        guard (1...64).contains(parameters.shareBits) else {
            throw BenchmarkError.option(name: "share-bits", found: "\(parameters.shareBits)", expected: "1 to 64")
        }
        self.options = options
        self.parameters = parameters
        network = try Network.redCNN(
            depth: parameters.network.depth, channels: parameters.network.channels, relu: .all,
            decoder: parameters.network.decoder)
        let weights = try network.initialWeights(seed: 1)
        let shape = TensorShape(channels: 1, height: parameters.size, width: parameters.size)
        evaluator = try NetworkEvaluator(network, weights: weights, inputShape: shape, threads: options.threads)
        var generator = SeededGenerator(seed: 2)
        let largest = Double((1 << parameters.activationBits) - 1)
        let values = (0..<shape.elementCount).map { _ in Int((generator.uniform() * largest).rounded()) }
        input = IntegerTensor(shape: shape, values: IntegerArray(values))
        floats = try Tensor(shape: shape, values: values.map { Float(Double($0) / largest) })
        integers = try IntegerNetwork(
            shifting: network, weights: weights,
            calibration: Calibration.measure(network, weights: weights, images: floats, data: "random"),
            weightBits: parameters.weightBits, activationBits: parameters.activationBits)
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
                        shares: shares, skipped: nil, modulo: parameters.shareBits, plus: zeros,
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
                baseline: .init("float", seconds: seconds[1], rateOf: work)),
            setting.rate("integer.shares", seconds[2], of: layerWork / 1e9, unit: "GMAC/s", baseline: nil),
        ]
        report.notes = [
            """
            The \(parameters.network.depth)-layer \(parameters.network.decoder.rawValue) RED-CNN of \(parameters.network.channels) channels on one image of \
            \(parameters.size)x\(parameters.size), w\(parameters.weightBits)/a\(parameters.activationBits), every accumulator exact, beside the \
            float network turn by turn; then layer \(layer.name) on uniform shares modulo 2^\(parameters.shareBits). Multiply-accumulates \
            with padding zeros left out. oneDNN \(NetworkEvaluator.libraryVersion).
            """
        ]
        return report
    }

    /// The second layer, which has all channels on both sides, and random shares of its input.
    private func widestLayer() throws -> (IntegerLayer, IntegerTensor) {
        let shape = try integers.activationShapes(for: input.shape)[1]
        var generator = SeededGenerator(seed: 3)
        let mask = UInt64.max >> UInt64(64 - parameters.shareBits)
        var shares = IntegerTensor(shape: shape, limbs: 1)
        for index in 0..<shares.values.count { shares.values.words[index] = generator.next() & mask }
        return (integers.layers[1], shares)
    }
}
