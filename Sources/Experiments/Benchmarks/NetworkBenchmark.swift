import Configuration
import Denoising
import Foundation
import Imaging
import Paillier
import PrivateDenoising
import Reporting
import Support

/// `ldct bench network`: an experiment on random images, measured in memory, with the published encoding beside it.
package struct NetworkBenchmark {
    private let inputs: RunInputs
    private let isQuiet: Bool

    /// - Parameters:
    ///   - settings: Threads and key are taken from the benchmark's options.
    ///   - network: Of random weights, unless there is a file.
    ///   - weights: A weights file instead of random weights.
    ///   - size: Rows and columns of an image.
    /// - Throws: `BenchmarkError.option`, or as an experiment of these settings.
    package init(
        _ options: BenchmarkOptions, _ settings: ProtocolSettings, network: RandomNetwork, weights: String?, size: Int,
        images: Int
    ) throws {
        try BenchmarkRange.check(
            channels: network.channels, size: size, count: ("images", images),
            others: BenchmarkRange.bits(settings.precision))
        var random = network
        if settings.isLinear { random.relu = .none }
        let experiment = Experiment(
            options, settings, network: weights.map { .weights($0) } ?? .random(random),
            data: .init(random: size, split: .test, patches: images))
        let file = try ConfigurationFile(text: experiment.yaml(), name: "bench network")
        // Its lines are none that anybody wrote.
        inputs = try RunInputs(file.with(root: file.root.withoutLines))
        isQuiet = options.isQuiet
    }

    package func run() throws -> BenchmarkReport {
        let cells = Cell.all(of: inputs)
        let progress = ProgressLine(
            "network", total: cells.reduce(0) { $0 + $1.steps }, unit: "rounds", isQuiet: isQuiet)
        defer { progress.finish() }
        var measurement = CellMeasurement(inputs)
        var records: [ResultRecord] = []
        for cell in cells {
            records += try measurement.measure(cell) { if case .step = $0 { progress.advance() } }.records
        }
        return try report(records)
    }

    private func report(_ records: [ResultRecord]) throws -> BenchmarkReport {
        var report = BenchmarkReport()
        let outcome = ExperimentRun.Outcome(records)
        if !outcome.isCorrect {
            report.failures.append(
                "\(outcome.mismatchedValues) values differ from the integer network, \(outcome.outOfRange) out of range"
            )
        }
        if let doubt = outcome.calibrationDoubt { report.notes.append(doubt) }
        let (point, item) = (inputs.points[0], inputs.points[0].cases[0])
        let setting = BenchmarkSetting(
            keyBits: point.experiment.key.bits, layout: item.settings.layout.rawValue,
            kernel: try KernelPath.selected().rawValue, threads: point.threads)
        let sides = Dictionary(grouping: records.filter { $0.method == .encrypted }) {
            $0.parameters[ParameterName.scheme]?.text == ExperimentScheme.paper.rawValue
        }
        let (own, paper) = (sides[false] ?? [], sides[true] ?? [])
        report.records = Self.records(own, paper: paper, setting)
        report.notes += [
            "\(item.network.layers.count) layers, \(item.network.kind.rawValue) \(point.experiment.precision), \(item.weights.name), "
                + "mode \(item.settings.mode.rawValue), \(point.data.name): \(try item.multiplyAccumulates()) multiply-accumulates",
            Self.layers(own),
            """
            network.seconds.total: \(item.selection.patches.count) image(s), client and server in turns on \(point.threads) thread(s), network \
            time left out. Baseline paper.extrapolated: the published way, its seconds per multiply-accumulate and ciphertext \
            measured in the same run, times the network's (padding zeros left out). Peak memory \(Self.peak(own)).
            """,
        ]
        return report
    }

    private static func records(
        _ own: [ResultRecord], paper: [ResultRecord], _ setting: BenchmarkSetting
    ) -> [BenchmarkRecord] {
        func values(_ metric: Metric, of records: [ResultRecord]) -> [Double] {
            records.filter { $0.metric == metric.rawValue && $0.layer == nil }.map(\.value)
        }
        let extrapolated = paper.filter { $0.parameters[ParameterName.extrapolated] == true }
        let timed = [Metric.secondsTotal, .secondsClient, .secondsServer].map { metric in
            setting.time(
                "network.\(metric.rawValue)", values(metric, of: own), per: 1, unit: .seconds,
                beside: ("paper.extrapolated", values(metric, of: extrapolated)))
        }
        let counted = [
            Metric.products, .rounds, .ciphertextsUp, .ciphertextsDown, .bytesUp, .bytesDown, .slotsUsed, .slotsUnused,
        ].compactMap { metric in
            values(metric, of: own).first.map {
                setting.count("network.\(metric.rawValue)", Int($0), unit: metric.unit)
            }
        }
        return timed + counted
    }

    private static func peak(_ records: [ResultRecord]) -> String {
        let bytes = records.filter { $0.metric == Metric.memoryPeak.rawValue }.map(\.value).max()
        return bytes.map { "\(Int($0) >> 20) MiB" } ?? "unknown"
    }

    /// A line a layer: who spent how long, and what went over the wire. Seconds are those of the first run.
    private static func layers(_ records: [ResultRecord]) -> String {
        let first = records.filter { $0.layer != nil && $0.trial == 1 }
        func sum(_ metric: Metric, _ layer: String) -> Double {
            first.filter { $0.layer == layer && $0.metric == metric.rawValue }.reduce(0) { $0 + $1.value }
        }
        let rows = first.compactMap(\.layer).distinct.map { layer in
            [layer] + [Metric.secondsClient, .secondsServer].map { String(format: "%.3f", sum($0, layer)) }
                + [Metric.products, .bytesUp, .bytesDown].map { "\(Int(sum($0, layer)))" }
        }
        return TextColumns.aligned([["layer", "client s", "server s", "products", "bytes up", "bytes down"]] + rows)
    }
}

extension Experiment {
    /// One network on random images, and the published encoding on its shapes.
    fileprivate init(
        _ options: BenchmarkOptions, _ settings: ProtocolSettings, network: NetworkSource, data: DataSelection
    ) {
        var paper = settings
        (paper.mode, paper.scheme, paper.layout) = (settings.isLinear ? .linear : .positiveMask, .paper, .batch)
        paper.permutation = .none
        self.init(
            id: "bench-network", title: "bench network", data: data, key: options.key, precision: settings.precision,
            seed: 1, threads: options.threads, memory: settings.memory, trials: options.runs, warmUp: options.warmUp,
            predict: false,
            cases: [Case(settings: settings, network: network), Case(settings: paper, network: network)],
            attacks: [], sweep: Sweep(), report: ReportSection())
    }
}

extension ProtocolSettings {
    fileprivate var isLinear: Bool { mode == .linear || mode == .linearFused }
}
