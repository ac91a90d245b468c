import COneDNN

/// A valid convolution of bytes by weight digits at one size, all digits of both in one operation: the bytes' digits are its images,
/// the weights' digits its output channels.
///
/// Not Sendable: every worker has its own. Which thread runs it, and with how many others, changes nothing in the result.
final class ByteConvolution {
    /// Of the bytes, `[digit][row][column][channel]`.
    struct Size: Hashable {
        var digits: Int
        var rows: Int
        var columns: Int
    }

    private let size: Size
    private let layer: IntegerLayer
    private let digits: WeightDigits
    private let context: OneDNNContext
    private let operation: OneDNNOperation
    private let source: OneDNNMemory
    private let weights: OneDNNMemory
    private let target: OneDNNMemory
    /// Rows whose bytes lie in `source` and serve again where the next ones overlap them.
    private var held: Rows?

    /// Of a padded image, `Size.rows` from `first` on.
    private struct Rows {
        let image: UnsafePointer<UInt64>
        let first: Int
    }

    init(_ layer: IntegerLayer, digits: WeightDigits, size: Size) throws(DenoisingError) {
        self.size = size
        self.layer = layer
        self.digits = digits
        let context = try OneDNNContext(threads: 1)
        let before = context.enter()
        defer { context.leave(before) }
        self.context = context
        let channels = digits.count * layer.outputChannels
        let (rows, columns) = (size.rows - layer.kernelHeight + 1, size.columns - layer.kernelWidth + 1)
        let shape = [channels, layer.inputChannels, layer.kernelHeight, layer.kernelWidth]
        let tensors = ConvolutionTensors(
            source: try OneDNNLayout(
                [size.digits, layer.inputChannels, size.rows, size.columns], CONEDNN_U8, CONEDNN_CHANNELS_LAST),
            weights: try OneDNNLayout(shape, CONEDNN_S8, CONEDNN_ANY),
            target: try OneDNNLayout([size.digits, channels, rows, columns], CONEDNN_S32, CONEDNN_CHANNELS_LAST),
            padding: 0)
        operation = try .convolution(CONEDNN_INFERENCE, tensors, in: context)
        source = try OneDNNMemory(tensors.source)
        target = try OneDNNMemory(tensors.target)
        weights = try OneDNNMemory(operation.layout(of: CONEDNN_WEIGHTS))
        let plain = try OneDNNMemory(OneDNNLayout(shape, CONEDNN_S8, CONEDNN_PLAIN))
        plain.write(digits.values)
        try OneDNNOperation.reorder(from: plain.layout, to: weights.layout, in: context)
            .run(source: plain, target: weights)
    }

    /// Convolves rows of one image and adds the sums to the result. Fastest where each call goes on where the one before ended.
    ///
    /// - Parameters:
    ///   - image: unpadded.
    ///   - row: of the output, the first that is computed.
    ///   - skipped: rows from there on that are computed but not added.
    ///   - cut: how values become bytes.
    ///   - result: words of the output image.
    func add(
        _ image: conednn_integers, row: Int, skipped: Int, cut: ByteCut, to result: UnsafeMutablePointer<UInt64>,
        limbs: Int, plane: Int
    ) throws(DenoisingError) {
        let before = context.enter()
        defer { context.leave(before) }
        let columns = size.columns - layer.kernelWidth + 1
        let rows = size.rows - layer.kernelHeight + 1
        for first in stride(from: 0, to: cut.count, by: size.digits) {
            write(image, row: row, digits: first, cut)
            try operation.run(source: source, weights: weights, target: target)
            var sums = conednn_sums(
                sums: target.sums, digits: size.digits, positions: rows * columns, weight_digits: digits.count,
                channels: layer.outputChannels, digit_bits: UInt32(cut.bits), weight_bits: UInt32(digits.bits))
            conednn_add_sums(
                result + (row + skipped) * columns * limbs, limbs, plane, &sums, skipped * columns,
                UInt32(first * cut.bits))
        }
    }

    /// The bytes of `Size.rows` rows, of as many digits as are taken at once.
    private func write(_ image: conednn_integers, row: Int, digits first: Int, _ cut: ByteCut) {
        let rowBytes = layer.inputChannels * size.columns
        let kept = cut.count <= size.digits ? keptRows(of: image, from: row) : 0
        var image = image
        for digit in 0..<size.digits {
            let (place, target) = (first + digit, source.bytes + digit * size.rows * rowBytes)
            target.update(from: target + (size.rows - kept) * rowBytes, count: kept * rowBytes)
            conednn_write_digit(
                target + kept * rowBytes, &image, layer.padding, row + kept, size.rows - kept,
                UInt32(place * cut.bits), UInt32(cut.bits(at: place)), cut.flip(at: place))
        }
        held = Rows(image: image.words, first: row)
    }

    /// Rows from `row` on that the last call left at the end of its own.
    private func keptRows(of image: conednn_integers, from row: Int) -> Int {
        guard let held, held.image == image.words, held.first <= row else { return 0 }
        return max(0, held.first + size.rows - row)
    }
}

/// How values of a proven width become bytes of few bits each.
struct ByteCut {
    /// Of a byte but the last.
    let bits: Int
    /// Bytes of a value.
    let count: Int
    /// Of a value, the sign included where there is one.
    let width: Int
    /// Whether `2^(width - 1)` is added to every value, zeros of the padding included, so that none is negative.
    let isSigned: Bool

    /// Bits that stand in a byte; 0 beyond the last.
    func bits(at place: Int) -> Int { max(0, min(bits, width - place * bits)) }

    /// Adding `2^(width - 1)` to two's complement inverts its top bit.
    func flip(at place: Int) -> UInt8 {
        let bit = width - 1 - place * bits
        return isSigned && (0..<bits).contains(bit) ? 1 << UInt8(bit) : 0
    }
}
