import Denoising
import Foundation
import Imaging
import Reporting

/// What a run reads, checked: whatever can be wrong with an experiment is told here, before anything is measured.
struct RunInputs: Sendable {
    let experiment: Experiment
    let data: Artifact
    /// Measured noise of the patch file, HU.
    let noise: Double
    let training: PatchSet
    /// The split that `data` names.
    let patches: PatchSet
    let cases: [PreparedCase]
    let attacks: [PreparedAttack]

    /// - Throws: `ConfigurationError` with the line of the experiment file that names what is wrong.
    init(_ file: ConfigurationFile) throws(ConfigurationError) {
        let experiment = try Experiment(file)
        self.experiment = experiment
        let dataset = try Self.reading("data.file", of: file) { try PatchDataset(reading: experiment.data.file) }
        data = try Self.reading("data.file", of: file) { try Artifact(checking: experiment.data.file) }
        noise = dataset.measuredNoise
        training = dataset.train
        guard training.count > 0 else {
            throw file.refusal(
                "data.file", "\(experiment.data.file) has no patches in /train; the linear filter needs some")
        }
        let patches = dataset[experiment.data.split]
        try experiment.checkPatches(patches, file: file)
        var cases: [PreparedCase] = []
        for (index, settings) in experiment.cases.enumerated() {
            let key = "cases[\(index + 1)].weights"
            let trained = try Self.reading(key, of: file) { try TrainedNetwork(reading: settings.weights) }
            let weights = try Self.reading(key, of: file) { try Artifact(checking: settings.weights) }
            guard trained.network.inputChannels == 1, trained.network.outputChannels == 1 else {
                throw file.refusal(
                    key,
                    "\(settings.weights) maps \(trained.network.inputChannels) channels to "
                        + "\(trained.network.outputChannels); expected 1 to 1, a grey image")
            }
            if let other = cases.first(where: { $0.weights.name == weights.name && $0.weights != weights }) {
                throw file.refusal(
                    key,
                    "\(settings.weights) has the name of \(other.settings.weights); expected file names that "
                        + "differ, as rows of a table go by them")
            }
            let selection = PatchSelection(patches, count: experiment.data.patches, crop: settings.crop)
            cases.append(
                try PreparedCase(
                    index + 1, of: experiment, trained: trained, weights: weights, selection: selection, file: file))
        }
        self.cases = cases
        self.patches = patches
        var attacks: [PreparedAttack] = []
        for (index, settings) in experiment.attacks.enumerated() {
            let key = "attacks[\(index + 1)].weights"
            let target = try settings.weights.map { (path) throws(ConfigurationError) in
                try Self.reading(key, of: file) {
                    (trained: try TrainedNetwork(reading: path), weights: try Artifact(checking: path))
                }
            }
            attacks.append(
                try PreparedAttack(
                    index + 1, of: experiment, target: target, patches: patches, training: training, file: file))
        }
        self.attacks = attacks
    }

    /// Worker threads, resolved.
    var threads: Int {
        experiment.threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : experiment.threads
    }

    private static func reading<Content>(
        _ key: String, of file: ConfigurationFile, _ body: () throws -> Content
    ) throws(ConfigurationError) -> Content {
        do { return try body() } catch { throw file.refusal(key, "\(error)") }
    }
}

extension Artifact {
    /// A file by its name and checksum.
    fileprivate init(checking path: String) throws {
        self.init(
            name: URL(fileURLWithPath: path).lastPathComponent, sha256: try PatchDataset.checksum(of: path))
    }
}
