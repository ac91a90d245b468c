/// A cross-correlation with stride 1 and symmetric zero padding, on one image of `inputChannels` planes.
///
/// `out[o][r][c] = sum(w[o][i][dy][dx] * in[i][r + dy - padding][c + dx - padding])`. A transposed convolution without padding is this
/// with padding `kernel - 1` and its filter flipped; a dense layer is this with a kernel of the size of its input.
public struct ConvolutionShape: Sendable, Equatable {
    public let inputChannels, outputChannels: Int
    public let inputHeight, inputWidth: Int
    public let kernelHeight, kernelWidth: Int
    public let padding: Int

    /// - Precondition: the kernel fits the padded input.
    public init(
        inputChannels: Int, outputChannels: Int, inputHeight: Int, inputWidth: Int,
        kernelHeight: Int, kernelWidth: Int, padding: Int
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.padding = padding
        precondition(outputHeight > 0 && outputWidth > 0, "the kernel is larger than the padded input")
    }

    public var outputHeight: Int { inputHeight + 2 * padding - kernelHeight + 1 }
    public var outputWidth: Int { inputWidth + 2 * padding - kernelWidth + 1 }
    public var inputCount: Int { inputChannels * inputHeight * inputWidth }
    public var outputCount: Int { outputChannels * outputHeight * outputWidth }
    /// Weights of the whole filter bank.
    public var weightCount: Int { outputChannels * inputChannels * kernelHeight * kernelWidth }

    /// Plaintext multiply-accumulates with padding zeros left out, per slot.
    public var multiplyAccumulates: Int {
        func taps(_ output: Int, _ input: Int, _ kernel: Int) -> Int {
            (0..<output).reduce(0) { sum, position in
                sum + (0..<kernel).count { (0..<input).contains(position + $0 - padding) }
            }
        }
        return inputChannels * outputChannels * taps(outputHeight, inputHeight, kernelHeight)
            * taps(outputWidth, inputWidth, kernelWidth)
    }
}
