package import Paillier
import Numerics

/// A convolution of encrypted floats by the published system: for every output, one product a weight, added one after the other,
/// then the bias.
///
/// Padding zeros are left out. Every weight is applied to every ciphertext anew: nothing is shared between outputs.
package struct PaperLayer: Sendable {
    package let shape: ConvolutionShape
    private let weights: [EncodedFloat]
    private let bias: [EncodedFloat]

    /// - Parameters:
    ///   - weights: `[out][in][ky][kx]`, as the shape says.
    ///   - bias: one per output channel.
    /// - Throws: `notFinite`.
    package init(shape: ConvolutionShape, weights: [Double], bias: [Double]) throws(PaperSchemeError) {
        precondition(weights.count == shape.weightCount, "\(shape.weightCount) weights expected")
        precondition(bias.count == shape.outputChannels, "\(shape.outputChannels) biases expected")
        self.shape = shape
        var encoded: [EncodedFloat] = []
        for value in weights + bias { encoded.append(try EncodedFloat(value)) }
        self.weights = Array(encoded[..<weights.count])
        self.bias = Array(encoded[weights.count...])
    }

    /// - Parameter input: `[channel][row][column]`, `shape.inputCount` ciphertexts.
    /// - Returns: `[channel][row][column]`, `shape.outputCount` ciphertexts, exponents in clear.
    /// - Throws: `ciphertextCount`, `notInvertible`.
    /// - Complexity: `shape.multiplyAccumulates` products and sums.
    package func callAsFunction(
        _ input: [PaperCiphertext], arithmetic: PaperArithmetic, threads: Int = 1
    ) throws(PaperSchemeError) -> [PaperCiphertext] {
        guard input.count == shape.inputCount else {
            throw .ciphertextCount(found: input.count, expected: shape.inputCount)
        }
        let plane = shape.outputHeight * shape.outputWidth
        return try parallelMap(shape.outputCount, threads: threads) {
            (index) throws(PaperSchemeError) -> PaperCiphertext in
            let channel = index / plane
            let added = arithmetic.encryptWithoutRandomness(bias[channel])
            let position = (row: index % plane / shape.outputWidth, column: index % shape.outputWidth)
            guard let sum = try correlation(input, channel: channel, at: position, arithmetic) else { return added }
            return arithmetic.sum(sum, added)
        }
    }

    /// The weighted sum behind one output; nil where the kernel lies in the padding alone.
    private func correlation(
        _ input: [PaperCiphertext], channel: Int, at position: (row: Int, column: Int), _ arithmetic: PaperArithmetic
    ) throws(PaperSchemeError) -> PaperCiphertext? {
        var sum: PaperCiphertext?
        for i in 0..<shape.inputChannels {
            for ky in 0..<shape.kernelHeight {
                for kx in 0..<shape.kernelWidth {
                    let (y, x) = (position.row + ky - shape.top, position.column + kx - shape.left)
                    guard (0..<shape.inputHeight).contains(y), (0..<shape.inputWidth).contains(x) else { continue }
                    let weight =
                        ((channel * shape.inputChannels + i) * shape.kernelHeight + ky) * shape.kernelWidth + kx
                    let term = try arithmetic.product(
                        input[(i * shape.inputHeight + y) * shape.inputWidth + x], weights[weight])
                    sum = sum.map { arithmetic.sum($0, term) } ?? term
                }
            }
        }
        return sum
    }
}
