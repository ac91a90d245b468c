import ArgumentParser
import Denoising

// What several commands ask for in the same words.

struct KeySizeOptions: ParsableArguments {
    @Option(help: "Bits of the modulus n; below 2048 only with --insecure.")
    var keyBits = 2048

    @Flag(help: "Allow keys of 1024 bits, for measurements as in the paper.")
    var insecure = false
}

struct PrecisionOptions: ParsableArguments {
    @Option(help: "Bits of the weights.")
    var weightBits = 10

    @Option(help: "Bits of the input and, where they are requantised, of activations.")
    var activationBits = 12
}

/// A RED-CNN of random weights.
struct RandomNetworkOptions: ParsableArguments {
    @Option(help: "Channels of the inner activations.")
    var channels = 96

    @Option(help: "3, 6, 10 or 14 layers.")
    var depth = 10

    @Option(help: "How the decoder brings the image back to its size.")
    var decoder: DecoderKind = .valid

    @Option(help: "Rows and columns of an image.")
    var size = 64
}

struct OutputOptions: ParsableArguments {
    @Flag(help: "One JSON record a line instead of a table.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false
}
