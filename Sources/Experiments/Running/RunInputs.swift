import Configuration
import Denoising
import Foundation
import Imaging
import Reporting

/// What a run reads, checked: whatever can be wrong with an experiment is told here, before anything is measured.
struct RunInputs: Sendable {
    /// With the first value of each swept setting.
    let experiment: Experiment
    let points: [RunPoint]

    /// - Throws: `ConfigurationError` with the line of the experiment file that names what is wrong.
    init(_ file: ConfigurationFile) throws(ConfigurationError) {
        experiment = try Experiment(file)
        var reader = InputReader()
        var points: [RunPoint] = []
        for point in try SweepPoint.all(of: file) {
            do throws(ConfigurationError) {
                points.append(try RunPoint(point, &reader))
            } catch {
                throw error.naming(point.settings)
            }
        }
        self.points = points
    }

    /// Patch files, without repetitions.
    var datasets: [Artifact] { points.map(\.data).distinct }
    /// Weights files and networks of random weights, without repetitions.
    var weights: [Artifact] {
        points.flatMap { $0.cases.map(\.weights) + $0.attacks.compactMap(\.weights) }.distinct
    }
}

/// The inputs of one combination of swept values.
struct RunPoint: Sendable {
    let experiment: Experiment
    let settings: [SweepSetting]
    let data: Artifact
    /// Measured noise of the patch file, HU; nil of random images.
    let noise: Double?
    /// Without patches the linear filter has no row.
    let training: PatchSet
    /// The split that `data` names.
    let patches: PatchSet
    /// What speaks against these networks on these images, a sentence each.
    private(set) var doubts: [String] = []
    private(set) var cases: [PreparedCase] = []
    private(set) var attacks: [PreparedAttack] = []

    fileprivate init(_ point: SweepPoint, _ reader: inout InputReader) throws(ConfigurationError) {
        let (file, experiment) = (point.file, point.experiment)
        self.experiment = experiment
        settings = point.settings
        do { _ = try experiment.server?.security() } catch { throw file.refusal("server", "\(error)") }
        let (dataset, artifact) = try reader.dataset(experiment.data, file)
        (data, training) = (artifact, dataset.train)
        noise = experiment.data.file == nil ? nil : dataset.measuredNoise
        patches = dataset[experiment.data.split]
        guard training.count > 0 || experiment.attacks.isEmpty else {
            throw file.refusal("data.file", "has no patches in /train; attacks need some")
        }
        try experiment.checkPatches(patches, file: file)
        for index in experiment.cases.indices {
            let (trained, weights) = try reader.network(experiment.cases[index], index + 1, file)
            if experiment.data.file != nil,
                let doubt = trained.trainingImages?.doubt(
                    spacing: dataset.record.pixelSpacing[2], region: dataset.record.bodyRegion)
            {
                doubts.append("Of \(weights.name): \(doubt).")
            }
            let selection = reader.selection(
                patches,
                PatchSelection.Key(
                    data: artifact, split: experiment.data.split, count: experiment.data.patches,
                    crop: experiment.cases[index].crop))
            cases.append(
                try PreparedCase(
                    index + 1, of: experiment, trained: trained, weights: weights, selection: selection, file: file))
        }
        for (index, attack) in experiment.attacks.enumerated() {
            let target = try attack.weights.map { (path) throws(ConfigurationError) in
                try reader.network(at: path, key: "attacks[\(index + 1)].weights", file)
            }
            attacks.append(
                try PreparedAttack(
                    index + 1, of: experiment, target: target, patches: patches, training: training, file: file))
        }
    }

    /// Worker threads, resolved.
    var threads: Int { experiment.settings.workers }

    /// The swept settings that belong to a case.
    func settings(ofCase number: Int) -> [SweepSetting] { settings.filter { $0.belongs(toCase: number) } }
}

/// Reads every file once, however many combinations of swept values use it.
private struct InputReader {
    private var datasets: [String: (PatchDataset, Artifact)] = [:]
    private var networks: [String: (TrainedNetwork, Artifact)] = [:]
    private var selections: [PatchSelection.Key: PatchSelection] = [:]

