import Denoising
import Numerics

/// The integer correlation of a layer in Double, the product's engine before oneDNN's bytes, kept as an oracle.
///
/// Values are cut into digits of `digitBits` bits, the top one signed, and each digit's image is correlated on its own. With
/// `L1 * 2^digitBits <= 2^53` every partial sum, in any order, is a whole number that Double holds exactly.
struct DoubleConvolution {
    private let layer: IntegerLayer
    private let digitBits: Int
    private let digitCount: Int

    init(_ layer: IntegerLayer, inputBits: Int? = nil) {
        self.layer = layer
        let taps = layer.weights.count / layer.outputChannels
        let norm =
            (0..<layer.outputChannels).map { channel in
                layer.weights[(channel * taps)..<((channel + 1) * taps)].reduce(0) { $0 + Int($1.magnitude) }
            }.max() ?? 1
        let width = (inputBits ?? layer.largestInput.bitWidth) + 1
        digitBits = min(52 - (Int.bitWidth - norm.leadingZeroBitCount), width)
        digitCount = (width + digitBits - 1) / digitBits
    }

    /// Accumulators without skip.
    func apply(_ input: IntegerTensor) throws -> [BigInteger] {
        let output = try layer.outputShape(for: input.shape)
        var result = (0..<output.elementCount).map { layer.bias[$0 / output.planeSize % output.channels] }
        for digit in 0..<digitCount {
            let digits = (0..<input.values.count).map { self.digit(digit, of: input.values[$0]) }
            for index in result.indices {
                result[index] += BigInteger(Int(sum(digits, input.shape, output, index))) << (digit * digitBits)
            }
        }
        return result
    }

    private func digit(_ digit: Int, of value: BigInteger) -> Double {
        let rest = value >> (digit * digitBits)
        if digit == digitCount - 1 { return Double(rest.exactInt ?? 0) }
        return Double((rest - ((rest >> digitBits) << digitBits)).exactInt ?? 0)
    }

    private func sum(_ values: [Double], _ input: TensorShape, _ output: TensorShape, _ index: Int) -> Double {
        let (column, row) = (index % output.width, index / output.width % output.height)
        let (channel, image) = (index / output.planeSize % output.channels, index / output.planeSize / output.channels)
        var sum = 0.0
        for source in 0..<layer.inputChannels {
            for y in max(0, layer.padding - row)..<min(layer.kernelHeight, input.height + layer.padding - row) {
                let line = ((image * input.channels + source) * input.height + row + y - layer.padding) * input.width
                let tap = ((channel * layer.inputChannels + source) * layer.kernelHeight + y) * layer.kernelWidth
                for x in max(0, layer.padding - column)..<min(layer.kernelWidth, input.width + layer.padding - column) {
                    sum += Double(layer.weights[tap + x]) * values[line + column + x - layer.padding]
                }
            }
        }
        return sum
    }
}
