import ArgumentParser
import Denoising
import Foundation
import Experiments
import PrivateDenoising
import Support
import Transport

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine, every figure beside a baseline of the same run.",
        discussion: """
            Examples:
              ldct bench kernel
              ldct bench client --key-bits 3072
              ldct bench layer
              ldct bench training --depth 3 --channels 16 --decoder same --size 32
              ldct bench network --channels 16 --depth 3 --images 62 --json
            """,
        subcommands: [
            BenchKernel.self, BenchClient.self, BenchLattice.self, BenchLayer.self, BenchNetwork.self,
            BenchInteger.self,
            BenchTraining.self, BenchChannel.self, BenchEncoding.self,
        ])
}

/// How often something is timed.
struct BenchTrials<let usualRuns: Int, let usualWarmUp: Int>: ParsableArguments {
    @Option(help: "Timed runs.")
    var runs = usualRuns

    @Option(help: "Runs before the first timed one.")
    var warmUp = usualWarmUp

    func options(
        key: KeySettings = KeySettings(), threads: Int = 1, _ output: OutputOptions
    ) throws -> BenchmarkOptions {
        try BenchmarkOptions(key: key, threads: threads, runs: runs, warmUp: warmUp, isQuiet: output.quiet)
    }
}

extension BenchmarkReport {
    /// Prints what was found. - Throws: exit status 1 if a check failed.
    fileprivate func show(json: Bool) throws {
        try print(try json ? jsonLines() : text())
        guard failures.isEmpty else {
            for failure in failures { Console.tell(failure) }
            throw ExitCode(1)
        }
    }
}

struct BenchKernel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernel", abstract: "Products and powers modulo n^2 on every path, beside plain GMP; one thread.")

    @OptionGroup var key: KeySizeOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var trials: BenchTrials<15, 2>

    func run() throws {
        try KernelBenchmark(trials.options(key: key.settings, output)).run().show(json: output.json)
    }
}

struct BenchLattice: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lattice",
        abstract: "Encrypted work of the lattice scheme for one patch, every path beside the portable one; no protocol."
    )

    @OptionGroup var output: OutputOptions

    @Option(help: "Channels of the inner layers.")
    var channels = 96

    @Option(help: "Side of the patch, 29 to 64 pixels.")
    var size = 64

    @Option(help: "Threads.")
    var threads = 1

    @OptionGroup var trials: BenchTrials<5, 1>

    func run() throws {
        let options = try trials.options(threads: threads, output)
        try LatticeBenchmark(options, channels: channels, size: size).run().show(json: output.json)
    }
}

struct BenchChannel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "channel",
        abstract: "What a connection between two machines carries, under TLS beside plain text.",
        discussion: "The certificate serves both ends and has to name 127.0.0.1: ldct serve --help has openssl lines.")

    @OptionGroup var credentials: CredentialOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "MiB sent in each direction by a run.")
    var mebibytes = 256

    @OptionGroup var trials: BenchTrials<9, 1>

    func run() throws {
        let options = try trials.options(output)
        let (server, client) = (try credentials.security(.server), try credentials.security(.client))
        try ChannelBenchmark(options, server: server, client: client, mebibytes: mebibytes).run()
            .show(json: output.json)
    }
}

struct BenchClient: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Encryption, decryption and re-randomisation, beside the same on plain GMP.")

    @OptionGroup var key: KeySizeOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var trials: BenchTrials<15, 2>

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        let options = try trials.options(key: key.settings, threads: threads, output)
        try ClientBenchmark(options).run().show(json: output.json)
    }
}

