/// A cross-correlation with stride 1 and symmetric zero padding, on one image of `inputChannels` planes.
///
/// `out[o][r][c] = sum(w[o][i][dy][dx] * in[i][r + dy - padding][c + dx - padding])`. A transposed convolution without padding is this
/// with padding `kernel - 1` and its filter flipped; a dense layer is this with a kernel of the size of its input.
public struct ConvolutionShape: Sendable, Equatable {
    public let inputChannels, outputChannels: Int
    public let inputHeight, inputWidth: Int
    public let kernelHeight, kernelWidth: Int
    public let outputHeight, outputWidth: Int
    /// Zeros before the first row and the first column; behind the last as many as the outputs reach.
    public let top, left: Int

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
        (top, left) = (padding, padding)
        outputHeight = inputHeight + 2 * padding - kernelHeight + 1
        outputWidth = inputWidth + 2 * padding - kernelWidth + 1
        precondition(outputHeight > 0 && outputWidth > 0, "the kernel is larger than the padded input")
    }

    /// One axis replaced, the other as it is.
    init(_ shape: ConvolutionShape, replacing axis: Axis, by line: Line) {
        (inputChannels, outputChannels) = (shape.inputChannels, shape.outputChannels)
        let (rows, columns) = axis == .rows ? (line, shape.line(.columns)) : (shape.line(.rows), line)
        (inputHeight, kernelHeight, outputHeight, top) = (rows.input, rows.kernel, rows.output, rows.padding)
        (inputWidth, kernelWidth, outputWidth, left) = (columns.input, columns.kernel, columns.output, columns.padding)
    }

    public enum Axis: String, Sendable, CaseIterable { case rows, columns }

    /// What a shape is along one axis.
    struct Line: Sendable, Equatable {
        let input, kernel, output, padding: Int
    }

    func line(_ axis: Axis) -> Line {
        switch axis {
        case .rows: Line(input: inputHeight, kernel: kernelHeight, output: outputHeight, padding: top)
        case .columns: Line(input: inputWidth, kernel: kernelWidth, output: outputWidth, padding: left)
        }
    }

    public var inputCount: Int { inputChannels * inputHeight * inputWidth }
    public var outputCount: Int { outputChannels * outputHeight * outputWidth }
    /// Weights of the whole filter bank.
    public var weightCount: Int { outputChannels * inputChannels * kernelHeight * kernelWidth }

    /// Plaintext multiply-accumulates with padding zeros left out, per slot.
    public var multiplyAccumulates: Int {
        func taps(_ line: Line) -> Int {
            (0..<line.output).reduce(0) { sum, position in
                sum + (0..<line.kernel).count { (0..<line.input).contains(position + $0 - line.padding) }
            }
        }
        return inputChannels * outputChannels * taps(line(.rows)) * taps(line(.columns))
    }
}
