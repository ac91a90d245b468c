package import Denoising
import Foundation
import Imaging
import Paillier
package import PrivateDenoising
import Numerics
import Support

/// A whole RED-CNN through the protocol, both sides counted, every value of every round compared with the integer network.
package struct NetworkBenchmark {
    package struct Parameters: Sendable {
        package var channels = 96, depth = 10
        package var decoder = DecoderKind.valid
        /// Rows and columns of an image.
        package var size = 64
        package var images = 1
        package var mode = Mode.clientAided
        package var layout = Layout.batch
        package var weightBits = 10, activationBits = 12
        /// A weights file instead of random weights; it decides channels, depth and decoder.
        package var weights: String?
        /// Bytes for accumulators and tables.
        package var memory = 4 << 30

        package init() {}
    }

    private let options: BenchmarkOptions
    private let parameters: Parameters
    private let integers: IntegerNetwork
    private let images: IntegerTensor
    private let key: PrivateKey
    private let agreement: Agreement
    private let layouts: [any TensorLayout]

    /// - Throws: `BenchmarkError.option`, `DenoisingError`, `PrivateDenoisingError`, `HDF5Error`.
    package init(_ options: BenchmarkOptions, _ parameters: Parameters) throws {
        for (name, value) in [("size", parameters.size), ("images", parameters.images), ("memory", parameters.memory)]
        where value < 1 {
            throw BenchmarkError.option(name: name, found: "\(value)", expected: "a positive number")
        }
        self.options = options
        self.parameters = parameters
        let shape = TensorShape(
            count: parameters.images, channels: 1, height: parameters.size, width: parameters.size)
        images = Self.randomImages(shape, bits: parameters.activationBits)
        integers = try Self.network(parameters, images)
        key = try options.drawKey()
        agreement = try Agreement(
            mode: parameters.mode, layout: parameters.layout, network: integers, images: shape,
            parameters: .paillier(keyBits: key.publicKey.bits))
        layouts = try agreement.layouts
    }

    package func run() throws -> BenchmarkReport {
        var report = BenchmarkReport()
        let paper = try PaperBaseline(key: key.publicKey, threads: options.threads)
        var transcripts: [Transcript] = []
        var paperSeconds: [Double] = []
        for turn in 0..<options.warmUp + options.runs {
            let run = try protocolRun()
            let seconds = try AlternatingTimer.seconds(paper.run)
            if run.mismatchedValues > 0 || run.outOfRange > 0 {
                report.failures.append(
                    "\(run.mismatchedValues) values differ from the integer network, \(run.outOfRange) out of range")
            }
            guard turn >= options.warmUp else { continue }
            transcripts.append(run.transcript)
            paperSeconds.append(seconds)
        }
        if Set(transcripts.map(\.products)).count > 1 { report.failures.append("products differ from run to run") }
        let work = try multiplyAccumulates()
        report.records = records(
            transcripts, paperSeconds: paperSeconds.map { $0 / Double(paper.multiplyAccumulates) }, work)
        if let transcript = transcripts.last { report.notes = [describe(work), layers(transcript)] }
        report.notes.append(
            """
            network.seconds: \(parameters.images) image(s), client and server in turns on \(options.threads) thread(s), network time left out. \
            Baseline paper.extrapolated: seconds per multiply-accumulate of the published way, measured in the same run on \
            \(paper.multiplyAccumulates) of them, times the network's (padding zeros left out); its client's time is left out. Peak memory of this process \
            so far: \(Resources.peakMemory.map { "\($0 >> 20) MiB" } ?? "unknown").
            """)
        return report
    }

    /// Of all images, padding zeros left out, as the published way is measured.
    private func multiplyAccumulates() throws -> Int {
        let shapes = try integers.activationShapes(for: images.shape)
        return zip(integers.layers, shapes).reduce(0) { sum, pair in
            let (layer, input) = pair
            let shape = ConvolutionShape(
                inputChannels: layer.inputChannels, outputChannels: layer.outputChannels, inputHeight: input.height,
                inputWidth: input.width, kernelHeight: layer.kernelHeight, kernelWidth: layer.kernelWidth,
                padding: layer.padding)
            return sum + input.count * shape.multiplyAccumulates
        }
    }

    private func protocolRun() throws -> PrivateRun {
        let progress = ProgressLine(
            "network", total: agreement.rounds.count, unit: "rounds", isQuiet: options.isQuiet)
        defer { progress.finish() }
        return try PrivateRun(
            PaillierScheme.self, agreement: agreement, network: integers, key: PaillierScheme.PrivateKey(key),
            images: images, threads: options.threads, memory: parameters.memory
        ) { _, _ in progress.advance() }
    }

    /// Seconds are the transcripts': comparing with the integer network is neither side's work.
    private func records(
        _ transcripts: [Transcript], paperSeconds: [Double], _ work: Int
    ) -> [BenchmarkRecord] {
        let setting = options.setting(kernel: key.publicKey.path, layout: parameters.layout.rawValue)
        func seconds(
            _ metric: String, _ seconds: (Transcript) -> Double, _ baseline: BenchmarkRecord.Baseline? = nil
        ) -> BenchmarkRecord {
            setting.time(metric, transcripts.map(seconds), per: 1, unit: .seconds, baseline: baseline)
        }
        let paper = paperSeconds.map { $0 * Double(work) }
        let timed = [
            seconds(
                "network.seconds", { $0.clientSeconds + $0.serverSeconds },
                .init("paper.extrapolated", seconds: paper, per: 1, unit: .seconds)),
            seconds("network.seconds.client", \.clientSeconds),
            seconds("network.seconds.server", \.serverSeconds),
        ]
        return timed + transcripts.prefix(1).flatMap { counts($0, setting) }
    }

    private func counts(_ transcript: Transcript, _ setting: BenchmarkSetting) -> [BenchmarkRecord] {
        [
            setting.count("network.products", transcript.products, unit: "1"),
            setting.count("network.rounds", transcript.rounds, unit: "1"),
            setting.count("network.ciphertexts.up", transcript.ciphertexts(.up), unit: "1"),
            setting.count("network.ciphertexts.down", transcript.ciphertexts(.down), unit: "1"),
            setting.count("network.bytes.up", transcript.bytes(.up), unit: "B"),
            setting.count("network.bytes.down", transcript.bytes(.down), unit: "B"),
        ]
    }

    private func describe(_ work: Int) -> String {
        let together = layouts.map(\.imagesTogether).max() ?? 1
        let unused = layouts.compactMap(\.usage).map { "\($0.unused)" }.joined(separator: " ")
        return """
            \(integers.layers.count) layers, \(integers.kind.rawValue) w\(parameters.weightBits)/a\(parameters.activationBits), \
            \(parameters.weights == nil ? "random weights" : "weights from a file"), mode \(parameters.mode.rawValue), \
            \(images.shape): \(work) multiply-accumulates, up to \(together) slots a ciphertext, unused by round: \(unused)
            """
    }

    /// A line a round: who spent how long, and what went over the wire.
    private func layers(_ transcript: Transcript) -> String {
        var rows = [["layer", "client s", "server s", "products", "bytes up", "bytes down", "slots used"]]
        for round in agreement.rounds.indices {
            let entries = transcript.entries.filter { $0.round == round }
            func seconds(_ direction: Message.Direction) -> String {
                String(format: "%.3f", entries.filter { $0.direction == direction }.reduce(0) { $0 + $1.seconds })
            }
            func bytes(_ direction: Message.Direction) -> String {
                "\(entries.filter { $0.direction == direction }.reduce(0) { $0 + $1.bytes })"
            }
            let usage = layouts[round].usage
            rows.append([
                agreement.rounds[round].name, seconds(.up), seconds(.down),
                "\(entries.reduce(0) { $0 + $1.products })", bytes(.up), bytes(.down),
                usage.map { "\($0.used) of \($0.used + $0.unused)" } ?? "",
            ])
        }
        rows.append(["(result)", String(format: "%.3f", transcript.finishSeconds), "", "", "", "", ""])
        return TextColumns.aligned(rows)
    }

    private static func randomImages(_ shape: TensorShape, bits: Int) -> IntegerTensor {
        var generator = SeededGenerator(seed: 3)
        let largest = 1 << bits - 1
        let values = (0..<shape.elementCount).map { _ in Int.random(in: 0...largest, using: &generator) }
        return IntegerTensor(shape: shape, values: IntegerArray(values))
    }

    private static func network(
        _ parameters: Parameters, _ images: IntegerTensor
    ) throws -> IntegerNetwork {
        let trained: TrainedNetwork
        if let file = parameters.weights {
            trained = try TrainedNetwork(reading: file)
        } else {
            let relu: ReLUPlacement = parameters.mode == .linear ? .none : .all
            let network = try Network.redCNN(
                depth: parameters.depth, channels: parameters.channels, relu: relu, decoder: parameters.decoder)
            trained = TrainedNetwork(
                network: network, weights: try network.initialWeights(seed: 1), provenance: "random, seed 1")
        }
        _ = try trained.network.activationShapes(for: images.shape)
        guard parameters.mode.networkKind == .requantised else {
            return try IntegerNetwork(
                growing: trained.network, weights: trained.weights, weightBits: parameters.weightBits,
                inputBits: parameters.activationBits)
        }
        return try IntegerNetwork(
            requantising: trained.network, weights: trained.weights,
            calibration: trained.calibration ?? calibration(trained, images, bits: parameters.activationBits),
            weightBits: parameters.weightBits, activationBits: parameters.activationBits)
    }

    /// From the first of the benchmark's images.
    private static func calibration(
        _ trained: TrainedNetwork, _ images: IntegerTensor, bits: Int
    ) throws -> Calibration {
        let shape = images.shape.with(count: 1)
        let scale = Float(1 << bits - 1)
        let image = try Tensor(
            shape: shape, values: (0..<shape.elementCount).map { Float(images.values.narrow($0)) / scale })
        return try RandomNetwork.calibration(trained, image)
    }
}
