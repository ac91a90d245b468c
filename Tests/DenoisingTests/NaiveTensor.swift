import Denoising
import Numerics

/// Integer values as big numbers, for an evaluation that follows the definition and nothing else.
struct NaiveTensor {
    let shape: TensorShape
    let values: [BigInteger]

    init(shape: TensorShape, values: [BigInteger]) {
        self.shape = shape
        self.values = values
    }

    init(_ tensor: IntegerTensor) {
        self.init(shape: tensor.shape, values: (0..<tensor.values.count).map { tensor.values[$0] })
    }

    func value(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> BigInteger {
        guard (0..<shape.height).contains(row), (0..<shape.width).contains(column) else { return .zero }
        return values[((image * shape.channels + channel) * shape.height + row) * shape.width + column]
    }
}

extension IntegerLayer {
    func naive(_ input: NaiveTensor, skipped: NaiveTensor?) -> NaiveTensor {
        let output = TensorShape(
            count: input.shape.count, channels: outputChannels,
            height: input.shape.height + 2 * padding - kernelHeight + 1,
            width: input.shape.width + 2 * padding - kernelWidth + 1)
        var values: [BigInteger] = []
        for image in 0..<output.count {
            for channel in 0..<output.channels {
                for row in 0..<output.height {
                    for column in 0..<output.width {
                        var sum = bias[channel]
                        for source in 0..<inputChannels {
                            for y in 0..<kernelHeight {
                                for x in 0..<kernelWidth {
                                    let weight = weights[
                                        ((channel * inputChannels + source) * kernelHeight + y) * kernelWidth + x]
                                    let value = input.value(image, source, row + y - padding, column + x - padding)
                                    sum += BigInteger(weight) * value
                                }
                            }
                        }
                        if let skip, let skipped {
                            sum += skip.multipliers[channel] * skipped.value(image, channel, row, column)
                        }
                        values.append(sum)
                    }
                }
            }
        }
        return NaiveTensor(shape: output, values: values)
    }

    func naiveActivation(_ sums: NaiveTensor) -> NaiveTensor {
        let values = sums.values.enumerated().map { position, sum in
            switch activation {
            case .none: return sum
            case .relu: return max(sum, .zero)
            case .requantise(let requantiser):
                let channel = position / sums.shape.planeSize % sums.shape.channels
                let product = sum * BigInteger(requantiser.multipliers[channel])
                // floor(x + 1/2) = floor((2 x + 1) / 2)
                let rounded = ((product + product) + (.one << requantiser.shift)) >> (requantiser.shift + 1)
                return min(max(rounded, .zero), (.one << requantiser.activationBits) - .one)
            }
        }
        return NaiveTensor(shape: sums.shape, values: values)
    }
}
