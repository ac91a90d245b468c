import Denoising
import HDF5
import Imaging
import Paillier
import PrivateDenoising
import Reporting
import Numerics
import Support

/// A run of an experiment: measures what its result folder does not hold yet, cell by cell.
package struct ExperimentRun {
    package let files: ResultFiles
    /// Cells of the whole run, or of the shard.
    package let total: Int
    private let inputs: RunInputs
    private let folder: ResultFolder
    private let cells: [Cell]
    private var images: [CaseImages]
    private var keys: [RunKey.Kind: RunKey] = [:]
    private var attacks: AttackRun
    // By data, network and size: all cases of one size measure the same patches.
    private var filtered: [String: [Image]] = [:]
    private var floats: [String: [Image]] = [:]
    private var warm: Set<String> = []

    /// Reads and checks everything and opens the result folder.
    /// - Parameters:
    ///   - file: The experiment file, settings of the command line included.
    ///   - results: The folder of all results.
    ///   - shard: The part of the cells to measure; its results go to a folder of its own below `results`.
    ///   - restart: Moves the results there are aside.
    ///   - transcripts: Folder for the transcripts of attacks; nil writes none.
    /// - Throws: `ConfigurationError`, `ResultsError`, `PaillierError.kernelUnavailable`, `ReportingError`.
    package init(
        _ file: ConfigurationFile, results: String, shard: Shard? = nil, restart: Bool, transcripts: String? = nil
    ) throws {
        inputs = try RunInputs(file)
        attacks = AttackRun(inputs.points[0], transcripts: transcripts)
        let environment = RunEnvironment.current(
            kernel: try KernelPath.selected().rawValue,
            libraries: [
                "gmp": BigInteger.libraryVersion, "hdf5": HDF5File.libraryVersion,
                "onednn": NetworkEvaluator.libraryVersion,
            ])
        let all = Cell.all(of: inputs)
        let folder = try ResultFolder(
            root: shard?.root(in: results) ?? results, experiment: inputs.experiment, datasets: inputs.datasets,
            weights: inputs.weights, environment: environment, cells: all.map(\.name), shard: shard, restart: restart)
        self.folder = folder
        files = folder.files
        let remaining = Set(folder.remaining)
        cells = all.filter { remaining.contains($0.name) }
        total = shard?.cells(of: all).count ?? all.count
        // Unreadable images are made again as far as this run makes any.
        images = (try? CaseImages.all(in: folder.files.images)) ?? []
    }

    /// Cells that are left.
    package var remaining: Int { cells.count }
    /// Rounds of the protocol that are left, with one for every cell that has none: for progress.
    package var steps: Int { cells.reduce(0) { $0 + $1.steps } }

    /// What happens during a run, for those who watch.
    package enum Event {
        /// A round of the protocol, or a cell that has none.
        case step
        /// A run of a case that is dropped.
        case warmedUp(cell: String)
        case message(layer: String, clientSeconds: Double, serverSeconds: Double)
        case finished(cell: String)
    }

    /// Measures the cells that are left.
    package mutating func run(_ watch: (Event) -> Void = { _ in }) throws -> Outcome {
        for cell in cells {
            let records =
                switch cell {
                case .baselines(let point, let item): try baselines(cell, point, item)
                case .float(let point, let item): try float(cell, point, item)
                case .run(let point, let item, _): try run(cell, point, item, watch)
                case .attack(let own): try attack(own, cell)
                }
            try Interruption.whileWriting { try folder.finish(cell: cell.name, records) }
            if !cell.isProtocolRun { watch(.step) }
            watch(.finished(cell: cell.name))
        }
        return try Outcome(files)
    }

    private mutating func baselines(_ cell: Cell, _ point: RunPoint, _ item: PreparedCase) throws -> [ResultRecord] {
        try RowRecords(cell, .lowDose, network: false).quality(of: item.selection.lowDose, item.selection)
            + RowRecords(cell, .linearFilter, network: false)
            .quality(of: filteredImages(point, item.selection), item.selection)
    }

    private mutating func float(_ cell: Cell, _ point: RunPoint, _ item: PreparedCase) throws -> [ResultRecord] {
        let row = RowRecords(cell, .float)
        let start = ContinuousClock.now
        let images = try evaluated(point, item)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        floats[item.floatKey(point)] = images
        return row.quality(of: images, item.selection) + [row.record(.secondsTotal, seconds)]
    }

    private mutating func run(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ watch: (Event) -> Void
    ) throws -> [ResultRecord] {
        try warmUp(cell, point, item, watch)
        guard item.settings.scheme != .paper else {
            let key = try key(of: point.experiment).pair.key
            return try PaperMeasurement(key: key, threads: point.threads)
                .records(cell, item, key: key.publicKey, threads: point.threads)
        }
        let common: [String: ParameterValue] = [
            ParameterName.weightBits: .integer(item.network.weightBits),
            ParameterName.activationBits: .integer(item.network.inputBits),
            ParameterName.layout: .text(item.settings.layout.rawValue),
        ]
        var (records, integer) = try integerRow(cell, point, item, common)
        guard let agreement = item.agreement else {
            try store(point, item, ["integer": integer])
            return records
        }
        Resources.resetPeakMemory()
        let run = try protocolRun(point, item, agreement, watch)
        let peakMemory = Resources.peakMemory
        let encrypted = item.network.images(run.output, window: item.trained.window)
        let row = RowRecords(
            cell, .encrypted, mode: true, parameters: try common.merging(encryptionParameters(point, item)) { $1 })
        if item.isTrained { records += row.quality(of: encrypted, item.selection) }
        let isPaillier = item.settings.scheme == .paillier
        records += row.costs(
            of: run, try agreement.layouts, multiplyAccumulates: try item.multiplyAccumulates(),
            keygenSeconds: isPaillier ? try key(of: point.experiment).seconds : nil, peakMemory: peakMemory)
        records += row.layers(of: run.transcript)
        if isPaillier {
            let key = PaillierScheme.publicKey(of: try key(of: point.experiment).pair)
            records += row.predictions(
                try CostPrediction(
                    PaillierScheme.self, agreement: agreement, network: item.network, key: key,
                    memory: point.experiment.memory << 20))
        }
        try store(point, item, ["integer": integer, "encrypted": encrypted])
        return records
    }

    private mutating func attack(_ own: AttackCell, _ cell: Cell) throws -> [ResultRecord] {
        let records = try attacks.records(own, swept: cell.settings)
        let pictures = attacks.pictures.filter { $0.number / 100 == own.attack.number }
        if !pictures.isEmpty {
            images = images.filter { image in !pictures.contains { $0.number == image.number } } + pictures
            try CaseImages.write(images, to: files.images)
        }
        return records
    }

    /// Runs of a case whose times are dropped, before the first one that counts in this process.
    private mutating func warmUp(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ watch: (Event) -> Void
    ) throws {
        let name = "\(item.name) \(cell.settings)"
        guard point.experiment.warmUp > 0, warm.insert(name).inserted, let agreement = item.agreement else { return }
        for _ in 0..<point.experiment.warmUp {
            _ = try protocolRun(point, item, agreement) { _ in }
            watch(.warmedUp(cell: cell.name))
        }
    }

    /// The integer network in the clear, beside the float network's images.
    private mutating func integerRow(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ common: [String: ParameterValue]
    ) throws -> (records: [ResultRecord], images: [Image]) {
        let row = RowRecords(cell, .integer, mode: true, parameters: common)
        let input = try item.input()
        let start = ContinuousClock.now
        let output = try item.network.evaluate(input, threads: point.threads).output
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let images = item.network.images(output, window: item.trained.window)
        var records: [ResultRecord] = []
        if item.isTrained {
            records += row.quality(of: images, item.selection)
            records += try row.distance(of: images, from: floatImages(point, item), item.selection)
        }
        records += [
            row.record(.secondsTotal, seconds), row.record(.accumulatorBits, item.network.maximumAccumulatorBits),
            row.checksum(of: output),
        ]
        records += item.network.layers.map {
            row.record(.accumulatorBits, Double($0.accumulatorBits), layer: $0.name)
        }
        return (records, images)
    }

    private mutating func protocolRun(
        _ point: RunPoint, _ item: PreparedCase, _ agreement: Agreement, _ watch: (Event) -> Void
    ) throws -> PrivateRun {
        let input = try item.input()
        func run<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) throws -> PrivateRun {
            let run = try PrivateRun(
                scheme, agreement: agreement, network: item.network, key: key, images: input,
                threads: point.threads, memory: point.experiment.memory << 20, progress: { _, _ in watch(.step) })
            for round in agreement.rounds.indices {
                let entries = run.transcript.entries.filter { $0.round == round }
                func seconds(_ direction: Message.Direction) -> Double {
                    entries.filter { $0.direction == direction }.reduce(0) { $0 + $1.seconds }
                }
                watch(
                    .message(
                        layer: agreement.rounds[round].name, clientSeconds: seconds(.up), serverSeconds: seconds(.down))
                )
            }
            return run
        }
        switch agreement.parameters.name {
        case .paillier: return try run(PaillierScheme.self, key(of: point.experiment).pair)
        case .cleartext:
            return try run(
                CleartextScheme.self, CleartextScheme.Key(pretendingKeyBits: point.experiment.key.bits))
        case .paper: preconditionFailure("no agreement is made for it")
        }
    }

    /// One key pair per size and randomness, made when a case first needs it.
    private mutating func key(of experiment: Experiment) throws -> RunKey {
        let kind = RunKey.Kind(bits: experiment.key.bits, randomness: experiment.key.randomness)
        if let known = keys[kind] { return known }
        let key = try RunKey(experiment.key)
        keys[kind] = key
        return key
    }

    private mutating func encryptionParameters(
        _ point: RunPoint, _ item: PreparedCase
    ) throws -> [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [
            ParameterName.scheme: .text(item.settings.scheme.rawValue), ParameterName.threads: .integer(point.threads),
        ]
        if let maskBits = item.settings.maskBits { parameters[ParameterName.maskBits] = .integer(maskBits) }
        guard item.settings.scheme == .paillier else { return parameters }
        let pair = try key(of: point.experiment).pair
        parameters[ParameterName.keyBits] = .integer(pair.key.publicKey.bits)
        parameters[ParameterName.randomness] = .text(PaillierScheme.publicKey(of: pair).randomness.rawValue)
        parameters[ParameterName.clientRandomness] = .text(pair.randomness.rawValue)
        return parameters
    }

    /// Keeps the images of a case under the first combination of swept values: those of all would be many.
    private mutating func store(_ point: RunPoint, _ item: PreparedCase, _ made: [String: [Image]]) throws {
        guard item.isTrained, point.settings == inputs.points[0].settings else { return }
        let patches = item.selection.patches
        let usual = try [
            "normal_dose": patches.map(\.normalDose), "low_dose": item.selection.lowDose,
            "linear_filter": filteredImages(point, item.selection), "float": floatImages(point, item),
        ]
        let stored = CaseImages(
            number: item.number, mode: item.settings.mode.rawValue, network: item.weights.name,
            patches: patches.map(\.index), patients: patches.map(\.slice.patient), slices: patches.map(\.slice.slice),
            images: usual.merging(made) { $1 })
        images = images.filter { $0.number != stored.number } + [stored]
        try CaseImages.write(images, to: files.images)
    }

    private mutating func filteredImages(_ point: RunPoint, _ selection: PatchSelection) throws -> [Image] {
        let key = "\(point.data) \(selection.key)"
        if let known = filtered[key] { return known }
        let filter = try LinearFilter(fitting: point.training)
        let images = selection.lowDose.map(filter.apply)
        filtered[key] = images
        return images
    }

    private mutating func floatImages(_ point: RunPoint, _ item: PreparedCase) throws -> [Image] {
        let key = item.floatKey(point)
        if let known = floats[key] { return known }
        let images = try evaluated(point, item)
        floats[key] = images
        return images
    }

    private func evaluated(_ point: RunPoint, _ item: PreparedCase) throws -> [Image] {
        let input = try Tensor(item.selection.lowDose, window: item.trained.window)
        let evaluator = try NetworkEvaluator(
            item.trained.network, weights: item.trained.weights, inputShape: input.shape, threads: point.threads)
        return try evaluator.run(input).hounsfieldImages(window: item.trained.window)
    }
}

extension PreparedCase {
    /// What its float network's images are known by.
    fileprivate func floatKey(_ point: RunPoint) -> String { "\(point.data) \(weights) \(selection.key)" }
}

extension Cell {
    fileprivate var isProtocolRun: Bool {
        if case .run(_, let item, _) = self { item.agreement != nil } else { false }
    }
}

extension ExperimentRun {
    /// What all finished cells together say about correctness.
    package struct Outcome: Sendable, Equatable {
        /// Integers that differ from the integer network's; must be 0.
        package let mismatchedValues: Int
        /// Decrypted values out of the proven range; must be 0.
        package let outOfRange: Int

        init(_ files: ResultFiles) throws {
            let records = try RecordFile.read(files.records).measurements.filter { $0.method == .encrypted }
            func total(_ metric: Metric) -> Int {
                Int(records.filter { $0.metric == metric.rawValue }.reduce(0) { $0 + $1.value })
            }
            mismatchedValues = total(.mismatchedValues)
            outOfRange = total(.outOfRange)
        }

        package var isCorrect: Bool { mismatchedValues == 0 && outOfRange == 0 }
    }
}
