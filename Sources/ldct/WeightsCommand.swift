// Public because public types of Denoising get a conformance below.
public import ArgumentParser
public import Denoising
import Foundation
import Experiments
import Imaging
import Support

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Look at, convert and calibrate weights files.",
        discussion: """
            Examples:
              ldct weights inspect Experiments/weights/3-relu.h5
              ldct weights convert Experiments/weights/3-relu.h5 3-relu.safetensors
              ldct weights compare Experiments/weights/3-relu.h5 --data Data/head.h5 --weight-bits 8,10,12
              ldct weights round Experiments/weights/3-relu.h5 --data Data/head.h5 --weight-bits 8 --output 3-relu-w8.h5
            """,
        subcommands: [
            WeightsInspect.self, WeightsConvert.self, WeightsCalibrate.self, WeightsRound.self, WeightsCompare.self,
        ])
}

struct WeightsInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Verify a weights file and tell what is in it.")

    @Argument(help: "The weights file, .h5 or .safetensors.")
    var file: String

    @OptionGroup var precision: PrecisionOptions

    func validate() throws {
        try GivenOptions.require("--weight-bits", precision.weightBits, in: Precision.range)
        try GivenOptions.require("--activation-bits", precision.activationBits, in: Precision.range)
    }

    func run() throws {
        let trained = try TrainedNetwork(reading: file)
        try print("\(file): \(trained.weights.parameterCount) parameters")
        for layer in trained.network.layers {
            let sizes = layer.weightShape.map { "\($0)" }.joined(separator: "x")
            let skip = layer.skip.map { " + activation \($0)" } ?? ""
            try print(
                "  \(layer.name)  \(layer.kind.rawValue) \(sizes) padding \(layer.padding)\(skip)\(layer.relu ? " relu" : "")"
            )
        }
        try print("  window                 \(trained.window.low)...\(trained.window.high) HU")
        try print("  seed                   \(trained.seed.map { "\($0)" } ?? "unknown")")
        try print("  training configuration \(trained.trainingConfiguration ?? "unknown")")
        try print("  provenance             \(trained.provenance)")
        try print("  trained on             \(trained.trainingImages.map(Self.words) ?? "images of unknown spacing")")
        try print("  content SHA-256        \(try trained.contentDigest())")
        if let calibration = trained.calibration {
            let limits = calibration.activationLimits.map { String(format: "%.4f", $0) }.joined(separator: ", ")
            try print("  calibration            \(limits) (\(calibration.rule), \(calibration.images) images)")
            try describe(trained.integers(for: .requantised, precision: precision.precision), "requantised")
            try describeShifts(trained.integers(for: .powerOfTwo, precision: precision.precision))
        } else {
            try print("  calibration            none")
        }
        try describe(trained.integers(for: .growingScale, precision: precision.precision), "growing scale")
    }

    private static func words(_ images: TrainingImages) -> String {
        let spacing = images.pixelSpacing.map { String(format: "%g", $0) }.joined(separator: " x ")
        return "\(images.bodyRegion ?? "images"), \(spacing) mm (slices, rows, columns)"
    }

    /// What a protocol on shares needs to know of the layers.
    private func describeShifts(_ network: IntegerNetwork) throws {
        try describe(network, "power of two")
        try print(
            "  shift per layer        \(network.layers.map { "\($0.shift)" }.joined(separator: ", ")) (power of two)")
        try print(
            "  bits per share         \(network.layers.map { "\($0.shareBits)" }.joined(separator: ", ")) (power of two)"
        )
    }

    private func describe(_ network: IntegerNetwork, _ name: String) throws {
        let bits = network.layers.map { "\($0.accumulatorBits)" }.joined(separator: ", ")
        try print(
            "  bits per accumulator   \(bits) (\(name), \(precision.precision), sign included)"
        )
    }
}

/// What a file that PyTorch wrote does not say.
struct StateDictOptions: ParsableArguments {
    @Option(help: "3, 6, 10 or 14 layers; otherwise names tell, and shared layers are taken for those of 10.")
    var depth: Int?

    @Option(help: "Channels of the inner activations, to be sure of them.")
    var channels: Int?

    @Option(help: "Side of every kernel, to be sure of it, with --depth and --channels.")
    var kernel = 5

    @Option(help: "Which layers end in a ReLU; all without it.")
    var relu: ReLUPlacement?

    @Option(
        help: """
            How the decoder brings the image back to its size: same (padded convolutions), valid (transposed, nothing padded), \
            transposed-same (transposed, everything padded). Shapes tell the first from the others, and valid is assumed.
            """)
    var decoder: DecoderKind?

    @Option(name: .customLong("map"), help: "A layer by another name, THEIRS=conv1. May be repeated.")
    var maps: [String] = []

