import Denoising
import HDF5
import Imaging
import Paillier
import PrivateDenoising
import Reporting
import Numerics
import Support

/// Measures the cells of an experiment, and keeps what they share: keys, and the images of filter and float network.
struct CellMeasurement {
    private let inputs: RunInputs
    private var keys: [KeySettings: RunKey] = [:]
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
        try RowRecords(cell, .lowDose, network: false).quality(of: item.selection.lowDose, item.selection)
            + RowRecords(cell, .linearFilter, network: false)
            .quality(of: filteredImages(point, item.selection), item.selection)
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
        try warmUp(cell, point, item, watch)
        guard item.settings.scheme != .paper else {
            let key = try key(item.settings).pair.key
            return Measured(
                records: try PaperMeasurement(key: key, threads: point.threads)
                    .records(cell, item, key: key.publicKey, threads: point.threads))
        }
        let common: [String: ParameterValue] = [
            ParameterName.weightBits: .integer(item.network.weightBits),
            ParameterName.activationBits: .integer(item.network.inputBits),
            ParameterName.layout: .text(item.settings.layout.rawValue),
        ]
        var (records, integer) = try integerRow(cell, point, item, common)
        guard let agreement = item.agreement else {
            return Measured(records: records, images: try images(point, item, ["integer": integer]))
        }
        Resources.resetPeakMemory()
        let load = OtherLoad()
        let run = try protocolRun(point, item, agreement, watch)
        let (peakMemory, otherLoad) = (Resources.peakMemory, load?.cores)
        let encrypted = item.network.images(run.output, window: item.trained.window)
        let row = RowRecords(
            cell, .encrypted, mode: true, parameters: try common.merging(encryptionParameters(point, item)) { $1 })
        if item.showsImages { records += row.quality(of: encrypted, item.selection) }
        let isPaillier = item.settings.scheme == .paillier
        records += row.costs(
            of: run, try agreement.layouts, patches: agreement.images.count,
            multiplyAccumulates: try item.multiplyAccumulates(),
            keygenSeconds: isPaillier ? try key(item.settings).seconds : nil, peakMemory: peakMemory,
            otherLoad: otherLoad)
        records += row.layers(of: run.transcript)
        if isPaillier {
            let key = PaillierScheme.publicKey(of: try key(item.settings).pair)
            records += row.predictions(
                try CostPrediction(
                    PaillierScheme.self, agreement: agreement, network: item.network, key: key,
                    memory: item.settings.memoryBytes))
        }
        return Measured(
            records: records, images: try images(point, item, ["integer": integer, "encrypted": encrypted]))
    }

    /// Runs of a case whose times are dropped, before the first one that counts in this process.
    private mutating func warmUp(
        _ cell: Cell, _ point: RunPoint, _ item: PreparedCase, _ watch: (ExperimentRun.Event) -> Void
    ) throws {
        let own = Warmed(caseNumber: item.number, settings: cell.settings)
        guard point.experiment.warmUp > 0, warm.insert(own).inserted, let agreement = item.agreement else { return }
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
        if item.showsImages {
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
        _ point: RunPoint, _ item: PreparedCase, _ agreement: Agreement, _ watch: (ExperimentRun.Event) -> Void
    ) throws -> PrivateRun {
        let input = try item.input()
        func run<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) throws -> PrivateRun {
            let run = try PrivateRun(
                scheme, agreement: agreement, network: item.network, key: key, images: input,
                threads: point.threads, memory: item.settings.memoryBytes, progress: { _, _ in watch(.step) })
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
        case .paillier: return try run(PaillierScheme.self, key(item.settings).pair)
        case .cleartext:
            return try run(
                CleartextScheme.self, CleartextScheme.Key(pretendingKeyBits: item.settings.key.bits))
        case .paper: preconditionFailure("no agreement is made for it")
        }
    }

    /// One key pair per size and randomness, made when a case first needs it.
    private mutating func key(_ settings: ProtocolSettings) throws -> RunKey {
        if let known = keys[settings.key] { return known }
        let key = try RunKey(settings.key)
        keys[settings.key] = key
        return key
    }

    private mutating func encryptionParameters(
        _ point: RunPoint, _ item: PreparedCase
    ) throws -> [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [
            ParameterName.scheme: .text(item.settings.scheme.rawValue), ParameterName.threads: .integer(point.threads),
        ]
        parameters.merge(item.settings.disguise) { $1 }
        guard item.settings.scheme == .paillier else { return parameters }
        let pair = try key(item.settings).pair
        parameters[ParameterName.keyBits] = .integer(pair.key.publicKey.bits)
        parameters[ParameterName.randomness] = .text(PaillierScheme.publicKey(of: pair).randomness.rawValue)
        parameters[ParameterName.clientRandomness] = .text(pair.randomness.rawValue)
        return parameters
    }

    /// The images of a case under the first combination of swept values: those of all would be many.
    private mutating func images(
        _ point: RunPoint, _ item: PreparedCase, _ made: [String: [Image]]
    ) throws -> [CaseImages] {
        guard item.showsImages, point.settings == inputs.points[0].settings else { return [] }
        let patches = item.selection.patches
        let usual = try [
            "normal_dose": patches.map(\.normalDose), "low_dose": item.selection.lowDose,
            "linear_filter": filteredImages(point, item.selection), "float": floatImages(point, item),
        ]
        return [
            CaseImages(
                id: .run(item.number), mode: item.settings.mode.rawValue, network: item.weights.name,
                patches: patches.map(\.index), patients: patches.map(\.slice.patient),
                slices: patches.map(\.slice.slice), images: usual.merging(made) { $1 })
        ]
    }

    private mutating func filteredImages(_ point: RunPoint, _ selection: PatchSelection) throws -> [Image] {
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
        if permutation != .none { parameters[ParameterName.permutation] = .text(permutation.rawValue) }
        guard mode.usesMask else { return parameters }
        parameters[ParameterName.maskBits] = .integer(mask.bits)
        if mask.distribution != MaskOptions().distribution {
            parameters[ParameterName.maskDistribution] = .text(mask.distribution.rawValue)
        }
        if mask.isShared { parameters[ParameterName.maskShared] = .flag(true) }
        return parameters
    }
}