    mutating func dataset(
        _ data: Experiment.DataSelection, _ file: ConfigurationFile
    ) throws(ConfigurationError) -> (PatchDataset, Artifact) {
        guard let path = data.path else {
            return try randomDataset(side: data.random ?? 1, patches: data.patches, file)
        }
        let (dataset, artifact) = try reading("data.file", of: file) {
            try datasets[path] ?? (PatchDataset(reading: path), Artifact(checking: path))
        }
        // A sweep may ask one file for several doses.
        if let photons = data.photons, dataset.record.photons != Double(photons) {
            let found = dataset.record.photons.map { "\(ParameterValue.number($0)) photons" } ?? "an unknown dose"
            throw file.refusal("data.photons", "\(path) was simulated at \(found); expected \(photons)")
        }
        if let other = datasets.values.first(where: { $0.1.name == artifact.name && $0.1 != artifact }) {
            throw file.refusal(
                "data.file", "\(path) has the name of another patch file; expected names that differ: \(other.1.name)")
        }
        datasets[path] = (dataset, artifact)
        return (dataset, artifact)
    }

    private mutating func randomDataset(
        side: Int, patches: Int, _ file: ConfigurationFile
    ) throws(ConfigurationError) -> (PatchDataset, Artifact) {
        let name = "random-\(patches)x\(side)x\(side)"
        if let known = datasets[name] { return known }
        // A float in either dose.
        let most = Int(ProcessInfo.processInfo.physicalMemory / 2) / (2 * MemoryLayout<Float>.stride * side * side)
        guard patches <= most else {
            throw file.refusal(
                "data.patches",
                "is \(patches); expected at most \(most) of \(side)x\(side) pixels, half of this machine's memory")
        }
        let dataset = PatchDataset(random: patches, side: side)
        let made = (dataset, Artifact(name: name, sha256: dataset.test.lowDoseDigest))
        datasets[name] = made
        return made
    }

    mutating func network(
        _ item: Experiment.Case, _ number: Int, _ file: ConfigurationFile
    ) throws(ConfigurationError) -> (TrainedNetwork, Artifact) {
        switch item.network {
        case .weights(let path): return try self.network(at: path, key: "cases[\(number)].weights", file)
        case .random(let random):
            if let known = networks[random.name] { return known }
            let made = try reading("cases[\(number)].network", of: file) {
                let trained = try random.trained()
                return (trained, Artifact(name: random.name, sha256: try trained.contentDigest()))
            }
            networks[random.name] = made
            return made
        }
    }

    /// The trained network of a weights file.
    mutating func network(
        at path: String, key: String, _ file: ConfigurationFile
    ) throws(ConfigurationError) -> (TrainedNetwork, Artifact) {
        if let known = networks[path] { return known }
        let trained = try reading(key, of: file) { try TrainedNetwork(reading: path) }
        let artifact = try reading(key, of: file) { try Artifact(checking: path) }
        guard trained.network.inputChannels == 1, trained.network.outputChannels == 1 else {
            throw file.refusal(
                key,
                "\(path) maps \(trained.network.inputChannels) channels to \(trained.network.outputChannels); "
                    + "expected 1 to 1, a grey image")
        }
        if let other = networks.first(where: { $0.value.1.name == artifact.name && $0.value.1 != artifact }) {
            throw file.refusal(
                key,
                "\(path) has the name of \(other.key); expected file names that differ, as rows of a table go by "
                    + "them")
        }
        networks[path] = (trained, artifact)
        return (trained, artifact)
    }

    mutating func selection(_ patches: PatchSet, _ key: PatchSelection.Key) -> PatchSelection {
        if let known = selections[key] { return known }
        let selection = PatchSelection(patches, key)
        selections[key] = selection
        return selection
    }

    private func reading<Content>(
        _ key: String, of file: ConfigurationFile, _ body: () throws -> Content
    ) throws(ConfigurationError) -> Content {
        do { return try body() } catch { throw file.refusal(key, "\(error)") }
    }
}

extension PatchDataset.Record {
    /// Photons per detector bin that the low dose was simulated with, where the generator says so.
    var photons: Double? {
        struct Parameters: Decodable { let photons: Double? }
        return (try? JSONDecoder().decode(Parameters.self, from: Data(parameters.utf8)))?.photons
    }
}

extension ConfigurationError {
    /// The same refusal with the combination of swept values that it is about.
    fileprivate func naming(_ settings: [SweepSetting]) -> ConfigurationError {
        guard !settings.isEmpty, case .refused(let place, let key, let reason) = self else { return self }
        let point = settings.map(\.description).joined(separator: ", ")
        return .refused(place, key: key, reason: "\(reason) (in the cell \(point))")
    }
}

extension Artifact {
    /// A file by its name and checksum.
    fileprivate init(checking path: String) throws {
        self.init(
            name: URL(fileURLWithPath: path).lastPathComponent, sha256: try PatchDataset.checksum(of: path))
    }
}
