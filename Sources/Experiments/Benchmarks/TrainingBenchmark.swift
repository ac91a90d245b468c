import Denoising
import Foundation
import Numerics

/// One Adam step of a RED-CNN on random pairs, beside PyTorch's on the same shapes where PyTorch is installed.
package struct TrainingBenchmark {
    private let options: BenchmarkOptions
    private let random: RandomNetwork
    private let python: String
    private let network: Network
    private let trainer: Trainer
    private let input: Tensor
    private let target: Tensor

    /// - Parameters:
    ///   - size: Rows and columns of an image.
    ///   - batch: Images in a step.
    ///   - python: The Python that may have PyTorch.
    /// - Throws: `BenchmarkError.option`, `DenoisingError`.
    package init(
        _ options: BenchmarkOptions, network random: RandomNetwork, size: Int, batch: Int, python: String
    ) throws {
        try BenchmarkRange.check(channels: random.channels, size: size, count: ("batch", batch))
        (self.options, self.random, self.python) = (options, random, python)
        network = try Network.redCNN(
            depth: random.depth, channels: random.channels, relu: .all, decoder: random.decoder)
        let settings = try TrainingSettings(
            epochs: 1, batchSize: batch, learningRate: Self.learningRate, finalLearningRate: 0, seed: 1)
        trainer = try Trainer(network, settings: settings, threads: options.threads)
        let shape = TensorShape(count: batch, channels: 1, height: size, width: size)
        var generator = SeededGenerator(seed: 4)
        func draw() throws -> Tensor {
            try Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in Float(generator.uniform()) })
        }
        (input, target) = try (draw(), draw())
        _ = try network.activationShapes(for: shape)
    }

    private static let learningRate = 2e-4

    package func run() throws -> BenchmarkReport {
        let pytorch = PyTorchStep(python, random, images: input.shape, threads: options.threads)
        var contenders: [() throws -> Void] = [
            { _ = try trainer.step(input, target: target, learningRate: Self.learningRate) }
        ]
        if let pytorch { contenders.append(pytorch.run) }
        let seconds = try options.seconds("training", contenders)
        let work = try floatingPointOperations() / 1e9
        let setting = BenchmarkSetting(keyBits: nil, kernel: "onednn", threads: options.threads)
        var report = BenchmarkReport()
        report.records = [
            setting.rate(
                "training.gflop_per_second", seconds[0], of: work, unit: "GFLOP/s",
                beside: pytorch.map { _ in ("pytorch", seconds[1], work) }),
            setting.time(
                "training.step", seconds[0], per: 1, unit: .seconds,
                beside: pytorch.map { _ in ("pytorch", seconds[1]) }),
        ]
        report.notes = [
            """
            One Adam step of the \(random.depth)-layer \(random.decoder.rawValue) RED-CNN of \(random.channels) channels, \
            \(input.shape.count) images of \(input.shape.height)x\(input.shape.width): \(String(format: "%.3g", work)) GFLOP, two a \
            multiply-accumulate of the three convolutions (forward, input's and weights' gradient), padding zeros left out. \
            oneDNN \(NetworkEvaluator.libraryVersion); \
            \(pytorch.map { "baseline PyTorch \($0.version), turn by turn" }
                ?? "no baseline: \(python) \(PyTorchStep.script) found no PyTorch").
            """
        ]
        return report
    }

    /// Of the convolutions of one step; the first layer's input needs no gradient.
    private func floatingPointOperations() throws -> Double {
        let shapes = try network.activationShapes(for: input.shape)
        let first = network.layers[0].multiplyAccumulates(input: shapes[0], output: shapes[1])
        return try 2 * Double(3 * network.multiplyAccumulates(for: input.shape) - first)
    }
}
