package import Configuration
import Denoising
import Foundation
import HDF5
import Numerics
import Paillier
package import Reporting
import Support

/// A run of an experiment: measures what its result folder does not hold yet, cell by cell.
package struct ExperimentRun {
    package let files: ResultFiles
    /// Cells of the whole run, or of the shard.
    package let total: Int
    private let folder: ResultFolder
    private let cells: [Cell]
    private var measurement: CellMeasurement
    private var images: [CaseImages]
    /// What speaks against the networks on these images.
    private let doubts: [String]

    /// Reads and checks everything and opens the result folder.
    /// - Parameters:
    ///   - file: The experiment file, settings of the command line included.
    ///   - results: The folder of all results.
    ///   - shard: The part of the cells to measure; its results go to a folder of its own below `results`.
    ///   - plan: File that says which cells are the shard's; nil takes every N-th.
    ///   - restart: Moves the results there are aside.
    ///   - transcripts: Folder for the transcripts of attacks; nil writes none.
    /// - Throws: `ConfigurationError`, `ResultsError`, `PaillierError.kernelUnavailable`, `ReportingError`, `FileError`.
    package init(
        _ file: ConfigurationFile, results: String, shard: Shard? = nil, plan: String? = nil, restart: Bool,
        transcripts: String? = nil
    ) throws {
        let inputs = try RunInputs(file)
        // Found before results are moved aside. A run that goes on, and other shards, have theirs there already.
        if restart, shard == nil, let transcripts,
            let names = try? FileManager.default.contentsOfDirectory(atPath: transcripts), !names.isEmpty
        {
            throw FileError.refused(
                file: transcripts, reason: "is not empty", expected: "a new or an empty folder for transcripts")
        }
        measurement = CellMeasurement(inputs, transcripts: transcripts)
        doubts = inputs.points.flatMap(\.doubts).distinct
        let environment = RunEnvironment.current(
            kernel: try KernelPath.selected().rawValue,
            libraries: [
                "gmp": BigInteger.libraryVersion, "hdf5": HDF5File.libraryVersion,
                "onednn": NetworkEvaluator.libraryVersion,
            ])
        let all = Cell.all(of: inputs)
        let keys = all.map(\.key)
        let own = try plan.flatMap { path in
            try shard.map { try ShardPlan(path: path).cells(of: $0, among: keys, file: path) }
        }
        let folder = try ResultFolder(
            root: shard?.root(in: results) ?? results, experiment: inputs.experiment, datasets: inputs.datasets,
            weights: inputs.weights, environment: environment, cells: keys, shard: shard, own: own, restart: restart)
        self.folder = folder
        files = folder.files
        let remaining = Set(folder.remaining)
        cells = all.filter { remaining.contains($0.key) }
        total = own?.count ?? shard?.cells(of: all).count ?? all.count
        // Unreadable images are made again as far as this run makes any.
        images = (try? CaseImages.all(in: folder.files.images)) ?? []
    }

    /// Cells that are left.
    package var remaining: Int { cells.count }
    /// What happens during a run, for those who watch.
    package enum Event {
        /// A round of the protocol, or a cell that has none: its expected share of all that was left, 0 to 1.
        case step(Double)
        /// A run of a case that is dropped.
        case warmedUp(cell: String)
        case message(layer: String, clientSeconds: Double, serverSeconds: Double)
        case finished(cell: String)
    }

    /// Measures the cells that are left.
    package mutating func run(_ watch: (Event) -> Void = { _ in }) throws -> Outcome {
        for (cell, share) in zip(cells, ExpectedCost.shares(of: cells)) {
            let step = share / Double(cell.steps)
            let measured = try measurement.measure(cell) { event in
                if case .step = event { watch(.step(step)) } else { watch(event) }
            }
            try keep(measured.images)
            try Interruption.whileWriting { try folder.finish(cell: cell.key, measured.records) }
            if cell.agreement == nil { watch(.step(step)) }
            watch(.finished(cell: cell.name))
        }
        return Outcome(try RecordFile.read(files.records).measurements)
    }

    private mutating func keep(_ new: [CaseImages]) throws {
        guard !new.isEmpty else { return }
        images = images.filter { old in !new.contains { $0.id == old.id } } + new
        try CaseImages.write(images, to: files.images)
    }
}

extension ExperimentRun {
    /// What all finished cells together say about correctness.
    package struct Outcome: Sendable, Equatable {
        /// Integers that differ from the integer network's; must be 0.
        package let mismatchedValues: Int
        /// Decrypted values out of the proven range; must be 0.
        package let outOfRange: Int
        /// Activations that one trial of all cells cut off because no calibration foresaw them.
        package let beyondCalibration: Int

        /// A sentence about them, if there are any.
        package var calibrationDoubt: String? {
            guard beyondCalibration > 0 else { return nil }
            return "\(beyondCalibration) activations beyond the calibration were cut off: "
                + "the network was calibrated on other images (ldct weights calibrate)"
        }

        init(_ measurements: [ResultRecord]) {
            let records = measurements.filter { $0.method == .encrypted }
            func total(_ metric: Metric) -> Int {
                Int(records.filter { $0.metric == metric.rawValue }.reduce(0) { $0 + $1.value })
            }
            mismatchedValues = total(.mismatchedValues)
            outOfRange = total(.outOfRange)
            let beyond = measurements.filter { $0.metric == Metric.beyondCalibration.rawValue && $0.trial == 1 }
            beyondCalibration = Int(beyond.reduce(0) { $0 + $1.value })
        }

        package var isCorrect: Bool { mismatchedValues == 0 && outOfRange == 0 }
    }
}

extension ExperimentRun {
    /// What a run ends with.
    package struct Summary: Sendable {
        /// The few numbers that matter first.
        package let table: Table
        /// What makes results doubtful, a sentence each: networks of other images, seconds of a busy machine.
        package let doubts: [String]
        /// What joules were measured by, or why none were.
        package let energy: String
        /// What `ldct report` knows the results by.
        package let name: String

        init(_ files: ResultFiles, inputs: [String]) throws {
            let measurements = try RecordFile.read(files.records).measurements
            table = DenoisingTable.short(measurements, context: try Report.context(files))
            doubts = inputs + TimingDoubts(measurements).sentences
            let joules = measurements.filter { $0.metric == Metric.energyPerPatch.rawValue }
            energy =
                joules.isEmpty
                ? "not measured: \(EnergyCounter.absence() ?? "no protocol ran since the counters can be read")"
                : "\(Metric.energyPerPatch.rawValue) of \(joules.count) runs, other programs included"
            name = files.root == "Results" ? files.id : files.folder
        }
    }

    package func summary() throws -> Summary { try Summary(files, inputs: doubts) }
}