struct BenchLayer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layer", abstract: "One encrypted convolution in the batch layout, beside the published way.",
        discussion: "Prints the plan the cost model chose. Exit status 1 if products or values are not as predicted.")

    @OptionGroup var key: KeySizeOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var trials: BenchTrials<3, 1>

    @Option(help: "Threads.")
    var threads = 1

    @Option(help: "Input channels.")
    var inputs = 96

    @Option(help: "Output channels.")
    var outputs = 96

    @Option(help: "Rows and columns of the input.")
    var size = 16

    @Option(help: "Rows and columns of the kernel.")
    var kernel = 5

    @Option(help: "Zeros around the image: 0 valid, 2 same, 4 transposed for a 5x5 kernel.")
    var padding = 0

    @OptionGroup var precision: PrecisionOptions

    @Option(help: "MiB for accumulators and tables.")
    var memory = ProtocolSettings().memory

    func run() throws {
        let range = ProtocolSettings.memoryRange
        guard range.contains(memory) else {
            throw BenchmarkError.option(
                name: "memory", found: "\(memory)", expected: "\(range.lowerBound) to \(range.upperBound) MiB")
        }
        try LayerBenchmark(
            trials.options(key: key.settings, threads: threads, output), inputs: inputs, outputs: outputs, size: size,
            kernel: kernel, padding: padding, precision: precision.precision, memory: memory << 20
        ).run().show(json: output.json)
    }
}

struct BenchNetwork: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "A whole RED-CNN through the protocol, both sides counted.",
        discussion: """
            An experiment of one case on random images, with the published encoding beside it: what 'ldct run' measures, in memory. \
            Exit status 1 if any value of any round differs from the integer network.
            """)

    @OptionGroup var trials: BenchTrials<1, 0>

    @OptionGroup var network: RandomNetworkOptions

    @Option(help: "Images.")
    var images = 1

    @OptionGroup var options: ProtocolOptions

    @Option(
        help: "What a slot holds: an image of the batch, or a tile of one image (default: tile in mode client-aided).")
    var layout: Layout?

    @Option(help: "A weights file instead of random weights; it decides channels, depth and decoder.")
    var weights: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        var settings = options.settings
        settings.layout = layout ?? (settings.mode == .clientAided ? .tile : .batch)
        if weights != nil {
            try GivenOptions.refuse(
                "--channels", "--depth", "--decoder", because: "is of random weights; --weights has its own")
        }
        try NetworkBenchmark(
            trials.options(key: settings.key, threads: settings.workers, output), settings, network: network.network,
            weights: weights, size: network.size, images: images
        ).run().show(json: output.json)
    }
}

struct BenchTraining: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training", abstract: "One Adam step of a RED-CNN, beside PyTorch's where PyTorch is installed.")

    @OptionGroup var output: OutputOptions

    @OptionGroup var trials: BenchTrials<5, 2>

    @Option(help: "Threads.")
    var threads = 1

    @OptionGroup var network: RandomNetworkOptions

    @Option(help: "Images in a step.")
    var batch = 4

    @Option(help: "The Python that may have PyTorch.")
    var python = "python3"

    func run() throws {
        try TrainingBenchmark(
            trials.options(threads: threads, output), network: network.network, size: network.size, batch: batch,
            python: python
        ).run().show(json: output.json)
    }
}

struct BenchInteger: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "integer", abstract: "The exact integer network, beside the float network of the same layers.")

    @OptionGroup var output: OutputOptions

    @OptionGroup var trials: BenchTrials<7, 2>

    @Option(help: "Threads.")
    var threads = 2

    @OptionGroup var network: RandomNetworkOptions

    @OptionGroup var precision: PrecisionOptions

    @Option(help: "Bits of the shares.")
    var shareBits = 30

    func run() throws {
        try IntegerBenchmark(
            trials.options(threads: threads, output), network: network.network, size: network.size,
            precision: precision.precision, shareBits: shareBits
        ).run().show(json: output.json)
    }
}

struct BenchEncoding: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encoding",
        abstract:
            "When the published encoding overflows: products one ciphertext bears, layers of a linear network that fit.",
        discussion:
            "Example: ldct bench encoding --key-bits 1024 2048 3072 --insecure --weights Experiments/weights/10-linear.h5"
    )

    @OptionGroup var output: OutputOptions

    @Option(parsing: .upToNextOption, help: "Sizes of the modulus.")
    var keyBits = [2048, 3072]

    @Flag(help: "Allow keys below 2048 bits: measurements as in the paper, no data.")
    var insecure = false

    @Option(help: "Chains of products for each size.")
    var runs = 3

    @Option(help: "A network without inner ReLUs, for the layers that fit.")
    var weights: String?

    @Option(help: "Side of the image of random pixels that goes through it.")
    var size = 16

    func run() throws {
        try EncodingBenchmark(keyBits: keyBits, insecure: insecure, runs: runs, weights: weights, size: size)
            .run().show(json: output.json)
    }
}
