// Public because public types of Denoising get a conformance below.
public import ArgumentParser
public import Denoising
import Foundation
import Harness
import Imaging

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Look at, convert and calibrate weights files.",
        discussion: """
            Examples:
              ldct weights inspect Experiments/weights/3-relu.h5
              ldct weights convert Experiments/weights/3-relu.h5 3-relu.safetensors
            """,
        subcommands: [WeightsInspect.self, WeightsConvert.self, WeightsCalibrate.self])
}

struct WeightsInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Verify a weights file and tell what is in it.")

    @Argument(help: "The weights file, .h5 or .safetensors.")
    var file: String

    @Option(help: "Bits of integer weights, for the accumulators' widths.")
    var weightBits = 10

    @Option(help: "Bits of integer activations.")
    var activationBits = 12

    func run() throws {
        let trained = try TrainedNetwork(reading: file)
        print("\(file): \(trained.weights.parameterCount) parameters")
        for layer in trained.network.layers {
            let sizes = layer.weightShape.map { "\($0)" }.joined(separator: "x")
            let skip = layer.skip.map { " + activation \($0)" } ?? ""
            print(
                "  \(layer.name)  \(layer.kind.rawValue) \(sizes) padding \(layer.padding)\(skip)\(layer.relu ? " relu" : "")"
            )
        }
        print("  window                 \(trained.window.low)...\(trained.window.high) HU")
        print("  seed                   \(trained.seed.map { "\($0)" } ?? "unknown")")
        print("  training configuration \(trained.trainingConfiguration ?? "unknown")")
        print("  provenance             \(trained.provenance)")
        print("  content SHA-256        \(try trained.contentDigest())")
        if let calibration = trained.calibration {
            let limits = calibration.activationLimits.map { String(format: "%.4f", $0) }.joined(separator: ", ")
            print("  calibration            \(limits) (\(calibration.rule), \(calibration.images) images)")
            try describe(
                IntegerNetwork(
                    requantising: trained.network, weights: trained.weights, calibration: calibration,
                    weightBits: weightBits, activationBits: activationBits), "requantised")
        } else {
            print("  calibration            none")
        }
        try describe(
            IntegerNetwork(
                growing: trained.network, weights: trained.weights, weightBits: weightBits, inputBits: activationBits),
            "growing scale")
    }

    private func describe(_ network: IntegerNetwork, _ name: String) {
        let bits = network.layers.map { "\($0.accumulatorBits)" }.joined(separator: ", ")
        print("  bits per accumulator   \(bits) (\(name), w\(weightBits)/a\(activationBits), sign included)")
    }
}

/// The architecture of a file that does not say it itself.
struct ArchitectureOptions: ParsableArguments {
    @Option(help: "3 or 10 layers; needed for a safetensors file that PyTorch wrote.")
    var depth: Int?

    @Option(help: "Channels of the inner activations.")
    var channels: Int?

    @Option(help: "Side of every kernel.")
    var kernel = 5

    @Option(help: "Which layers end in a ReLU.")
    var relu: ReLUPlacement = .all

    @Option(help: "How the decoder brings the image back to its size.")
    var decoder: DecoderKind = .same

    func validate() throws {
        guard (depth == nil) == (channels == nil) else {
            throw ValidationError("--depth and --channels go together.")
        }
    }

    func network() throws -> Network? {
        guard let depth, let channels else { return nil }
        return try Network.redCNN(depth: depth, channels: channels, kernel: kernel, relu: relu, decoder: decoder)
    }
}

struct WeightsConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Convert between HDF5 and safetensors, by the names' ends.",
        discussion: "A safetensors file of a PyTorch state_dict needs --depth and --channels.")

    @Argument(help: "The file to read.")
    var input: String

    @Argument(help: "The file to write.")
    var output: String

    @OptionGroup var architecture: ArchitectureOptions

    func run() throws {
        try OutputPath.requireWritable(output)
        let trained = try TrainedNetwork(reading: input, expecting: architecture.network())
        try trained.write(to: output)
        print("\(output): \(try trained.contentDigest())")
    }
}

struct WeightsCalibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Measure every activation's range on a training split, and store it with the weights.")

    @Argument(help: "The weights file; rewritten in place unless --output is given.")
    var file: String

    @Option(help: "The patch file.")
    var data: String

    @Option(help: "Room above the largest activation seen.")
    var margin = 1.25

    @Option(help: "The file to write instead.")
    var output: String?

    func run() throws {
        let target = output ?? file
        try OutputPath.requireWritable(target)
        var trained = try TrainedNetwork(reading: file)
        let patches = try PatchDataset(reading: data).train
        trained.calibration = try Calibration.measure(
            trained.network, weights: trained.weights,
            images: TrainingPairs(patches, window: trained.window).inputs, margin: margin,
            data: PatchDataset.checksum(of: data))
        try trained.write(to: target)
        print("\(target): \(try trained.contentDigest())")
    }
}

extension ReLUPlacement: ExpressibleByArgument {}
extension DecoderKind: ExpressibleByArgument {}
