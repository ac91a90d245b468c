import Foundation
import Experiments
import PrivateDenoising
import Reporting
import Support
import TestSupport
import Testing

@Suite("Result folders")
struct ResultFolderTests {
    static let dataset = Artifact(name: "head.h5", sha256: String(repeating: "1", count: 64))
    static let weights = [Artifact(name: "linear-3.h5", sha256: String(repeating: "2", count: 64))]
    static let cells = [1, 2].map { CellKey(.run, number: 1, subject: "linear", trial: $0) }
    static let environment = RunEnvironment(
        processor: "Example CPU", cores: 2, memoryBytes: 8 << 30, system: "Debian", swift: "6.3", kernel: "gmp",
        commit: nil, libraries: [:])

    static func open(
        _ root: String, dataset: Artifact = dataset, weights: [Artifact] = weights,
        environment: RunEnvironment = environment, cells: [CellKey] = cells, shard: Shard? = nil,
        restart: Bool = false,
        change: (inout Experiment) -> Void = { _ in }
    ) throws -> ResultFolder {
        var experiment = try ExperimentTests.read(ExperimentTests.complete)
        change(&experiment)
        return try ResultFolder(
            root: root, experiment: experiment, datasets: [dataset], weights: weights, environment: environment,
            cells: cells, shard: shard, restart: restart)
    }

    static func record(_ value: Double) -> ResultRecord {
        ResultRecord(
            experiment: "quickstart", parameters: ["patch_size": 64], method: .float, dataset: dataset,
            weights: weights[0], patch: 0, metric: .psnr, value: value)
    }

    /// One of two cells is finished, as after an interruption.
    private func withHalfARun(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { root in
            try Self.open(root).finish(cell: Self.cells[0], [Self.record(40)])
            try body(root)
        }
    }

    @Test func freshFolderHoldsConfigurationAndEnvironment() throws {
        try withTemporaryFolder { root in
            let folder = try Self.open(root + "/Results")
            #expect(folder.remaining == Self.cells)
            #expect(try Experiment(path: folder.files.configuration).id == "quickstart")
            #expect(try RunEnvironment(path: folder.files.environment) == Self.environment)
        }
    }

    @Test func finishedCellsAreSkipped() throws {
        try withHalfARun { root in
            let folder = try Self.open(root)
            #expect(folder.remaining == [Self.cells[1]])
            try folder.finish(cell: Self.cells[1], [Self.record(41)])
            #expect(try RecordFile.read(folder.files.records).measurements.map(\.value) == [40, 41])
        }
    }

    @Test func titleMayChange() throws {
        try withHalfARun { root in
            let folder = try Self.open(root) { $0.title = "Another" }
            #expect(folder.remaining.count == 1)
        }
    }

