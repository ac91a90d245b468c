// Public because public types of PrivateDenoising get a conformance below.
public import ArgumentParser
import Denoising
package import Experiments
public import PrivateDenoising

// What several commands ask for in the same words, with the defaults of `ProtocolSettings`.

struct KeySizeOptions: ParsableArguments {
    @Option(help: "Bits of the modulus n; below 2048 only with --insecure.")
    var keyBits = KeySettings().bits

    @Flag(help: "Allow keys of 1024 bits, for measurements as in the paper.")
    var insecure = false

    var settings: KeySettings {
        var settings = KeySettings()
        (settings.bits, settings.insecure) = (keyBits, insecure)
        return settings
    }
}

struct PrecisionOptions: ParsableArguments {
    @Option(help: "Bits of the weights.")
    var weightBits = Precision.usual.weights

    @Option(help: "Bits of the input and, where they are requantised, of activations.")
    var activationBits = Precision.usual.activations

    var precision: Precision { Precision(weights: weightBits, activations: activationBits) }
}

/// How a network is run through the protocol, but for the layout, which commands choose in ways of their own.
struct ProtocolOptions: ParsableArguments {
    @Option(help: "How client and server share the work.")
    var mode = ProtocolSettings().mode

    @OptionGroup var key: KeySizeOptions
    @OptionGroup var precision: PrecisionOptions

    @Option(help: "Width of masks, in modes that have them.")
    var maskBits = ProtocolSettings().mask.bits

    @Option(help: "How a mask is drawn: uniform, or log-uniform with a uniform number of bits.")
    var maskDistribution = ProtocolSettings().mask.distribution

    @Flag(help: "One mask for all slots of a ciphertext.")
    var maskShared = false

    @Option(help: "Order in which values before a ReLU are sent.")
    var permutation = ProtocolSettings().permutation

    @Option(help: "Of mode shared in patches: offline does all homomorphic work before the image is known.")
    var order = ProtocolSettings().order

    @Option(help: "Threads for each side, which take turns; 0 means all processors.")
    var threads = ProtocolSettings().threads

    @Option(help: "MiB for both sides and the comparison.")
    var memory = ProtocolSettings().memory

    /// - Throws: `ValidationError` naming an option that does nothing under `scheme`.
    func requireUse(of scheme: ExperimentScheme) throws {
        guard !scheme.hasKeySettings else { return }
        try GivenOptions.refuse(
            "--key-bits", "--insecure", because: "is of Paillier keys; those of scheme \(scheme.rawValue) have one size"
        )
    }

    func validate() throws {
        if !mode.usesMask {
            try GivenOptions.refuse(
                "--mask-bits", "--mask-distribution", "--mask-shared",
                because: "is of masks; mode \(mode.rawValue) has none")
        }
        try GivenOptions.require("--memory", memory, in: ProtocolSettings.memoryRange, unit: "MiB")
        try GivenOptions.require("--threads", threads, in: ProtocolSettings.threadsRange)
    }

    var settings: ProtocolSettings {
        var settings = ProtocolSettings()
        settings.mode = mode
        settings.key = key.settings
        settings.precision = precision.precision
        settings.mask = MaskOptions(bits: maskBits, distribution: maskDistribution, isShared: maskShared)
        settings.permutation = permutation
        settings.order = order
        settings.threads = threads
        settings.memory = memory
        return settings
    }
}

/// A RED-CNN of random weights.
struct RandomNetworkOptions: ParsableArguments {
    @Option(help: "Channels of the inner activations.")
    var channels = RandomNetwork.usual.channels

    @Option(help: "3, 6, 10 or 14 layers.")
    var depth = RandomNetwork.usual.depth

    @Option(help: "How the decoder brings the image back to its size.")
    var decoder: DecoderKind = RandomNetwork.usual.decoder

    @Option(help: "Rows and columns of an image.")
    var size = 64

    var network: RandomNetwork { RandomNetwork(depth: depth, channels: channels, relu: .all, decoder: decoder) }
}

struct ResultsOptions: ParsableArguments {
    @Option(help: "Folder of all results.")
    var results = "Results"

    func validate() throws { try GivenOptions.refuseEmpty(("--results", results)) }
}

struct ForceOptions: ParsableArguments {
    @Flag(help: "Replace an earlier result of the same kind at the output; never an input, a key or anything else.")
    var force = false
}

struct OutputOptions: ParsableArguments {
    @Flag(help: "One JSON record a line instead of a table.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false
}

extension Mode: ExpressibleByArgument {}
extension Layout: ExpressibleByArgument {}
extension Order: ExpressibleByArgument {}
extension Permutation: ExpressibleByArgument {}
extension MaskOptions.Distribution: ExpressibleByArgument {}

extension ExperimentScheme: ExpressibleByArgument {
    /// Those that slices are encrypted under.
    package static var allValueStrings: [String] { slices.map(\.rawValue) }
}
