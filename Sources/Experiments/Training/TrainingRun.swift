package import Denoising
import Foundation
package import Imaging
import Support

/// Trains the network of a configuration, epoch by epoch, resuming from its checkpoint; the epoch that denoises the
/// validation split best is kept.
///
/// With a quantisation it is the rounded network that is measured on the validation split, as it is what will be run. What is written
/// are the float weights that were rounded in training, and the limits: the integer network of these widths rounds them to the same.
package struct TrainingRun {
    package let configuration: TrainingConfiguration
    private let dataset: PatchDataset
    private let identity: String
    private let dataChecksum: String
    private let threads: Int?
    private let checkpoints: String
    private var checkpointPath: String { "\(checkpoints)/\(configuration.id).h5" }
    private let force: Bool
    /// What the weights start from; nil where they are drawn.
    private let start: TrainedNetwork?
    /// The learning curve's CSV file.
    package let curvePath: String

    /// - Parameters:
    ///   - threads: OpenMP threads; nil leaves what `OMP_NUM_THREADS` or the machine says. The last bits of the weights
    ///     depend on their number.
    ///   - checkpoints: the folder for `<id>.h5`, made before the first epoch.
    ///   - inputs: other files that the weights must not replace, the configuration's own.
    ///   - force: replaces weights of another configuration, and starts anew where the checkpoint is another's.
    /// - Throws: `TrainingError`, `FileError`, or the patch file's errors.
    package init(
        _ configuration: TrainingConfiguration, threads: Int? = nil, checkpoints: String = "Checkpoints",
        inputs: [String] = [], force: Bool = false
    ) throws {
        self.checkpoints = checkpoints
        curvePath = LearningCurve.path(besides: configuration.output)
        self.configuration = configuration
        self.threads = threads
        let sources = [configuration.data] + (configuration.start.map { [$0] } ?? [])
        try Self.requireOutputs(configuration, curve: curvePath, inputs: inputs + sources, force: force)
        self.force = force
        start = try Self.start(of: configuration)
        dataset = try PatchDataset(reading: configuration.data)
        dataChecksum = try PatchDataset.checksum(of: configuration.data)
        identity =
            "configuration \(configuration.digest), data \(dataChecksum)"
            + (try start.map { ", start \(try $0.contentDigest())" } ?? "")
        let isFirst = !FileManager.default.fileExists(atPath: configuration.output)
        if !force, isFirst, FileManager.default.fileExists(atPath: curvePath), try checkpoint() == nil {
            throw FileError.refused(
                file: curvePath, reason: "is the learning curve of another training",
                expected: "another 'output', or --force to replace it")
        }
        for split in Split.allCases where dataset[split].count == 0 {
            throw TrainingError.emptySplit(path: configuration.data, split: split.rawValue)
        }
        let patches = dataset.train
        try configuration.network.requireImagesOfOneSize(height: patches.height, width: patches.width)
    }

    /// - Throws: `DenoisingError` for another architecture, `FileError.refused` for another window than the patches are mapped by.
    private static func start(of configuration: TrainingConfiguration) throws -> TrainedNetwork? {
        guard let path = configuration.start else { return nil }
        let start = try TrainedNetwork(reading: path, expecting: configuration.network)
        let window = HounsfieldWindow.standard
        guard start.window == window else {
            throw FileError.refused(
                file: path, reason: "was trained on HU from \(start.window.low) to \(start.window.high)",
                expected: "weights of the window \(window.low)...\(window.high)")
        }
        return start
    }

    /// Weights that this very configuration trained may be trained again; a copied one that still names their file may not.
    private static func requireOutputs(
        _ configuration: TrainingConfiguration, curve: String, inputs: [String], force: Bool
    ) throws {
        let (output, digest) = (configuration.output, configuration.digest)
        try OutputPath.requireDifferent(output, curve)
        let old = try? TrainedNetwork(reading: output)
        if let old, old.trainingConfiguration != digest, !force {
            throw TrainingError.otherWeights(path: output)
        }
        try OutputPath.require(output, .weights, inputs: inputs, force: true)
        try OutputPath.require(curve, .learningCurve, inputs: inputs, force: true)
    }

    /// The state that an interrupted run left, if there is one of this run.
    private func checkpoint() throws -> TrainingCheckpoint? {
        do {
            return try TrainingCheckpoint(reading: checkpointPath, identity: identity)
        } catch TrainingError.foreignCheckpoint where force {
            return nil
        }
    }

    /// One line of the learning curve.
    package struct Epoch: Sendable, Equatable {
        package let number: Int
        /// Mean squared error of the normalised training batches, each before its update.
        package let loss: Double
        package let validation: MeanQuality
    }

    package struct Outcome: Sendable {
        package let trained: TrainedNetwork
        package let bestEpoch: Int
        /// PSNR, SSIM and RMSE of each row on each split, mean over patches.
        package let quality: [(row: String, split: Split, mean: MeanQuality)]
        /// Why there is no calibration of a network that should have one.
        package let calibrationFault: DenoisingError?
    }

    /// Epochs that an interrupted run has finished.
    package func epochsDone() throws -> Int {
        try checkpoint()?.state.completedEpochs ?? 0
    }

    /// Runs what is left of the training, then calibrates, measures and writes the weights file, the learning curve beside
    /// it. Every epoch is on disk before `onEpoch` hears of it, so that what `onEpoch` throws interrupts the run without loss.
    package func run(onEpoch: (Epoch) throws -> Void = { _ in }) throws -> Outcome {
        var checkpoint = try self.checkpoint()
        let quantisation = try self.quantisation(checkpoint?.calibration)
        let trainer = try Trainer(
            configuration.network, settings: configuration.settings,
            weights: firstWeights(quantisation),
            quantisation: quantisation, threads: threads)
        if let checkpoint { try trainer.resume(from: checkpoint.state) }
        try ResultFolder.create(checkpoints)
        let pairs = try TrainingPairs(dataset.train)
        while trainer.epochsDone < configuration.settings.epochs {
            let loss = try trainer.trainEpoch(pairs)
            let validation = try quality(of: trainer.weights(), quantisation, on: .validation)
            let state = trainer.state
            var best = TrainingCheckpoint.Best(
                epoch: state.completedEpochs, psnr: validation.psnr, parameters: state.parameters)
            if let earlier = checkpoint?.best, earlier.psnr >= validation.psnr { best = earlier }
            let epoch = Epoch(number: state.completedEpochs, loss: loss, validation: validation)
            let next = TrainingCheckpoint(
                identity: identity, state: state, best: best, curve: (checkpoint?.curve ?? []) + [epoch],
                calibration: quantisation?.calibration)
            try Interruption.whileWriting {
                try next.write(to: checkpointPath)
                try LearningCurve.write(next.curve, to: curvePath)
            }
            checkpoint = next
            try onEpoch(epoch)
        }
        guard let checkpoint else { preconditionFailure("at least one epoch") }
        // Once more, if the run was killed between the two writes, or the file is gone.
        try LearningCurve.write(checkpoint.curve, to: curvePath)
        let best = checkpoint.best
        return try finish(
            trainer.weights(ofParameters: best.parameters), quantisation, bestEpoch: best.epoch)
    }

    private func firstWeights(_ quantisation: FakeQuantisation?) throws -> Weights {
        guard let start else { return try configuration.network.initialWeights(seed: configuration.settings.seed) }
        return try quantisation?.clipped(start.weights) ?? start.weights
    }

    private func finish(_ weights: Weights, _ quantisation: FakeQuantisation?, bestEpoch: Int) throws -> Outcome {
        var (calibration, fault): (Calibration?, DenoisingError?) = (quantisation?.calibration, nil)
        do {
            // Limits that were trained with stay: others would round otherwise.
            if calibration == nil { calibration = try self.calibration(weights) }
        } catch let error as DenoisingError {
            guard case .invalidCalibration = error else { throw error }
            // What took hours to train is written all the same.
            fault = error
        }
        let trained = TrainedNetwork(
            network: configuration.network, weights: weights, calibration: calibration,
            seed: configuration.settings.seed, trainingConfiguration: configuration.digest,
            provenance: try provenance(),
            trainingImages: TrainingImages(dataset.record))
        try trained.write(to: configuration.output)
        let filter = try LinearFilter(fitting: dataset.train)
        var quality: [(row: String, split: Split, mean: MeanQuality)] = []
        for split in [Split.validation, .test] {
            let set = dataset[split]
            let lowDose = (0..<set.count).map { set.lowDose($0) }
            quality.append(("low_dose", split, MeanQuality(of: lowDose, against: set)))
            quality.append(("linear_filter", split, MeanQuality(of: lowDose.map(filter.apply), against: set)))
            quality.append(("float", split, try self.quality(of: weights, nil, on: split)))
            guard let quantisation else { continue }
            quality.append(("quantised", split, try self.quality(of: weights, quantisation, on: split)))
        }
        return Outcome(trained: trained, bestEpoch: bestEpoch, quality: quality, calibrationFault: fault)
    }

    /// What is trained for. - Parameter known: the limits of an interrupted run; otherwise those of the network at the start.
    private func quantisation(_ known: Calibration?) throws -> FakeQuantisation? {
        guard let precision = configuration.quantisation, let start else { return nil }
        guard let calibration = try known ?? self.calibration(start.weights) else { return nil }
        return try FakeQuantisation(
            configuration.network, calibration: calibration, weightBits: precision.weights,
            activationBits: precision.activations)
    }

    /// Where the weights come from: command, start, what they were trained for, data.
    private func provenance() throws -> String {
        var words = "ldct train \(configuration.id)"
        if let path = configuration.start, let start {
            words += " from \(path.split(separator: "/").last ?? "") (content \(try start.contentDigest().prefix(8)))"
        }
        if let precision = configuration.quantisation { words += " for \(precision)" }
        return "\(words): \(dataset.record.source)"
    }

    private func calibration(_ weights: Weights) throws -> Calibration? {
        guard configuration.network.layers.dropLast().allSatisfy(\.relu) else { return nil }
        return try Calibration.measure(
            configuration.network, weights: weights, images: TrainingPairs(dataset.train).inputs,
            percentile: configuration.calibrationPercentile, margin: configuration.calibrationMargin,
            data: dataChecksum, threads: threads)
    }

    private func quality(
        of weights: Weights, _ quantisation: FakeQuantisation?, on split: Split
    ) throws -> MeanQuality {
        let set = dataset[split]
        let inputs = try TrainingPairs(set).inputs
        // Image by image: the activations of a whole split of a wide network would take gigabytes.
        let evaluator = try NetworkEvaluator(
            configuration.network, weights: weights, inputShape: inputs.shape.with(count: 1),
            quantisation: quantisation, threads: threads)
        var images: [Image] = []
        for index in 0..<set.count { images += try evaluator.run(inputs.images([index])).hounsfieldImages() }
        return MeanQuality(of: images, against: set)
    }
}

/// Means over the patches of a set.
package struct MeanQuality: Sendable, Equatable {
    package let psnr: Double
    package let ssim: Double
    package let rmseHU: Double
}

extension MeanQuality {
    /// - Precondition: as many images as the set has patches, at least one.
    init(of images: [Image], against set: PatchSet) {
        precondition(images.count == set.count && set.count > 0)
        let all = images.indices.map {
            ImageQuality(of: set.extents[$0].cut(images[$0]), against: set.extents[$0].cut(set.normalDose($0)))
        }
        let count = Double(all.count)
        // A patch that equals its label has no PSNR; where none has one, all are perfect.
        let finite = all.map(\.psnr).filter(\.isFinite)
        psnr = finite.isEmpty ? .infinity : finite.reduce(0, +) / Double(finite.count)
        ssim = all.reduce(0) { $0 + $1.ssim } / count
        rmseHU = all.reduce(0) { $0 + $1.rmseHU } / count
    }
}
