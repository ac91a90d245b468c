import Foundation
import Numerics

/// The integer correlation of a layer, by one kernel for every width.
///
/// Values are cut into digits of `digitBits` bits, the top one signed, and each digit's image is correlated on its own;
/// the results are added up, shifted, in two's complement. The kernel works in Double because that is the fastest exact
/// multiply-add the processor has: with `L1 * 2^digitBits <= 2^53` every partial sum, in any order, is a whole number
/// Double holds exactly. A requantised network (12-bit values) has one digit; 197-bit values have seven.
public struct ExactConvolution: Sendable {
    /// Threads used when nothing is said: one per processor.
    public static var defaultThreads: Int { ProcessInfo.processInfo.activeProcessorCount }

    private let layer: IntegerLayer
    private let digitBits: Int
    private let digitCount: Int

    /// - Precondition: `layer` has weights of at most 31 bits and fewer than 2^21 of them per filter, so a digit has a
    ///   bit at least.
    init(_ layer: IntegerLayer) {
        self.layer = layer
        let norm = max(1, layer.filterNorms.max() ?? 1)
        let normBits = Int.bitWidth - norm.leadingZeroBitCount
        let inputBits = layer.largestInput.bitWidth + 1
        precondition(normBits <= 52, "filter too large for exact arithmetic")
        digitBits = min(53 - normBits, inputBits)
        digitCount = (inputBits + digitBits - 1) / digitBits
    }

    /// One multiply-add: a weight, and where its input lies relative to the output's first value of a row.
    private struct Tap {
        let weight: Double
        let offset: Int
    }

    /// Digit images of one input image, zero-padded, and the sizes the kernel needs.
    private struct Plane {
        let values: [Double]
        let rowStride: Int
    }

    func apply(_ input: IntegerTensor, output: TensorShape, threads: Int) -> IntegerArray {
        var result = IntegerArray(count: output.elementCount, bits: layer.accumulatorBits)
        let work = output.elementCount * layer.weights.count / layer.outputChannels * digitCount
        let channels = output.channels
        // Below about a millisecond of work a second thread costs more than it brings.
        let workers = work < 1 << 21 ? 1 : max(1, min(threads, channels))
        let imageSize = channels * output.planeSize
        for image in 0..<output.count {
            for digit in 0..<digitCount {
                let plane = paddedDigit(digit, of: input, image: image)
                let parts = parallelMap(workers, threads: workers) { worker in
                    let range = (channels * worker / workers)..<(channels * (worker + 1) / workers)
                    return range.flatMap { correlate(plane, channel: $0, output: output) }
                }
                var index = image * imageSize
                for value in parts.joined() {
                    TwosComplement.add(
                        Int64(value), shiftedBy: digit * digitBits, to: &result.words, at: index * result.limbs,
                        limbs: result.limbs)
                    index += 1
                }
            }
        }
        return result
    }

    private func paddedDigit(_ digit: Int, of input: IntegerTensor, image: Int) -> Plane {
        let shape = input.shape
        let padding = layer.padding
        let (rows, rowStride) = (shape.height + 2 * padding, shape.width + 2 * padding)
        var values = [Double](repeating: 0, count: shape.channels * rows * rowStride)
        var index = image * shape.channels * shape.planeSize
        for channel in 0..<shape.channels {
            for row in 0..<shape.height {
                let start = (channel * rows + row + padding) * rowStride + padding
                for column in 0..<shape.width {
                    values[start + column] = self.digit(digit, of: input.values, at: index)
                    index += 1
                }
            }
        }
        return Plane(values: values, rowStride: rowStride)
    }

    /// Bits `digit * digitBits ..< (digit + 1) * digitBits` of a value: unsigned, but for the last digit, which has the
    /// sign.
    private func digit(_ digit: Int, of values: IntegerArray, at index: Int) -> Double {
        let limbs = values.limbs
        let (limb, bit) = (digit * digitBits / 64, digit * digitBits % 64)
        let fill: UInt64 = values.isNegative(index) ? .max : 0
        let low = limb < limbs ? values.words[index * limbs + limb] : fill
        let high = limb + 1 < limbs ? values.words[index * limbs + limb + 1] : fill
        let bits = bit == 0 ? low : low >> UInt64(bit) | high << UInt64(64 - bit)
        let unused = UInt64(64 - digitBits)
        if digit == digitCount - 1 { return Double(Int64(bitPattern: bits << unused) >> Int64(unused)) }
        return Double((bits << unused) >> unused)
    }

    /// One output channel's correlation with one digit image.
    private func correlate(_ plane: Plane, channel: Int, output: TensorShape) -> [Double] {
        let rows = plane.values.count / (layer.inputChannels * plane.rowStride)
        let taps = taps(of: channel, rowStride: plane.rowStride, rows: rows)
        var result = [Double](repeating: 0, count: output.planeSize)
        var sums = result.mutableSpan
        let values = plane.values.span
        for row in 0..<output.height {
            let (target, source) = (row * output.width, row * plane.rowStride)
            // Four taps a pass, so that a sum is loaded and stored once for four products. Indices are in range because
            // `outputShape(for:)` places every tap of every output inside the padded image.
            for first in stride(from: 0, to: taps.count, by: 4) {
                let (a, b, c, d) = (taps[first], taps[first + 1], taps[first + 2], taps[first + 3])
                for x in 0..<output.width {
                    sums[unchecked: target + x] +=
                        a.weight * values[unchecked: source + a.offset + x]
                        + b.weight * values[unchecked: source + b.offset + x]
                        + c.weight * values[unchecked: source + c.offset + x]
                        + d.weight * values[unchecked: source + d.offset + x]
                }
            }
        }
        return result
    }

    /// The filter's non-zero weights, filled up with zeros to a multiple of four.
    private func taps(of channel: Int, rowStride: Int, rows: Int) -> [Tap] {
        var taps: [Tap] = []
        var index = channel * layer.inputChannels * layer.kernelHeight * layer.kernelWidth
        for input in 0..<layer.inputChannels {
            for y in 0..<layer.kernelHeight {
                for x in 0..<layer.kernelWidth {
                    if layer.weights[index] != 0 {
                        let offset = (input * rows + y) * rowStride + x
                        taps.append(Tap(weight: Double(layer.weights[index]), offset: offset))
                    }
                    index += 1
                }
            }
        }
        while taps.count % 4 != 0 { taps.append(Tap(weight: 0, offset: 0)) }
        return taps
    }
}
