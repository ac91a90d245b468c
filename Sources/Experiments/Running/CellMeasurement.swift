import Denoising
import HDF5
import Imaging
import Paillier
import PrivateDenoising
import Reporting
import Numerics
import Support
import Transport

/// Measures the cells of an experiment, and keeps what they share: keys, and the images of filter and float network.
struct CellMeasurement {
    private let inputs: RunInputs
    private var keys = RunKeys()
    private var speeds = MachineSpeeds()
    private var attacks: AttackRun
    // All cases of one size measure the same patches.
    private var filtered: [FilteredKey: [Image]] = [:]
    private var floats: [FloatKey: [Image]] = [:]
    private var warm: Set<Warmed> = []

    private struct FilteredKey: Hashable {
        let data: Artifact
        let selection: PatchSelection.Key
    }

    private struct FloatKey: Hashable {
        let data, weights: Artifact
        let selection: PatchSelection.Key

        init(_ point: RunPoint, _ item: PreparedCase) {
            (data, weights, selection) = (point.data, item.weights, item.selection.key)
        }
    }

    private struct Warmed: Hashable {
        let caseNumber: Int
        let settings: [SweepSetting]
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
        case .float(let point, let item): Measured(records: try float(cell, point, item))
        case .run(let point, let item, _): try run(cell, point, item, watch)
        case .attack(let own): try attacks.measure(own, swept: cell.settings)
        }
    }

    private mutating func baselines(_ cell: Cell, _ point: RunPoint, _ item: PreparedCase) throws -> [ResultRecord] {
        let lowDose = RowRecords(cell, .lowDose, network: false).quality(of: item.selection.lowDose, item.selection)
        guard let filtered = try filteredImages(point, item.selection) else { return lowDose }
        return lowDose + RowRecords(cell, .linearFilter, network: false).quality(of: filtered, item.selection)
    }

    private mutating func float(_ cell: Cell, _ point: RunPoint, _ item: PreparedCase) throws -> [ResultRecord] {
        let row = RowRecords(cell, .float)
        let start = ContinuousClock.now
        let images = try evaluated(point, item)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        floats[FloatKey(point, item)] = images
        return row.quality(of: images, item.selection) + [row.record(.secondsTotal, seconds)]
    }

    private mutating func run(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ watch: (ExperimentRun.Event) -> Void
    ) throws -> Measured {
        item.settings.prepareMemory()
        try warmUp(cell, point, item, watch)
        guard item.settings.scheme != .paper else {
            let key = try keys(PaillierScheme.self, item.settings.key).key.key
            return Measured(
                records: try PaperMeasurement(key: key, threads: point.threads)
                    .records(cell, item, key: key.publicKey, threads: point.threads))
        }
        var common: [String: ParameterValue] = [
            ParameterName.weightBits: .integer(item.network.weightBits),
            ParameterName.activationBits: .integer(item.network.inputBits),
            ParameterName.layout: .text(item.settings.layout.rawValue),
        ]
        if let requantisation = item.settings.precision.requantisation {
            common[ParameterName.requantisation] = .text(requantisation.rawValue)
        }
        var (records, integer) = try integerRow(cell, point, item, common)
        guard let agreement = item.agreement, let scheme = item.settings.scheme.measured else {
            return Measured(records: records, images: try images(point, item, ["integer": integer]))
        }
        let (encrypted, made) = try encryptedRow(scheme, cell, point, item, agreement, common, watch)
        records += encrypted
        return Measured(
            records: records, images: try images(point, item, ["integer": integer, "encrypted": made]))
    }

    /// The protocol under a scheme.
    private mutating func encryptedRow<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ agreement: Agreement,
        _ common: [String: ParameterValue], _ watch: (ExperimentRun.Event) -> Void
    ) throws -> (records: [ResultRecord], images: [Image]) {
        let key = try keys.key(scheme, item.settings.key, spentOn: agreement, item.network)
        if let server = point.experiment.server {
            return try servedRow(scheme, key, cell, point, item, agreement, common, over: server.connecting(), watch)
        }
        let speed = point.experiment.predict ? try speeds(scheme, item.settings, key: key.key) : nil
        giveBackSecretMemory()
        Resources.resetPeakMemory()
        let (load, energy) = (OtherLoad(), EnergyCounter())
        let run = try protocolRun(scheme, key.key, point, item, agreement, watch)
        let (peakMemory, otherLoad, joules) = (Resources.peakMemory, load?.cores, energy?.joules)
        let encrypted = item.network.images(run.output, window: item.trained.window)
        let parameters = encryptionParameters(point, item).merging(key.parameters) { $1 }
        let row = RowRecords(cell, .encrypted, mode: true, parameters: common.merging(parameters) { $1 })
        var records = item.showsImages ? row.quality(of: encrypted, item.selection) : []
        let encrypts = Scheme.name.encrypts
        records += row.costs(
            of: run, try agreement.layouts, patches: agreement.images.count,
            multiplyAccumulates: try item.multiplyAccumulates(),
            keygenSeconds: encrypts ? key.seconds : nil, peakMemory: peakMemory, otherLoad: otherLoad,
            joules: joules)
        records += row.layers(of: run.transcript)
        if encrypts {
            let prediction = try CostPrediction(
                scheme, agreement: agreement, network: item.network, key: Scheme.publicKey(of: key.key),
                memory: item.settings.memoryBytes)
            records += row.predictions(prediction)
            if let seconds = speed?.seconds(prediction, mask: agreement.mask, keyBits: item.settings.key.bits) {
                records.append(row.record(.secondsPredicted, seconds))
            }
        }
        return (records, encrypted)
    }

    /// The protocol against a server elsewhere.
    private func servedRow<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ key: RunKeys.Made<Scheme.PrivateKey>, _ cell: Cell, _ point: RunPoint,
        _ item: PreparedCase, _ agreement: Agreement, _ common: [String: ParameterValue],
        over connect: @escaping @Sendable () throws -> Connection, _ watch: (ExperimentRun.Event) -> Void
    ) throws -> (records: [ResultRecord], images: [Image]) {
        let run = try ServedRun(scheme, key.key, item, threads: point.threads, over: connect) { watch(.step(1)) }
        var parameters = encryptionParameters(point, item).merging(key.parameters) { $1 }
        parameters[ParameterName.server] = "elsewhere"
        let row = RowRecords(cell, .encrypted, mode: true, parameters: common.merging(parameters) { $1 })
        let images = item.network.images(run.output, window: item.trained.window)
        let quality = item.showsImages ? row.quality(of: images, item.selection) : []
        let costs = row.costs(
            of: run, patches: agreement.images.count, keygenSeconds: Scheme.name.encrypts ? key.seconds : nil)
        return (quality + costs, images)
    }

    /// Runs of a case whose times are dropped, before the first one that counts in this process.
    private mutating func warmUp(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ watch: (ExperimentRun.Event) -> Void
    ) throws {
        let own = Warmed(caseNumber: item.number, settings: cell.settings)
        guard point.experiment.warmUp > 0, warm.insert(own).inserted, let agreement = item.agreement,
            let scheme = item.settings.scheme.measured
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
            _ = try ServedRun(scheme, key, item, threads: point.threads, over: server.connecting()) {}
            return
        }
        _ = try protocolRun(scheme, key, point, item, agreement) { _ in }
    }

    /// The integer network in the clear, beside the float network's images.
    private mutating func integerRow(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ common: [String: ParameterValue]
    ) throws -> (records: [ResultRecord], images: [Image]) {
        let row = RowRecords(cell, .integer, mode: true, parameters: common)
        let input = try item.input()
        let start = ContinuousClock.now
        var evaluation = try IntegerEvaluation(item.network, input: input)
        for _ in item.network.layers { _ = try evaluation.step(threads: point.threads) }
        let output = evaluation.activation ?? input
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let images = item.network.images(output, window: item.trained.window)
        var records: [ResultRecord] = []
        if item.showsImages {
            records += row.quality(of: images, item.selection)
            records += try row.distance(of: images, from: floatImages(point, item), item.selection)
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
        _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, _ point: RunPoint, _ item: PreparedCase,
        _ agreement: Agreement,
        _ watch: (ExperimentRun.Event) -> Void
    ) throws -> PrivateRun {
        let run = try PrivateRun(
            scheme, agreement: agreement, network: item.network, key: key, images: item.input(),
            threads: point.threads, memory: item.settings.memoryBytes,
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

    private func encryptionParameters(_ point: RunPoint, _ item: PreparedCase) -> [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [
            ParameterName.scheme: .text(item.settings.scheme.rawValue), ParameterName.threads: .integer(point.threads),
        ]
        parameters.merge(item.settings.disguise) { $1 }
        return parameters
    }

    /// The images of a case under the first combination of swept values: those of all would be many.
    private mutating func images(
        _ point: RunPoint, _ item: PreparedCase, _ made: [String: [Image]]
    ) throws -> [CaseImages] {
        guard item.showsImages, point.settings == inputs.points[0].settings else { return [] }
        let patches = item.selection.patches
        var usual = try [
            "normal_dose": patches.map(\.normalDose), "low_dose": item.selection.lowDose,
            "float": floatImages(point, item),
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
        let key = FilteredKey(data: point.data, selection: selection.key)
        if let known = filtered[key] { return known }
        let filter = try LinearFilter(fitting: point.training)
        let images = selection.lowDose.map(filter.apply)
        filtered[key] = images
        return images
    }

    private mutating func floatImages(_ point: RunPoint, _ item: PreparedCase) throws -> [Image] {
        let key = FloatKey(point, item)
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

extension ProtocolSettings {
    /// How values before a ReLU are disguised; what is as usual goes without saying, but for a mask's width.
    fileprivate var disguise: [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [:]
        if order != .interleaved { parameters[ParameterName.order] = .text(order.rawValue) }
        if permutation != .none { parameters[ParameterName.permutation] = .text(permutation.rawValue) }
        guard mode.usesMask else { return parameters }
        for setting in MaskSetting.allCases { parameters[setting.rawValue] = setting.recorded(of: mask) }
        return parameters
    }
}
