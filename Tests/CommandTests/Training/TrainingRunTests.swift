import Configuration
import Denoising
import Experiments
import Foundation
import HDF5
import Imaging
import Preparation
import Support
import Testing
import TestSupport

@Suite struct TrainingRunTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func path(_ name: String) -> String { folder.file(name) }

    func text(output: String = "weights.h5", relu: String = "all") -> String {
        """
        id: tiny
        data: \(path("patches.h5"))
        output: \(path(output))
        network: {depth: 3, channels: 6, kernel: 3, relu: \(relu), decoder: same}
        training: {epochs: 3, batch_size: 2, learning_rate: 0.01, seed: 5}
        """
    }

    func configuration(_ text: String) throws -> TrainingConfiguration {
        try TrainingConfiguration(ConfigurationFile(text: text, name: "train.yaml"))
    }

    func prepare() async throws {
        let preparation = try Preparation(
            simulation: DoseSimulation(views: 60, seed: 1), extraction: PatchExtraction(size: 32, stride: 32))
        try await preparation.dataset(ofPhantoms: 3, slicesPerPatient: 2, size: 96, isQuiet: true)
            .write(to: path("patches.h5"))
    }

    struct Interruption: Error {}

    @Test func interruptedTrainingGivesTheSameBytes() async throws {
        try await prepare()
        let configuration = try configuration(text())
        let straight = try TrainingRun(configuration, threads: 1, checkpoints: path("a")).run()
        let expected = try Data(contentsOf: URL(fileURLWithPath: path("weights.h5")))
        let curve = try String(contentsOfFile: path("weights.csv"), encoding: .utf8)
        try FileManager.default.removeItem(atPath: path("weights.csv"))
        try FileManager.default.removeItem(atPath: path("weights.h5"))

        #expect(throws: Interruption.self) {
            _ = try TrainingRun(configuration, threads: 1, checkpoints: path("b")).run { epoch in
                if epoch.number == 2 { throw Interruption() }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path("weights.h5")))
        let resumed = try TrainingRun(configuration, threads: 1, checkpoints: path("b"))
        #expect(try resumed.epochsDone() == 2)
        var epochs: [Int] = []
        let outcome = try resumed.run { epochs.append($0.number) }
        #expect(epochs == [3])
        #expect(outcome.trained == straight.trained)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("weights.h5"))) == expected)
        #expect(try String(contentsOfFile: path("weights.csv"), encoding: .utf8) == curve)
        let lines = curve.split(separator: "\n").map { $0.split(separator: ",") }
        #expect(lines[0] == ["epoch", "loss", "validation_psnr", "validation_ssim", "validation_rmse_hu"])
        #expect(lines.dropFirst().map { $0[0] } == ["1", "2", "3"])
        let best = lines.dropFirst().compactMap { Double($0[2]) }.max()
        let kept = outcome.quality.first { $0.row == "float" && $0.split == .validation }
        #expect(kept?.mean.psnr == best, "the best epoch is kept")
        #expect(try TrainedNetwork(reading: path("weights.h5")).calibration?.activationLimits.count == 2)
        #expect(
            outcome.quality.map(\.row) == ["low_dose", "linear_filter", "float", "low_dose", "linear_filter", "float"])
    }

    /// Killed without warning after a random time, as often as it takes to finish: the same weights, the same curve.
    @Test func killedTrainingGivesTheSameCurve() async throws {
        try await prepare()
        let text = text().replacingOccurrences(of: "epochs: 3", with: "epochs: 12")
        try Program.withFolder { whole in
            try whole.write(text, to: "train.yaml")
            let start = ContinuousClock.now
            try whole.succeed("train train.yaml --threads 1 --quiet")
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let curve = try String(contentsOfFile: path("weights.csv"), encoding: .utf8)
            let weights = try Data(contentsOf: URL(fileURLWithPath: path("weights.h5")))
            #expect(curve.split(separator: "\n").count == 13)
            for name in ["weights.csv", "weights.h5"] { try FileManager.default.removeItem(atPath: path(name)) }
            try Program.withFolder { program in
                try program.write(text, to: "train.yaml")
                var delays: [Double] = []
                for _ in 0..<SurvivalTests.kills {
                    delays.append(Double.random(in: 0...seconds / 2))
                    let process = try program.start("train train.yaml --threads 1 --quiet")
                    Thread.sleep(forTimeInterval: delays[delays.count - 1])
                    kill(process.processIdentifier, SIGKILL)
                    process.waitUntilExit()
                }
                try program.succeed("train train.yaml --threads 1 --quiet")
                #expect(
                    try String(contentsOfFile: path("weights.csv"), encoding: .utf8) == curve, "killed after \(delays)")
                #expect(try Data(contentsOf: URL(fileURLWithPath: path("weights.h5"))) == weights)
            }
        }
    }

    /// A checkpoint of a version that kept no curve goes on; the curve starts where it is known.
    @Test func checkpointsWithoutACurveAreContinued() async throws {
        try await prepare()
        let configuration = try configuration(text())
        let straight = try TrainingRun(configuration, threads: 1, checkpoints: path("d")).run()
        #expect(throws: Interruption.self) {
            _ = try TrainingRun(configuration, threads: 1, checkpoints: path("e")).run { _ in throw Interruption() }
        }
        let old = try HDF5File(reading: path("e/tiny.h5"))
        try HDF5File.write(to: path("old.h5")) { file in
            for name in ["/parameters", "/first_moments", "/second_moments", "/best_parameters"] {
                let values = try old.read(Float.self, from: name).values
                try file.write(values, shape: [values.count], to: name)
            }
            for name in ["completed_epochs", "step", "best_epoch"] {
                try file.setAttribute(name, to: old.attribute(name, as: Int.self))
            }
            try file.setAttribute("best_psnr", to: old.attribute("best_psnr", as: Double.self))
            try file.setAttribute("identity", to: old.attribute("identity", as: String.self))
        }
        #expect(rename(path("old.h5"), path("e/tiny.h5")) == 0)
        #expect(try TrainingRun(configuration, threads: 1, checkpoints: path("e")).run().trained == straight.trained)
        let curve = try String(contentsOfFile: path("weights.csv"), encoding: .utf8).split(separator: "\n")
        #expect(curve.dropFirst().map { $0.prefix(2) } == ["2,", "3,"])
    }

    @Test func checkpointsOfOtherRunsAreRefused() async throws {
        try await prepare()
        _ = try TrainingRun(configuration(text()), threads: 1, checkpoints: path("c")).run()
        let weights = try Data(contentsOf: URL(fileURLWithPath: path("weights.h5")))
        let other = try configuration(text(relu: "last"))
        // A copied configuration that still names the weights of the first one must not replace them.
        #expect(throws: TrainingError.otherWeights(path: path("weights.h5"))) {
            _ = try TrainingRun(other, threads: 1, checkpoints: path("new"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("weights.h5"))) == weights)
        // Nor the curve of weights that were moved away, nor take up their checkpoint.
        #expect(rename(path("weights.h5"), path("moved.h5")) == 0)
        #expect(throws: FileError.self) { _ = try TrainingRun(other, threads: 1, checkpoints: path("new")) }
        #expect(throws: TrainingError.foreignCheckpoint(path: path("c/tiny.h5"))) {
            _ = try TrainingRun(other, threads: 1, checkpoints: path("c"))
        }
        // Unless it is insisted upon; then the run starts anew.
        #expect(rename(path("moved.h5"), path("weights.h5")) == 0)
        let outcome = try TrainingRun(other, threads: 1, checkpoints: path("c"), force: true).run()
        #expect(outcome.trained.trainingConfiguration == other.digest)
    }

    /// Before an epoch is trained that could not be kept.
    @Test(arguments: ["taken", "taken/below"]) func checkpointsNeedAFolder(name: String) async throws {
        try await prepare()
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path("taken")))
        let run = try TrainingRun(configuration(text()), threads: 1, checkpoints: path(name))
        let error = #expect(throws: ResultsError.self) { _ = try run.run { _ in Issue.record("trained") } }
        #expect(error?.description.hasPrefix("\(path(name)): results cannot be written: ") == true)
    }

    /// The data, the configuration and what is no weights file stay, whatever is insisted upon.
    @Test func trainingReplacesNothingButWeights() async throws {
        try await prepare()
        let configuration = try configuration(text())
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path("weights.h5")))
        let refusal = try #require(throws: FileError.self) {
            try TrainingRun(configuration, threads: 1, inputs: [path("weights.h5")], force: true)
        }
        #expect("\(refusal)".contains("is the input"), "\(refusal)")
        for name in ["weights.h5", "weights.csv"] {
            try Data("mine".utf8).write(to: URL(fileURLWithPath: path(name)))
            #expect(throws: FileError.self) { _ = try TrainingRun(configuration, threads: 1, force: true) }
            #expect(try String(contentsOfFile: path(name), encoding: .utf8) == "mine")
            unlink(path(name))
        }
    }

    // MARK: - Quantisation-aware training

    /// Goes on from `weights.h5`, for integers of few bits.
    func quantised(_ widths: String = "{weights: 4, activations: 7}", margin: String = "1.25") -> String {
        text(output: "few.h5").replacingOccurrences(of: "id: tiny", with: "id: few").replacingOccurrences(
            of: "seed: 5}", with: "seed: 6, start: \(path("weights.h5")), quantisation: \(widths)}")
            + "\ncalibration: {margin: \(margin)}"
    }

    /// Interrupted or not; the limits are those of the network at the start, whatever the weights became, and what is saved is, as
    /// integers, what was measured.
    @Test func trainingForFewBitsKeepsItsLimits() async throws {
        try await prepare()
        let start = try TrainingRun(self.configuration(text()), threads: 1, checkpoints: path("f")).run().trained
        let configuration = try self.configuration(quantised(margin: "1.5"))
        #expect(configuration.quantisation == Precision(weights: 4, activations: 7))
        let straight = try TrainingRun(configuration, threads: 1, checkpoints: path("g")).run()
        let expected = try Data(contentsOf: URL(fileURLWithPath: path("few.h5")))
        for name in ["few.h5", "few.csv"] { try FileManager.default.removeItem(atPath: path(name)) }
        #expect(throws: Interruption.self) {
            _ = try TrainingRun(configuration, threads: 1, checkpoints: path("h")).run { _ in throw Interruption() }
        }
        let outcome = try TrainingRun(configuration, threads: 1, checkpoints: path("h")).run()
        #expect(outcome.trained == straight.trained)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("few.h5"))) == expected)

        let trained = try TrainedNetwork(reading: path("few.h5"))
        #expect(trained.weights != start.weights)
        let (limits, before) = try (
            #require(trained.calibration).activationLimits, #require(start.calibration).activationLimits
        )
        for (limit, old) in zip(limits, before) { #expect(abs(limit / old - 1.5 / 1.25) < 1e-6) }
        #expect(trained.provenance.hasPrefix("ldct train few from weights.h5 (content "), "\(trained.provenance)")
        #expect(trained.provenance.contains(") for w4/a7: "))

        // The row "quantised" against the integer network that an experiment of these widths makes of the file.
        let rows = outcome.quality.filter { $0.split == .validation }
        #expect(rows.map(\.row) == ["low_dose", "linear_filter", "float", "quantised"])
        let curve = try String(contentsOfFile: path("few.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(rows.last?.mean.psnr == curve.compactMap { Double($0.split(separator: ",")[2]) }.max())
        let set = try PatchDataset(reading: path("patches.h5")).validation
        let integers = try trained.integers(
            for: .requantised, precision: Precision(weights: 4, activations: 7))
        let quality = try (0..<set.count).map { index in
            let output = try integers.output(of: integers.input([set.lowDose(index)]))
            return ImageQuality(of: integers.images(output)[0], against: set.normalDose(index)).psnr
        }
        let mean = quality.reduce(0, +) / Double(quality.count)
        #expect(abs(mean - (rows.last?.mean.psnr ?? 0)) < 0.01, "\(mean)")
    }

    /// The start is data: it must be there, of the same network, and nothing else may be put in its place; another start is another run.
    @Test func startsAreCheckedBeforeAnythingIsWritten() async throws {
        try await prepare()
        try Program.withFolder { program in
            try program.write(quantised(), to: "few.yaml")
            let missing = try program.run("train few.yaml --quiet")
            #expect(missing.status == 2 && missing.errors.contains("weights.h5"), "\(missing.errors)")
            _ = try TrainingRun(configuration(text()), threads: 1, checkpoints: path("i")).run()
            let other = quantised().replacingOccurrences(of: "channels: 6", with: "channels: 8")
            try program.write(other, to: "other.yaml")
            try program.write(
                quantised().replacingOccurrences(of: path("few.h5"), with: path("weights.h5")), to: "same.yaml")
            for (file, message) in [("other.yaml", "architecture is"), ("same.yaml", "is the input")] {
                let result = try program.run("train \(file) --quiet --force")
                #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
                #expect(result.errors.filter { $0 == "\n" }.count == 1, "one line: \(result.errors)")
            }
            #expect(program.files == ["few.yaml", "other.yaml", "same.yaml"])
        }
        #expect(!FileManager.default.fileExists(atPath: path("few.h5")))
        let own = try configuration(quantised())
        _ = try TrainingRun(own, threads: 1, checkpoints: path("j")).run()
        let start = try TrainedNetwork(reading: path("weights.h5"))
        try TrainedNetwork(
            network: start.network, weights: start.network.initialWeights(seed: 77), calibration: start.calibration,
            provenance: "another"
        ).write(to: path("weights.h5"))
        #expect(throws: TrainingError.foreignCheckpoint(path: path("j/few.h5"))) {
            _ = try TrainingRun(own, threads: 1, checkpoints: path("j")).run()
        }
    }

    @Test(arguments: [
        ("weights: 4", "weights: 1", "weights"), ("activations: 7", "activations: 25", "activations"),
        ("activations: 7", "bits: 7", "bits"), ("{weights: 4, activations: 7}", "w4", "quantisation"),
        ("relu: all", "relu: last", "layer conv1 has no ReLU"),
        ("start: ", "begin: ", "begin"),
    ])
    func malformedQuantisationsAreNamed(found: String, replacement: String, message: String) {
        let text = quantised().replacingOccurrences(of: found, with: replacement)
        let error = #expect(throws: (any Error).self) { _ = try configuration(text) }
        let line = error.map { "\($0)" } ?? ""
        #expect(line.hasPrefix("train.yaml:") && line.contains(message) && !line.contains("\n"), "\(line)")
    }

    @Test func quantisationsNeedAStart() {
        let text = quantised().replacingOccurrences(of: "start: \(path("weights.h5")), ", with: "")
        let error = #expect(throws: (any Error).self) { _ = try configuration(text) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("expected 'start', its weights file"))
    }

    /// What is wrong, and the line that says so.
    @Test(arguments: [
        ("depth: 3", "depth: 4", "layer RED-CNN: depth 4, expected 3, 6, 10 or 14"),
        ("kernel: 3", "kernel: 4", "an odd kernel"),
        ("relu: all", "relu: most", "most"),
        ("batch_size", "batchsize", "batch_size"),
        ("epochs: 3", "epochs: 0", "epochs"),
        ("learning_rate: 0.01", "learning_rate: fast", "learning_rate"),
        ("seed: 5", "seed: -1", "seed"),
        ("id: tiny", "id: a/b", "expected letters, digits, '-' and '_' only"),
        ("id: tiny", "name: tiny", "name"),
    ])
    func malformedConfigurationsAreNamed(found: String, replacement: String, message: String) {
        let text = text().replacingOccurrences(of: found, with: replacement)
        let error = #expect(throws: (any Error).self) { _ = try configuration(text) }
        let line = error.map { "\($0)" } ?? ""
        #expect(line.hasPrefix("train.yaml:") && line.contains(message) && !line.contains("\n"), "\(line)")
    }

    /// The files that trained the committed weights: they still say what the weights remember.
    @Test(arguments: ["3-relu", "3-linear", "3-last-relu", "10-relu-tuned", "10-relu-w8a12", "10-relu-w6a10"])
    func committedConfigurationsFitTheirWeights(name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
            .standardizedFileURL.path
        let file = try ConfigurationFile(path: "\(root)/Experiments/train-\(name).yaml")
        let configuration = try TrainingConfiguration(file)
        let trained = try TrainedNetwork(
            reading: "\(root)/\(configuration.output)", expecting: configuration.network)
        #expect(trained.trainingConfiguration == configuration.digest)
        #expect(trained.seed == configuration.settings.seed)
    }
}
