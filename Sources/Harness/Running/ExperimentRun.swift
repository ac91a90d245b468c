import Denoising
import HDF5
import Imaging
import Paillier
import PrivateDenoising
import Reporting
import WideIntegers

/// A run of an experiment: measures what its result folder does not hold yet, cell by cell.
package struct ExperimentRun {
    package let files: ResultFiles
    private let inputs: RunInputs
    private let folder: ResultFolder
    private let cells: [Cell]
    private var images: [CaseImages]
    private var key: RunKey?
    private var attacks: AttackRun
    // By size: all cases of one size measure the same patches.
    private var filtered: [Int: [Image]] = [:]
    private var floats: [FloatKey: [Image]] = [:]

    private struct FloatKey: Hashable {
        let network: Artifact
        let size: Int
    }

    /// Reads and checks everything and opens the result folder.
    /// - Parameters:
    ///   - experiment: The experiment file.
    ///   - results: The folder of all results.
    ///   - restart: Discards what the result folder holds.
    ///   - transcripts: Folder for the transcripts of attacks; nil writes none.
    /// - Throws: `ConfigurationError`, `ResultsError`, `PaillierError.kernelUnavailable`, `ReportingError`.
    package init(experiment: String, results: String, restart: Bool, transcripts: String? = nil) throws {
        inputs = try RunInputs(ConfigurationFile(path: experiment))
        let environment = RunEnvironment.current(
            kernel: try KernelPath.selected().rawValue,
            libraries: [
                "gmp": BigInteger.libraryVersion, "hdf5": HDF5File.libraryVersion,
                "onednn": NetworkEvaluator.libraryVersion,
            ])
        let all = Cell.all(of: inputs)
        var weights: [Artifact] = []
        let networks = inputs.cases.map(\.weights) + inputs.attacks.compactMap(\.target?.weights)
        for network in networks where !weights.contains(network) { weights.append(network) }
        attacks = AttackRun(inputs, transcripts: transcripts)
        let folder = try ResultFolder(
            root: results, experiment: inputs.experiment, dataset: inputs.data, weights: weights,
            environment: environment, cells: all.map(\.name), restart: restart)
        self.folder = folder
        files = folder.files
        cells = all.filter { folder.remaining.contains($0.name) }
        // Unreadable images are made again as far as this run makes any.
        images = (try? CaseImages.all(in: folder.files.images)) ?? []
    }

    /// Rounds of the protocol that are left, for progress.
    package var rounds: Int { cells.reduce(0) { $0 + $1.rounds } }

    /// Measures the cells that are left.
    /// - Parameters:
    ///   - onRound: Called after every round.
    ///   - onCell: Called with the name of every finished cell.
    package mutating func run(onRound: () -> Void = {}, onCell: (String) -> Void = { _ in }) throws -> Outcome {
        for cell in cells {
            let records =
                switch cell {
                case .baselines(let selection): try baselines(selection)
                case .float(let item): try float(item)
                case .protocolRun(let item, let trial): try protocolRun(item, trial: trial, onRound: onRound)
                case .attack(let cell): try attack(cell, onRound: onRound)
                }
            try Interruption.whileWriting { try folder.finish(cell: cell.name, records) }
            onCell(cell.name)
        }
        return try Outcome(files)
    }

    private mutating func baselines(_ selection: PatchSelection) throws -> [ResultRecord] {
        try RowRecords(inputs, .lowDose, selection: selection).quality(of: selection.lowDose, selection)
            + RowRecords(inputs, .linearFilter, selection: selection)
            .quality(of: filteredImages(selection), selection)
    }

    private mutating func float(_ item: PreparedCase) throws -> [ResultRecord] {
        let row = RowRecords(inputs, .float, selection: item.selection, of: item)
        let start = ContinuousClock.now
        let images = try floatImages(item)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return row.quality(of: images, item.selection) + [row.record(.secondsTotal, seconds)]
    }

    private mutating func protocolRun(
        _ item: PreparedCase, trial: Int, onRound: () -> Void
    ) throws -> [ResultRecord] {
        let common: [String: ParameterValue] = [
            ParameterName.weightBits: .integer(item.network.weightBits),
            ParameterName.activationBits: .integer(item.network.inputBits),
            ParameterName.layout: .text(item.settings.layout.rawValue),
        ]
        let start = ContinuousClock.now
        let trace = try item.network.evaluate(item.input, threads: inputs.threads)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let integer = item.network.images(trace.output, window: item.trained.window)
        let integerRow = RowRecords(
            inputs, .integer, selection: item.selection, of: item, mode: true, trial: trial, parameters: common)
        var records = integerRow.quality(of: integer, item.selection)
        records += try integerRow.distance(of: integer, from: floatImages(item), item.selection)
        records += [
            integerRow.record(.secondsTotal, seconds),
            integerRow.record(.accumulatorBits, item.network.maximumAccumulatorBits),
        ]
        records += item.network.layers.map {
            integerRow.record(.accumulatorBits, Double($0.accumulatorBits), layer: $0.name)
        }

        let run = try encryptedRun(item, onRound: onRound)
        let encrypted = item.network.images(run.output, window: item.trained.window)
        let encryptedRow = RowRecords(
            inputs, .encrypted, selection: item.selection, of: item, mode: true, trial: trial,
            parameters: common.merging(encryptionParameters(item)) { $1 })
        records += encryptedRow.quality(of: encrypted, item.selection)
        records += encryptedRow.costs(
            of: run, item.agreement, keygenSeconds: item.settings.scheme == .paillier ? key?.seconds : nil)
        records += encryptedRow.layers(of: run.transcript)
        try store(item, integer: integer, encrypted: encrypted)
        return records
    }

    private mutating func attack(_ cell: AttackCell, onRound: () -> Void) throws -> [ResultRecord] {
        defer { onRound() }
        let records = try attacks.records(cell)
        let pictures = attacks.pictures.filter { $0.number / 100 == cell.attack.number }
        if !pictures.isEmpty {
            images = images.filter { image in !pictures.contains { $0.number == image.number } } + pictures
            try Interruption.whileWriting { try CaseImages.write(images, to: files.images) }
        }
        return records
    }

    private mutating func encryptedRun(
        _ item: PreparedCase, onRound: () -> Void
    ) throws -> PrivateRun {
        func run<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) throws -> PrivateRun {
            try PrivateRun(
                scheme, agreement: item.agreement, network: item.network, key: key, images: item.input,
                threads: inputs.threads, memory: inputs.experiment.memory << 20,
                progress: { _, _ in onRound() })
        }
        switch item.settings.scheme {
        case .cleartext:
            // The packing is that of a real key.
            return try run(
                CleartextScheme.self, CleartextScheme.Key(plaintextBits: inputs.experiment.key.bits - 1))
        case .paillier:
            let key = try self.key ?? RunKey(inputs.experiment.key)
            self.key = key
            return try run(PaillierScheme.self, key.pair)
        }
    }

    private func encryptionParameters(_ item: PreparedCase) -> [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [ParameterName.scheme: .text(item.settings.scheme.rawValue)]
        if let maskBits = item.settings.maskBits { parameters[ParameterName.maskBits] = .integer(maskBits) }
        if item.settings.scheme == .paillier, let pair = key?.pair {
            parameters[ParameterName.keyBits] = .integer(pair.key.publicKey.bits)
            parameters[ParameterName.randomness] = .text(PaillierScheme.publicKey(of: pair).randomness.rawValue)
            parameters[ParameterName.clientRandomness] = .text(pair.randomness.rawValue)
        }
        return parameters
    }

    private mutating func store(_ item: PreparedCase, integer: [Image], encrypted: [Image]) throws {
        let patches = item.selection.patches
        let stored = CaseImages(
            number: item.number, mode: item.settings.mode.rawValue, network: item.weights.name,
            patches: patches.map(\.index), patients: patches.map(\.slice.patient), slices: patches.map(\.slice.slice),
            images: try [
                "normal_dose": patches.map(\.normalDose), "low_dose": item.selection.lowDose,
                "linear_filter": filteredImages(item.selection), "float": floatImages(item), "integer": integer,
                "encrypted": encrypted,
            ])
        images = images.filter { $0.number != stored.number } + [stored]
        try Interruption.whileWriting { try CaseImages.write(images, to: files.images) }
    }

    private mutating func filteredImages(_ selection: PatchSelection) throws -> [Image] {
        if let known = filtered[selection.size] { return known }
        let filter = try LinearFilter(fitting: inputs.training)
        let images = selection.lowDose.map(filter.apply)
        filtered[selection.size] = images
        return images
    }

    private mutating func floatImages(_ item: PreparedCase) throws -> [Image] {
        let key = FloatKey(network: item.weights, size: item.selection.size)
        if let known = floats[key] { return known }
        let input = try Tensor(item.selection.lowDose, window: item.trained.window)
        let evaluator = try NetworkEvaluator(
            item.trained.network, weights: item.trained.weights, inputShape: input.shape, threads: inputs.threads)
        let images = try evaluator.run(input).hounsfieldImages(window: item.trained.window)
        floats[key] = images
        return images
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