    @Test func changedSettingsAreNamed() throws {
        try withHalfARun { root in
            let expected = ResultsError.changed(
                folder: root + "/quickstart",
                changes: ["cases[1].mode was linear, is client-aided", "key.bits was 2048, is 3072"])
            #expect(throws: expected) {
                try Self.open(root) { experiment in
                    experiment.key.bits = 3072
                    experiment.cases[0].settings.mode = .clientAided
                }
            }
        }
    }

    @Test func changedInputsAreNamed() throws {
        try withHalfARun { root in
            let other = String(repeating: "9", count: 64)
            let error = #expect(throws: ResultsError.self) {
                try Self.open(
                    root, dataset: Artifact(name: "head.h5", sha256: other),
                    weights: [Artifact(name: "linear-3.h5", sha256: other)])
            }
            #expect(
                error?.description == root + "/quickstart: holds results made otherwise: "
                    + "data was head.h5 (SHA-256 11111111), is head.h5 (SHA-256 99999999); "
                    + "weights were linear-3.h5 (SHA-256 22222222), are linear-3.h5 (SHA-256 99999999); "
                    + "--force moves them aside")
        }
    }

    /// Another machine may read finished results but not add timings of its own.
    @Test func otherMachineMayNotContinue() throws {
        var other = Self.environment
        other.kernel = "ifma"
        try withHalfARun { root in
            #expect(throws: ResultsError.changed(folder: root + "/quickstart", changes: ["other kernel"])) {
                try Self.open(root, environment: other)
            }
            let folder = try Self.open(root, environment: other, cells: [Self.cells[0]])
            #expect(folder.remaining.isEmpty)
        }
    }

    /// A version that calls its cells otherwise finds them by what they are.
    @Test func finishedCellsAreKnownByTheirKeys() throws {
        try withHalfARun { root in
            for file in ["cells.json", "records.jsonl"] {
                let path = "\(root)/quickstart/\(file)"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                let renamed = text.replacing("case 1: linear, trial", with: "the linear case, run")
                #expect(renamed != text)
                try renamed.write(toFile: path, atomically: true, encoding: .utf8)
            }
            #expect(try Self.open(root).remaining == [Self.cells[1]])
        }
    }

    /// The folder of an earlier version, whose manifest holds words alone.
    @Test func wordsAreEnough() throws {
        try withHalfARun { root in
            let path = "\(root)/quickstart/cells.json"
            try #"{"cells": ["case 1: linear, trial 1", "case 1: linear, trial 2"], "format": 1}"#
                .write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try Self.open(root).remaining == [Self.cells[1]])
        }
    }

    @Test func keysReadBack() throws {
        var key = CellKey(.attack, number: 2, subject: "filters", trial: 3)
        (key.mask, key.client, key.keyBits) = ("signed", "honest", 3072)
        #expect("\(key)" == "attack 2: filters, mask signed, honest client, 3072 bits, trial 3")
        #expect(try JSONDecoder().decode(CellKey.self, from: JSONEncoder().encode(key)) == key)
    }

    /// Shards of two kinds of machines merge; every record then names its own, and both are remembered.
    @Test(arguments: ["gmp", "ifma"]) func shardsOfAllMachinesMerge(kernel: String) throws {
        try withTemporaryFolder { root in
            var other = Self.environment
            other.kernel = kernel
            for (index, environment) in [Self.environment, other].enumerated() {
                let folder = try Self.open(
                    "\(root)/\(index)", environment: environment, shard: Shard(rawValue: "\(index + 1)/2"))
                try folder.finish(cell: Self.cells[index], [Self.record(Double(40 + index))])
            }
            let merge = try ShardMerge(["\(root)/0/quickstart", "\(root)/1/quickstart"], into: root + "/merged")
            #expect(merge.missing.isEmpty)
            let machines = try RecordFile.read(merge.files.records).measurements.map { $0.parameters["machine"] }
            let kinds = [Self.environment, other].map { ParameterValue.text($0.machineKind) }
            #expect(machines == (kernel == "gmp" ? [nil, nil] : kinds))
            let environment = try RunEnvironment(path: merge.files.environment)
            #expect(environment.others.map(\.kernel) == (kernel == "gmp" ? [] : ["ifma"]))
            #expect(environment.machine.contains("ifma") == (kernel == "ifma"))
        }
    }

    @Test func restartMovesAside() throws {
        try withHalfARun { root in
            let old = try RecordFile.read(root + "/quickstart/records.jsonl")
            let folder = try Self.open(root, restart: true) { $0.key.bits = 3072 }
            #expect(folder.remaining == Self.cells)
            #expect(try RecordFile.read(folder.files.records).records.isEmpty)
            #expect(try RecordFile.read(root + "/quickstart.old-1/records.jsonl") == old)
        }
    }

    @Test func secondRunIsLockedOut() throws {
        try withTemporaryFolder { root in
            let first = try Self.open(root)
            let expected = FileError.locked(folder: root + "/quickstart", holder: LockHolder.current.description)
            #expect(throws: expected) { try Self.open(root) }
            #expect(throws: expected) { try Self.open(root, restart: true) }
            withExtendedLifetime(first) {}
        }
    }

    @Test func fileInTheWayIsNamed() throws {
        try withTemporaryFolder { root in
            try Data().write(to: URL(fileURLWithPath: root + "/quickstart"))
            let expected = ResultsError.notWritable(
                folder: root + "/quickstart", reason: "a file of that name is in the way")
            #expect(throws: expected) { try Self.open(root) }
        }
    }

    @Test func environmentNamesNoUserHostOrFolder() throws {
        let environment = RunEnvironment.current(kernel: "gmp", libraries: [:])
        let text = String(describing: environment)
        #expect(environment.cores > 0 && environment.memoryBytes > 0)
        for secret in [ProcessInfo.processInfo.hostName, NSHomeDirectory(), FileManager.default.currentDirectoryPath] {
            #expect(secret.count < 4 || !text.contains(secret))
        }
    }
}