    @Option(help: "Trained on (HU + offset - mean) / deviation: the mean.")
    var mean: Double?

    @Option(help: "Trained on (HU + offset - mean) / deviation: the deviation.")
    var deviation: Double?

    @Option(help: "Trained on (HU + offset - minimum) / (maximum - minimum): the minimum.")
    var minimum: Double?

    @Option(help: "Trained on (HU + offset - minimum) / (maximum - minimum): the maximum.")
    var maximum: Double?

    @Option(help: "What was added to HU before that, 1024 where values were stored from 0.")
    var offset: Double?

    func validate() throws {
        guard channels == nil || depth != nil else { throw ValidationError("--channels goes with --depth.") }
        if channels == nil { try GivenOptions.refuse("--kernel", because: "goes with --depth and --channels") }
        guard (mean == nil) == (deviation == nil), (minimum == nil) == (maximum == nil), mean == nil || minimum == nil,
            offset == nil || mean != nil || minimum != nil
        else {
            throw ValidationError(
                "--mean goes with --deviation, --minimum with --maximum, --offset with one pair of them.")
        }
    }

    var options: StateDict.Options {
        get throws {
            var options = StateDict.Options()
            options.depth = depth
            options.relu = relu
            options.decoder = decoder
            options.renaming = try maps.map { map in
                let parts = map.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
                    throw ValidationError("--map is '\(map)'; expected THEIRS=OURS, as conv_first=conv1.")
                }
                return (parts[0], parts[1])
            }
            if let mean, let deviation {
                options.mapping = try InputMapping(mean: mean, deviation: deviation, offset: offset ?? 0)
            } else if let minimum, let maximum {
                options.mapping = try InputMapping(minimum: minimum, maximum: maximum, offset: offset ?? 0)
            }
            return options
        }
    }

    /// The network that depth and channels name, where both are given.
    func expected() throws -> Network? {
        guard let depth, let channels else { return nil }
        return try Network.redCNN(
            depth: depth, channels: channels, kernel: kernel, relu: relu ?? .all, decoder: decoder ?? .same)
    }
}

struct WeightsConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert between HDF5 and safetensors, and import RED-CNNs that PyTorch trained.",
        discussion: """
            The output's name ends in .h5 or .safetensors. A file that PyTorch wrote tells names and shapes only; what else a network needs \
            is assumed and printed, unless it is said. Names of wrappers (module.) are left off, and those of well-known RED-CNNs \
            understood; --map takes others. Experiments/pytorch-export.py makes safetensors of a checkpoint.

            Examples:
              ldct weights convert net.safetensors net.h5 --relu all-but-last --mean 481.454 --deviation 502.185 --offset 1024
              ldct weights convert net.safetensors net.h5 --map head=conv1 --map tail=tconv5
            """)

    @Argument(help: "The file to read.")
    var input: String

    @Argument(help: "The file to write.")
    var output: String

    @OptionGroup var dict: StateDictOptions

    @OptionGroup var replacing: ForceOptions

    func run() throws {
        try OutputPath.require(output, .weights, inputs: [input], force: replacing.force)
        let (trained, notes) = try TrainedNetwork.importing(input, dict.options, expecting: dict.expected())
        try trained.write(to: output)
        try print("\(output): \(try trained.contentDigest())")
        for note in notes { try print("  \(note)") }
    }
}

struct WeightsCalibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Measure every activation's range on a training split, and store it with the weights.",
        discussion: """
            Example:
              ldct weights calibrate net.h5 --data Data/head.h5 --output net-calibrated.h5
            """)

    @Argument(help: "The weights file.")
    var file: String

    @Option(help: "The patch file.")
    var data: String

    @Option(help: "Take this percentile of each activation instead of its maximum.")
    var percentile: Double?

    @Option(help: "Room above the largest activation seen.")
    var margin = 1.25

    @Option(help: "The file to write; without it, and with --force, the weights file itself.")
    var output: String?

    @Flag(help: "Show no progress.")
    var quiet = false

    @OptionGroup var replacing: ForceOptions

    func run() throws {
        let target = output ?? file
        let inputs = [data] + (output == nil ? [] : [file])
        try OutputPath.require(target, .weights, inputs: inputs, force: replacing.force)
        var trained = try TrainedNetwork(reading: file)
        let patches = try PatchDataset(reading: data).train
        let progress = ProgressLine(
            "calibrating", total: patches.count * (percentile == nil ? 1 : 2), unit: "images", isQuiet: quiet)
        trained.calibration = try Calibration.measure(
            trained.network, weights: trained.weights,
            images: TrainingPairs(patches, window: trained.window).inputs, percentile: percentile, margin: margin,
            data: PatchDataset.checksum(of: data)
        ) { progress.advance() }
        progress.finish()
        try trained.write(to: target)
        try print("\(target): \(try trained.contentDigest())")
    }
}

