import COneDNN
import Numerics
import Support

/// The integer correlation of a layer, for values of every width, on oneDNN's convolutions of bytes.
///
/// Values and weights are cut into digits for which those are exact (`WeightDigits`); the products of every pair of digits are added
/// up, shifted, in two's complement. A requantised network (12-bit values, 10-bit weights) has two digits each; 197-bit values have
/// some twenty-five. Rows of images are independent, so workers take bands of them, each on one thread.
public struct ExactConvolution: Sendable {
    /// Threads used when nothing is said: one per processor it may use.
    public static var defaultThreads: Int { Resources.threads }

    private let layer: IntegerLayer

    /// - Precondition: `layer` has a filter, of weights below 2^24.
    init(_ layer: IntegerLayer) { self.layer = layer }

    /// The correlation of every image plus one number per output channel.
    /// - Returns: as many limbs as `accumulatorBits` need.
    func apply(
        _ input: IntegerTensor, plus bias: [BigInteger], output: TensorShape, threads: Int
    ) throws(DenoisingError) -> IntegerArray {
        let isSigned = input.values.hasNegatives
        return try apply(
            input, width: layer.largestInput.bitWidth + (isSigned ? 1 : 0), isSigned: isSigned, plus: bias,
            output: output, limbs: IntegerArray.limbs(forBits: layer.accumulatorBits), threads: threads)
    }

    /// The same modulo `2^(64 limbs)`, for values of `width` bits, the sign included where there is one.
    func apply(
        _ input: IntegerTensor, width: Int, isSigned: Bool, plus bias: [BigInteger], output: TensorShape, limbs: Int,
        threads: Int
    ) throws(DenoisingError) -> IntegerArray {
        let digits = WeightDigits.cheapest(layer.weights, filters: layer.outputChannels, inputBits: width)
        let cut = ByteCut(
            bits: digits.byteBits, count: digits.bytes(forBits: width), width: width, isSigned: isSigned)
        let offset: BigInteger = isSigned ? .one << (width - 1) : .zero
        var result = initial(
            zip(bias, filterSums).map { $0 - offset * BigInteger($1) }, output: output, limbs: limbs, threads: threads)
        let bands = Bands(
            output: output, digits: digits, cut: cut, layer: layer, columns: input.shape.width + 2 * layer.padding,
            threads: threads)
        try result.words.withUnsafeMutableBufferPointer { (words) throws(DenoisingError) in
            try run(bands, input, digits, cut, into: words, limbs: limbs, output: output)
        }
        return result
    }

    /// Every worker takes bands that follow one another, so that it makes each row's bytes once; bands write different values.
    private func run(
        _ bands: Bands, _ input: IntegerTensor, _ digits: WeightDigits, _ cut: ByteCut,
        into words: UnsafeMutableBufferPointer<UInt64>, limbs: Int, output: TensorShape
    ) throws(DenoisingError) {
        guard let start = words.baseAddress, bands.count > 0 else { return }
        nonisolated(unsafe) let result = start
        let size = input.shape.with(count: 1).elementCount * input.values.limbs
        _ = try parallelMap(bands.workers, threads: bands.workers) { (worker) throws(DenoisingError) in
            let convolution = try ByteConvolution(layer, digits: digits, size: bands.size)
            try input.values.words.withUnsafeBufferPointer { (source) throws(DenoisingError) in
                guard let source = source.baseAddress else { return }
                for band in worker * bands.count / bands.workers..<(worker + 1) * bands.count / bands.workers {
                    let (image, row, skipped) = bands[band]
                    let integers = conednn_integers(
                        words: source + image * size, limbs: input.values.limbs, channels: input.shape.channels,
                        height: input.shape.height, width: input.shape.width)
                    try convolution.add(
                        integers, row: row, skipped: skipped, cut: cut,
                        to: result + image * output.with(count: 1).elementCount * limbs, limbs: limbs,
                        plane: output.planeSize)
                }
            }
        }
    }

    private var filterSums: [Int] {
        let taps = layer.weights.count / layer.outputChannels
        return (0..<layer.outputChannels).map { channel in
            layer.weights[(channel * taps)..<((channel + 1) * taps)].reduce(0) { $0 + Int($1) }
        }
    }

    private func initial(
        _ channels: [BigInteger], output: TensorShape, limbs: Int, threads: Int
    ) -> IntegerArray {
        // Modulo 2^(64 limbs): what is added later brings it back.
        let starts = channels.map { Array($0.twosComplement(count: limbs + $0.bitWidth / 64 + 1).prefix(limbs)) }
        let words = parallelWords(
            output.count * output.channels, of: output.planeSize * limbs, threads: threads
        ) { plane, words in
            let start = starts[plane % output.channels]
            for limb in 0..<limbs {
                for index in stride(from: limb, to: words.count, by: limbs) { words[index] = start[limb] }
            }
        }
        return IntegerArray(words: words, limbs: limbs)
    }
}

/// Equal bands of rows of the output, the last one of an image moved up to fit; what it computes twice is added once.
private struct Bands {
    let size: ByteConvolution.Size
    let workers: Int
    private let rows: Int
    private let height: Int
    private let images: Int

    /// Sums of a band: what stays in a core's cache.
    private static let bytes = 1 << 20
    /// Byte products below which a second thread costs more than it brings.
    private static let smallWork = 1 << 23

    init(
        output: TensorShape, digits: WeightDigits, cut: ByteCut, layer: IntegerLayer, columns: Int, threads: Int
    ) {
        height = output.height
        images = output.count
        // As many bytes of a value at once as 63 bits of their sums allow, 24 of which are one sum's.
        let most = max(1, min(4, (36 - (digits.count - 1) * digits.bits) / cut.bits + 1))
        let groups = (cut.count + most - 1) / most
        let group = (cut.count + groups - 1) / groups
        let products = output.elementCount * layer.weights.count / layer.outputChannels * digits.count * cut.count
        let wanted = products < Self.smallWork ? 1 : max(1, threads)
        let rowBytes = max(1, 4 * group * digits.count * output.channels * output.width)
        let share = (height * images + wanted - 1) / wanted
        rows = max(1, min(height, share, Self.bytes / rowBytes))
        workers = max(1, min(wanted, (height + rows - 1) / rows * images))
        size = ByteConvolution.Size(digits: group, rows: rows + layer.kernelHeight - 1, columns: columns)
    }

    private var perImage: Int { (height + rows - 1) / rows }
    var count: Int { perImage * images }

    subscript(band: Int) -> (image: Int, row: Int, skipped: Int) {
        let first = band % perImage * rows
        let row = min(first, height - rows)
        return (band / perImage, row, first - row)
    }
}
