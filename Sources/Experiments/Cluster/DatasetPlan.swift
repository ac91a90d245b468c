import Denoising
import Foundation
import PrivateDenoising
package import Reporting

/// What denoising a whole data set takes on a cluster, for every scheme and mode that was measured on one machine.
package struct DatasetPlan {
    /// A data set and a cluster. The usual one is the Mayo set of the 2016 challenge as the paper uses it: 10 patients, about 5,900
    /// slices of 512x512.
    package struct Parameters: Sendable {
        package var patients = 10
        package var slices = 5900
        /// Rows and columns of a slice.
        package var size = 512
        package var nodes = [1, 10, 100]
        /// Tasks that a patient's slices are shared out to.
        package var tasksPerPatient = 40
        package var schedule = ScheduleSimulation(start: 15, cycle: 30)

        package init() {}
    }

    package let table: Table

    /// - Parameters:
    ///   - folders: Result folders with encrypted rows; those of another network than 10 layers count as any other.
    /// - Throws: `SubmissionError.nothingToPlan`; errors of the folders' files, and of the weights they name.
    package init(_ folders: [ResultFiles], _ parameters: Parameters) throws {
        var rows: [[Table.Cell]] = []
        var machines: [String] = []
        var refused: [String] = []
        // Planned, or why not.
        var told: Set<Pair> = []
        for files in folders {
            let measurements = try Report.measurements(files)
            let experiment = try Experiment(path: files.configuration)
            machines.append(try RunEnvironment(path: files.environment).machine)
            for row in ResultSummary(measurements).rows where row.key.method == .encrypted {
                guard let measured = Measured(row) else { continue }
                told.insert(Pair(scheme: measured.scheme, mode: measured.mode))
                do {
                    let runs = try Self.patchesPerSlice(measured, experiment, size: parameters.size)
                    rows.append(Self.cells(measured, patchesPerSlice: runs, parameters))
                } catch {
                    refused.append("\(row.name): \(error)")
                }
            }
        }
        guard !rows.isEmpty else {
            throw SubmissionError.nothingToPlan(
                folders: folders.map(\.folder),
                reason: refused.first ?? "no runs of patches through the protocol")
        }
        let others = Pair.all.filter { !told.contains($0) }.map { "\($0.scheme) \($0.mode)" }
        table = Table(
            columns: Self.columns(parameters), blocks: [rows],
            caption: Caption(
                "\(parameters.patients) patients, \(parameters.slices) slices of \(parameters.size)x\(parameters.size), denoised "
                    + "encrypted: hours on so many nodes like the machine measured.",
                notes: Self.notes(parameters, machines: machines.distinct, refused: refused.distinct)
                    + (others.isEmpty ? [] : ["No measured figure: \(others.joined(separator: ", "))."])),
            label: "plan")
    }

    /// A scheme and a mode.
    private struct Pair: Hashable {
        let scheme, mode: String

        /// Those that denoise slices: the scheme encrypts, and an agreement about some network can be made.
        static var all: [Pair] {
            ExperimentScheme.slices.flatMap { scheme in
                Mode.allCases.filter { $0.networkKind != .fused && canRun($0, under: scheme) }.map {
                    Pair(scheme: scheme.rawValue, mode: $0.rawValue)
                }
            }
        }

        private static func canRun(_ mode: Mode, under scheme: ExperimentScheme) -> Bool {
            var settings = ProtocolSettings()
            (settings.scheme, settings.mode) = (scheme, mode)
            return [ReLUPlacement.all, .none].contains { relu in
                let random = RandomNetwork(depth: 3, channels: 2, kernel: 3, relu: relu, decoder: .same)
                let kind = mode.networkKind
                guard let network = try? random.trained().integers(for: kind, precision: settings.precision),
                    mode.objection(to: network) == nil
                else { return false }
                let images = TensorShape(count: 1, channels: 1, height: 8, width: 8)
                return (try? settings.agreement(network, images: images)) != nil
            }
        }
    }

    /// One row of results: what a run cost, and of how much.
    private struct Measured {
        let mode, scheme, layout, network: String
        /// Nil where a scheme's keys have no size to choose.
        let keyBits: Int?
        let patchSize, patches: Int
        let seconds, bytesUp, bytesDown: Double

        /// Of images that anyone could mean: whoever reads a record squares them.
        private static let sides = 1...1 << 16

        /// Nil of what was extrapolated, or is not of patches.
        init?(_ row: ResultSummary.Row) {
            guard let mode = row.key.mode, let scheme = row.key.scheme, let layout = row.key.layout,
                let network = row.key.network, let patchSize = row.key.patchSize,
                Self.sides.contains(patchSize), row.patches > 0,
                let seconds = row[.secondsTotal], let up = row[.bytesUp], let down = row[.bytesDown]
            else { return nil }
            (self.mode, self.scheme, self.layout, self.network) = (mode, scheme, layout, network)
            (keyBits, self.patchSize, patches) = (row.key.keyBits, patchSize, row.patches)
            (self.seconds, bytesUp, bytesDown) = (seconds, up, down)
        }
    }

    /// Patches of the measured size that make a slice. In tiles a slice is one image, so that only pixels count; patches overlap by
    /// what the network sees around a pixel.
    private static func patchesPerSlice(_ row: Measured, _ experiment: Experiment, size: Int) throws -> Double {
        if row.layout == "tile" || row.patchSize == size {
            return Double(size * size) / Double(row.patchSize * row.patchSize)
        }
        let item = experiment.cases.first {
            URL(fileURLWithPath: $0.network.description).lastPathComponent == row.network
                && $0.settings.mode.rawValue == row.mode && $0.settings.scheme.rawValue == row.scheme
        }
        guard var item else {
            throw SubmissionError.badLine(
                row.network, reason: "is no longer run so by its experiment", expected: "the results measured anew")
        }
        guard item.settings.mode.networkKind != .fused else {
            throw SubmissionError.badLine(
                row.mode, reason: "is folded for one size of image", expected: "a mode that denoises slices")
        }
        (item.settings.layout, item.settings.key.bits) = (.batch, row.keyBits ?? item.settings.key.bits)
        let trained: TrainedNetwork
        switch item.network {
        case .weights(let path): trained = try TrainedNetwork(reading: path)
        case .random(let random): trained = try random.trained()
        }
        let network = try trained.integers(
            for: item.settings.mode.networkKind, precision: item.precision ?? experiment.precision)
        let patch = TensorShape(count: 1, channels: 1, height: row.patchSize, width: row.patchSize)
        guard try item.settings.agreement(network, images: patch).layouts[0].imagesTogether > 1 else {
            // `denoise --batch` runs far fewer of them, at another cost.
            throw SubmissionError.badLine(
                row.scheme, reason: "takes patches as large as memory allows",
                expected: "a measured slice of \(size)x\(size)")
        }
        let kernels = network.layers.map { max($0.kernelHeight, $0.kernelWidth) }
        return Double(try SliceTiles(kernels: kernels, height: size, width: size, size: row.patchSize).tiles.count)
    }

    private static func columns(_ parameters: Parameters) -> [Table.Column] {
        [
            .text("mode"), .text("scheme"), .text("layout"), .text("network"), Table.Column("key bits", topic: .key),
            Table.Column("patches a slice", topic: .key),
            Table.Column("a slice", unit: "s", .significant(3), topic: .cost),
        ]
            + parameters.nodes.map {
                Table.Column("\($0) \($0 == 1 ? "node" : "nodes")", unit: "h", .significant(3), topic: .cost)
            }
            + [
                Table.Column("up in all", unit: "GB", .significant(3), topic: .traffic),
                Table.Column("down in all", unit: "GB", .significant(3), topic: .traffic),
            ]
    }

    private static func cells(_ row: Measured, patchesPerSlice: Double, _ parameters: Parameters) -> [Table.Cell] {
        let perSlice = patchesPerSlice / Double(row.patches)
        let seconds = row.seconds * perSlice
        let tasks = tasks(parameters).map { Double($0) * seconds }
        let bytes = perSlice * Double(parameters.slices) / 1e9
        return [.text(row.mode), .text(row.scheme), .text(row.layout), .text(row.network)]
            + [Table.Cell(row.keyBits.map(Double.init)), .number(patchesPerSlice), .number(seconds)]
            + parameters.nodes.map { .number(parameters.schedule.makespan(tasks, nodes: $0) / 3600) }
            + [.number(row.bytesUp * bytes), .number(row.bytesDown * bytes)]
    }

    /// Slices of every task: patients as equal as can be, and so their tasks.
    static func tasks(_ parameters: Parameters) -> [Int] {
        func parts(_ whole: Int, _ count: Int) -> [Int] {
            (0..<count).map { whole * ($0 + 1) / count - whole * $0 / count }
        }
        return parts(parameters.slices, parameters.patients).flatMap { slices in
            parts(slices, min(parameters.tasksPerPatient, slices)).filter { $0 > 0 }
        }
    }

    private static func notes(_ parameters: Parameters, machines: [String], refused: [String]) -> [String] {
        let schedule = parameters.schedule
        return [
            "Planned, not measured: seconds and bytes of the measured runs, client and server in turns, times the patches of a slice, in "
                + "\(tasks(parameters).count) tasks, each started on the first free node, \(Int(schedule.start)) s to start a task, the "
                + "scheduler looking every \(Int(schedule.cycle)) s.",
            "In tiles a slice is one image and pixels count; in a batch patches overlap by what the network sees around a pixel. Batches "
                + "are as full as they were measured.",
            "A node is like the machine measured, all of its processors for one task: \(machines.joined(separator: "; ")).",
        ] + refused.map { "Not planned: \($0)." }
    }
}
