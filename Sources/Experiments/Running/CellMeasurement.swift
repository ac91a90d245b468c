import Paillier
import Denoising
import Imaging
import PrivateDenoising
import Reporting
import Numerics
import Support

/// Measures the cells of an experiment, and keeps what they share: keys, and the images of filter and float network.
struct CellMeasurement {
    private let inputs: RunInputs
    private var keys = RunKeys()
    private var speeds = MachineSpeeds()
    private var attacks: AttackRun
    // All cases of one size measure the same patches.
    private var filtered: [PatchSelection.Key: [Image]] = [:]
    private var floats: [FloatKey: [Image]] = [:]
    /// Cases that have been warmed up.
    private var warm: Set<CellKey> = []

    private struct FloatKey: Hashable {
        let weights: Artifact
        let selection: PatchSelection.Key

        init(_ item: PreparedCase) { (weights, selection) = (item.weights, item.selection.key) }
    }

    /// - Parameter transcripts: Folder for the transcripts of attacks; nil writes none.
    init(_ inputs: RunInputs, transcripts: String? = nil) {
        self.inputs = inputs
        attacks = AttackRun(transcripts: transcripts)
    }

    /// Everything there is to know of one cell.
    struct Measured {
        var records: [ResultRecord]
        /// For `images.h5`; none for most cells.
        var images: [CaseImages] = []
    }

    mutating func measure(_ cell: Cell, _ watch: (ExperimentRun.Event) -> Void = { _ in }) throws -> Measured {
        switch cell {
        case .baselines(let point, let item): Measured(records: try baselines(cell, point, item))
        case .float(_, let item): Measured(records: try float(cell, item))
        case .run(let point, let item, _): try run(cell, point, item, watch)
        case .attack(let own): try attacks.measure(own, swept: cell.settings)
        }
    }

    private mutating func baselines(_ cell: Cell, _ point: RunPoint, _ item: PreparedCase) throws -> [ResultRecord] {
        let lowDose = RowRecords(cell, .lowDose, network: false).quality(of: item.selection.lowDose, item.selection)
        guard let filtered = try filteredImages(point, item.selection) else { return lowDose }
        return lowDose + RowRecords(cell, .linearFilter, network: false).quality(of: filtered, item.selection)
    }

    private mutating func float(_ cell: Cell, _ item: PreparedCase) throws -> [ResultRecord] {
        let row = RowRecords(cell, .float)
        let start = ContinuousClock.now
        let images = try evaluated(item)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        floats[FloatKey(item)] = images
        return row.quality(of: images, item.selection) + [row.record(.secondsTotal, seconds)]
    }

    private mutating func run(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ watch: (ExperimentRun.Event) -> Void
    ) throws -> Measured {
        item.settings.prepareMemory()
        try warmUp(cell, point, item, watch)
        guard item.settings.scheme != .paper else {
            let key = try keys(PaillierScheme.self, item.settings.key).key.key
            let threads = item.settings.workers
            return Measured(
                records: try PaperMeasurement(key: key, threads: threads)
                    .records(cell, item, key: key.publicKey, threads: threads))
        }
        var common: [String: ParameterValue] = [
            ParameterName.weightBits: .integer(item.network.weightBits),
            ParameterName.activationBits: .integer(item.network.inputBits),
            ParameterName.layout: .text(item.settings.layout.rawValue),
        ]
        if let requantisation = item.settings.precision.requantisation {
            common[ParameterName.requantisation] = .text(requantisation.rawValue)
        }
        var (records, integer) = try integerRow(cell, item, common)
        var made = ["integer": integer]
        if let agreement = item.agreement, let scheme = item.settings.scheme.measured {
            let encrypted = try encryptedRow(scheme, cell, point, item, agreement, common, watch)
            records += encrypted.records
            made["encrypted"] = encrypted.images
        }
        return Measured(records: records, images: try images(point, item, made))
    }

