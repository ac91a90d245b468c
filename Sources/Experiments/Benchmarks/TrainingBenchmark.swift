import Denoising
import Foundation
import Imaging
import Numerics

/// One Adam step of a RED-CNN on random pairs, beside PyTorch's on the same shapes where PyTorch is installed.
package struct TrainingBenchmark {
    package struct Parameters: Sendable {
        package var network = RandomNetwork.usual
        /// Rows and columns of an image.
        package var size = 64
        package var batch = 4
        /// The Python that may have PyTorch, and the script that runs a step there.
        package var python = "python3", script = Self.usualScript

        package init() {}

        /// Of this repository, wherever the program is called from.
        private static var usualScript: String {
            let script = "Experiments/pytorch-step.py"
            guard !FileManager.default.fileExists(atPath: script),
                let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
                let build = program.range(of: "/.build/")
            else { return script }
            return "\(program[..<build.lowerBound])/\(script)"
        }
    }

    private let options: BenchmarkOptions
    private let parameters: Parameters
    private let network: Network
    private let trainer: Trainer
    private let input: Tensor
    private let target: Tensor

    /// - Throws: `BenchmarkError.option`, `DenoisingError`.
    package init(_ options: BenchmarkOptions, _ parameters: Parameters) throws {
        try BenchmarkRange.check([
            ("channels", parameters.network.channels, BenchmarkRange.channels),
            ("size", parameters.size, BenchmarkRange.size),
            ("batch", parameters.batch, BenchmarkRange.images),
        ])
        try BenchmarkRange.check([
            (
                "batch times channels times rows times columns",
                parameters.batch * parameters.network.channels * parameters.size * parameters.size,
                BenchmarkRange.values
            )
        ])
        self.options = options
        self.parameters = parameters
        network = try Network.redCNN(
            depth: parameters.network.depth, channels: parameters.network.channels, relu: .all,
            decoder: parameters.network.decoder)
        let settings = try TrainingSettings(
            epochs: 1, batchSize: parameters.batch, learningRate: Self.learningRate, finalLearningRate: 0, seed: 1)
        trainer = try Trainer(network, settings: settings, threads: options.threads)
        let shape = TensorShape(count: parameters.batch, channels: 1, height: parameters.size, width: parameters.size)
        var generator = SeededGenerator(seed: 4)
        func draw() throws -> Tensor {
            try Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in Float(generator.uniform()) })
        }
        (input, target) = try (draw(), draw())
        _ = try network.activationShapes(for: shape)
    }

    private static let learningRate = 2e-4

    package func run() throws -> BenchmarkReport {
        let pytorch = PyTorchStep(parameters, threads: options.threads)
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
                baseline: pytorch.map { _ in .init("pytorch", seconds: seconds[1], rateOf: work) }),
            setting.time(
                "training.step", seconds[0], per: 1, unit: .seconds,
                baseline: pytorch.map { _ in .init("pytorch", seconds: seconds[1], per: 1, unit: .seconds) }),
        ]
        report.notes = [
            """
            One Adam step of the \(parameters.network.depth)-layer \(parameters.network.decoder.rawValue) RED-CNN of \(parameters.network.channels) channels, \
            \(parameters.batch) images of \(parameters.size)x\(parameters.size): \(String(format: "%.3g", work)) GFLOP, two a \
            multiply-accumulate of the three convolutions (forward, input's and weights' gradient), padding zeros left out. \
            oneDNN \(NetworkEvaluator.libraryVersion); \
            \(pytorch.map { "baseline PyTorch \($0.version), turn by turn" }
                ?? "no baseline: \(parameters.python) \(parameters.script) found no PyTorch").
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