struct WeightsRound: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "round",
        abstract: "Choose weights for few bits by what the layers give on training patches.",
        discussion: """
            Writes float weights that lie on the grid of the integer network of these bits: a run with the same bits finds exactly \
            these integers. Needs a calibration. Compare before and after with ldct weights compare.
            """)

    @Argument(help: "The weights file.")
    var file: String

    @Option(help: "The patch file, whose training split is used.")
    var data: String

    @Option(help: "The file to write.")
    var output: String

    @Option(help: "Bits of the weights.")
    var weightBits = 8

    @Option(help: "Bits of the activations.")
    var activationBits = Precision.usual.activations

    @Option(help: "nearest corrects the bias alone; compensated lets every weight make up for the ones before it.")
    var method: RoundingMethod = .compensated

    @Option(help: "Training patches to look at.")
    var patches = 32

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard patches > 0 else { throw ValidationError("--patches is \(patches); expected at least 1.") }
        try GivenOptions.require("--weight-bits", weightBits, in: Precision.range)
        try GivenOptions.require("--activation-bits", activationBits, in: Precision.range)
    }

    @OptionGroup var replacing: ForceOptions

    func run() throws {
        try OutputPath.require(output, .weights, inputs: [file, data], force: replacing.force)
        var trained = try TrainedNetwork(reading: file)
        let inputs = try TrainingPairs(PatchDataset(reading: data).train, window: trained.window).inputs
        let count = min(patches, inputs.shape.count)
        let images = inputs.images((0..<count).map { $0 * inputs.shape.count / count })
        let rounding = try WeightRounding(
            trained.network, calibration: trained.calibration, weightBits: weightBits, activationBits: activationBits,
            method: method)
        let progress = ProgressLine("rounding", total: trained.network.layers.count, unit: "layers", isQuiet: quiet)
        trained.weights = try rounding(trained.weights, images: images) { progress.advance() }
        progress.finish()
        trained.provenance += "; rounded to w\(weightBits)/a\(activationBits) (\(method.rawValue), \(count) patches)"
        try trained.write(to: output)
        try print("\(output): \(try trained.contentDigest())")
    }
}

struct WeightsCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "How far the integer networks are from the float network, by precision.",
        discussion: """
            Example:
              ldct weights compare Experiments/weights/3-relu.h5 --data Data/head.h5 --weight-bits 8,10
            """)

    @Argument(help: "The weights file.")
    var file: String

    @Option(help: "The patch file.")
    var data: String

    @Option(help: "The split to measure on: \(Split.allCases.map(\.rawValue).joined(separator: ", ")).")
    var split: Split = .test

    @Option(help: "Bits of weights, with commas between them.")
    var weightBits = NumberList<Int>([8, 10, 12])

    @Option(help: "Bits of activations.")
    var activationBits = Precision.usual.activations

    @Option(help: "Patches, evenly spaced over the split; 0 is all.")
    var patches = 0

    @Option(help: "The weights file whose float network they are compared with, where it is another.")
    var float: String?

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard patches >= 0 else { throw ValidationError("--patches is \(patches); expected 0 (all) or more.") }
    }

    func run() throws {
        let trained = try TrainedNetwork(reading: file)
        let other = try float.map { try TrainedNetwork(reading: $0) }
        let comparison = try PrecisionComparison(
            trained, float: other ?? trained, set: PatchDataset(reading: data)[split],
            in: "\(data): split \(split.rawValue)",
            patches: patches)
        let progress = ProgressLine(
            "comparing", total: weightBits.values.count * comparison.kinds.count * comparison.patches, unit: "patches",
            isQuiet: quiet)
        let rows = try comparison.rows(weightBits: weightBits.values, activationBits: activationBits) {
            progress.advance()
        }
        progress.finish()
        try print("\(file), \(comparison.patches) patches, float \(String(format: "%.4f", comparison.floatPSNR)) dB")
        try print("precision  PSNR (dB)  difference (dB)  largest difference (HU)  accumulator bits  integer network")
        for row in rows {
            try print(
                "w\(row.weightBits)/a\(row.activationBits)".padding(toLength: 11, withPad: " ", startingAt: 0)
                    + String(format: "%9.4f  %15.4f  %23.2f  ", row.psnr, row.difference, row.largestDifference)
                    + "\(row.accumulatorBits)".padding(toLength: 18, withPad: " ", startingAt: 0) + row.kind.rawValue)
        }
    }
}

extension RoundingMethod: ExpressibleByArgument {}
extension Split: ExpressibleByArgument {}
extension ReLUPlacement: ExpressibleByArgument {}
extension DecoderKind: ExpressibleByArgument {}