    /// The protocol under a scheme, against a server elsewhere where there is one.
    private mutating func encryptedRow<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ agreement: Agreement,
        _ common: [String: ParameterValue], _ watch: (ExperimentRun.Event) -> Void
    ) throws -> (records: [ResultRecord], images: [Image]) {
        let key = try keys.key(scheme, item.settings.key, spentOn: agreement, item.network)
        let keygenSeconds = Scheme.name.encrypts ? key.seconds : nil
        var parameters = common.merging(item.settings.recorded) { $1 }.merging(key.parameters) { $1 }
        if point.experiment.server != nil { parameters[ParameterName.server] = "elsewhere" }
        let row = RowRecords(cell, .encrypted, mode: true, parameters: parameters)
        let (output, costs): (IntegerTensor, [ResultRecord])
        if let server = point.experiment.server {
            let run = try ServedRun(scheme, key.key, item, over: server.connecting()) { watch(.step(1)) }
            costs = row.costs(of: run, patches: agreement.images.count, keygenSeconds: keygenSeconds)
            output = run.output
        } else {
            let speed = point.experiment.predict ? try speeds(scheme, item.settings, key: key.key) : nil
            (output, costs) = try runHere(scheme, key.key, row, item, agreement, keygenSeconds, speed, watch)
        }
        let images = item.network.images(output, window: item.trained.window)
        return ((item.showsImages ? row.quality(of: images, item.selection) : []) + costs, images)
    }

    /// The protocol with both sides in this process, and what it costs.
    private func runHere<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, _ row: RowRecords, _ item: PreparedCase,
        _ agreement: Agreement, _ keygenSeconds: Double?, _ speed: MachineSpeed?,
        _ watch: (ExperimentRun.Event) -> Void
    ) throws -> (IntegerTensor, costs: [ResultRecord]) {
        giveBackSecretMemory()
        Resources.resetPeakMemory()
        let (load, energy) = (OtherLoad(), EnergyCounter())
        let run = try protocolRun(scheme, key, item, agreement, watch)
        let (peakMemory, otherLoad, joules) = (Resources.peakMemory, load?.cores, energy?.joules)
        var records = row.costs(
            of: run, try agreement.layouts, patches: agreement.images.count,
            multiplyAccumulates: try item.multiplyAccumulates(), keygenSeconds: keygenSeconds, peakMemory: peakMemory,
            otherLoad: otherLoad, joules: joules)
        records += row.layers(of: run.transcript)
        if Scheme.name.encrypts {
            let prediction = try item.settings.prediction(scheme, agreement, item.network, key: key)
            records += row.predictions(prediction)
            if let seconds = speed?.seconds(prediction, mask: agreement.mask, keyBits: item.settings.key.bits) {
                records.append(row.record(.secondsPredicted, seconds))
            }
        }
        return (run.output, records)
    }

    /// Runs of a case whose times are dropped, before the first one that counts in this process.
    private mutating func warmUp(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ watch: (ExperimentRun.Event) -> Void
    ) throws {
        guard point.experiment.warmUp > 0, warm.insert(cell.key.ofEveryTrial).inserted,
            let agreement = item.agreement, let scheme = item.settings.scheme.measured
        else { return }
        for _ in 0..<point.experiment.warmUp {
            try warmUp(scheme, point, item, agreement)
            watch(.warmedUp(cell: cell.name))
        }
    }

    private mutating func warmUp<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ point: RunPoint, _ item: PreparedCase, _ agreement: Agreement
    ) throws {
        let key = try keys.key(scheme, item.settings.key, spentOn: agreement, item.network).key
        if let server = point.experiment.server {
            _ = try ServedRun(scheme, key, item, over: server.connecting()) {}
        } else {
            _ = try protocolRun(scheme, key, item, agreement) { _ in }
        }
    }

    /// The integer network in the clear, beside the float network's images.
    private mutating func integerRow(
        _ cell: Cell, _ item: PreparedCase, _ common: [String: ParameterValue]
    ) throws -> (records: [ResultRecord], images: [Image]) {
        let row = RowRecords(cell, .integer, mode: true, parameters: common)
        let input = try item.input()
        let start = ContinuousClock.now
        var evaluation = try IntegerEvaluation(item.network, input: input)
        for _ in item.network.layers { _ = try evaluation.step(threads: item.settings.workers) }
        let output = evaluation.activation ?? input
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let images = item.network.images(output, window: item.trained.window)
        var records: [ResultRecord] = []
        if item.showsImages {
            records += row.quality(of: images, item.selection)
            records += try row.distance(of: images, from: floatImages(item), item.selection)
        }
        records += [
            row.record(.secondsTotal, seconds), row.record(.accumulatorBits, item.network.maximumAccumulatorBits),
            row.checksum(of: output), row.record(.beyondCalibration, evaluation.saturated),
        ]
        records += item.network.layers.map {
            row.record(.accumulatorBits, Double($0.accumulatorBits), layer: $0.name)
        }
        return (records, images)
    }

    private func protocolRun<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, _ item: PreparedCase, _ agreement: Agreement,
        _ watch: (ExperimentRun.Event) -> Void
    ) throws -> PrivateRun {
        let run = try PrivateRun(
            scheme, agreement: agreement, network: item.network, key: key, images: item.input(),
            threads: item.settings.workers, memory: item.settings.memoryBytes,
            progress: { _, _ in watch(.step(1)) })
        for round in agreement.rounds.indices {
            let entries = run.transcript.entries.filter { $0.round == round }
            func seconds(_ direction: Message.Direction) -> Double {
                entries.filter { $0.direction == direction }.reduce(0) { $0 + $1.seconds }
            }
            watch(
                .message(
                    layer: agreement.rounds[round].name, clientSeconds: seconds(.up), serverSeconds: seconds(.down)))
        }
        return run
    }

    /// The images of a case under the first combination of swept values: those of all would be many.
    private mutating func images(
        _ point: RunPoint, _ item: PreparedCase, _ made: [String: [Image]]
    ) throws -> [CaseImages] {
        guard item.showsImages, point.settings == inputs.points[0].settings else { return [] }
        let patches = item.selection.patches
        var usual = try [
            "normal_dose": patches.map(\.normalDose), "low_dose": item.selection.lowDose,
            "float": floatImages(item),
        ]
        usual["linear_filter"] = try filteredImages(point, item.selection)
        return [
            CaseImages(
                id: .run(item.number), mode: item.settings.mode.rawValue, network: item.weights.name,
                patches: patches.map(\.index), patients: patches.map(\.slice.patient),
                slices: patches.map(\.slice.slice), images: usual.merging(made) { $1 })
        ]
    }

    /// nil where there are no patches to fit the filter to.
    private mutating func filteredImages(_ point: RunPoint, _ selection: PatchSelection) throws -> [Image]? {
        guard point.training.count > 0 else { return nil }
        if let known = filtered[selection.key] { return known }
        let filter = try LinearFilter(fitting: point.training)
        let images = selection.lowDose.map(filter.apply)
        filtered[selection.key] = images
        return images
    }

    private mutating func floatImages(_ item: PreparedCase) throws -> [Image] {
        let key = FloatKey(item)
        if let known = floats[key] { return known }
        let images = try evaluated(item)
        floats[key] = images
        return images
    }

    private func evaluated(_ item: PreparedCase) throws -> [Image] {
        let input = try Tensor(item.selection.lowDose, window: item.trained.window)
        let evaluator = try NetworkEvaluator(
            item.trained.network, weights: item.trained.weights, inputShape: input.shape, threads: item.settings.workers
        )
        return try evaluator.run(input).hounsfieldImages(window: item.trained.window)
    }
}

extension ProtocolSettings {
    /// How the records of encrypted runs tell them: scheme, threads, and how values before a ReLU are disguised.
    fileprivate var recorded: [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [
            ParameterName.scheme: .text(scheme.rawValue), ParameterName.threads: .integer(workers),
        ]
        if order != .interleaved { parameters[ParameterName.order] = .text(order.rawValue) }
        if permutation != .none { parameters[ParameterName.permutation] = .text(permutation.rawValue) }
        return mode.usesMask ? parameters.merging(mask.recorded) { $1 } : parameters
    }
}
