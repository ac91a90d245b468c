import Denoising
import PrivateDenoising

/// How the weights of a row are asked for: each input of a window holds another power of two, so that every weight comes back in bits
/// of its own. Public numbers alone, so both sides of the attack derive the same plan.
struct RadixPlan {
    /// A window of the input and the output it belongs to. Windows do not overlap, and what lies outside is zero. A small image has
    /// too few for a long row: its beginning is read.
    struct Spot {
        let inputs: [Int]
        let output: Int
        /// Weights that this spot asks for.
        let taps: Range<Int>
    }

    /// Weights of a row: of the first layer, or of the whole network in modes with one round.
    let taps: Int
    /// Width of a weight, sign included.
    let weightBits: Int
    /// Bits of each digit, and of the lowest, which holds the bias where it cannot be told apart.
    let digitBits, firstBits: Int
    let spots: [Spot]
    /// An output all of whose inputs are zero.
    let blank: Int
    /// Bits of a plaintext that carry what was asked for: all of them, or those below the noise of unused slots.
    let capacity: Int

    /// - Parameters:
    ///   - weightBits: of a single layer's weights, a public precision.
    ///   - isNoisy: whether the server fills unused slots.
    /// - Throws: `LeakageError.unsuitable` where the image has no room for two windows.
    init(_ agreement: Agreement, weightBits: Int, isNoisy: Bool) throws {
        let (round, layers) = (agreement.rounds[0], agreement.layers.map(\.architecture))
        let layout = try PaillierScheme.layouts(for: agreement)[0]
        let maskBits = agreement.mask?.bits ?? 0
        capacity = layout.readableBits(belowNoise: isNoisy)
        // A network's rows have no public width but what the slots were made for.
        let isWhole = agreement.rounds.count == 1
        self.weightBits = isWhole ? layout.valueBits - agreement.inputBits : weightBits
        // Where signs have to be guessed, digits are mostly empty, so that a wrong guess shows.
        digitBits = maskBits + self.weightBits + (agreement.mode.hidesSigns && agreement.mask == nil ? 8 : 2)
        firstBits = agreement.mask == nil ? 0 : layout.valueBits + 2
        let (top, left) = (
            Self.padding(round, layers[round.layers], \.height, \.kernelHeight),
            Self.padding(round, layers[round.layers], \.width, \.kernelWidth)
        )
        let height = round.input.height + 1 - round.output.height + 2 * top
        let width = round.input.width + 1 - round.output.width + 2 * left
        let count = round.input.channels * height * width
        let each = (capacity - firstBits) / digitBits
        let corners = stride(from: 0, through: round.input.height - height, by: height).flatMap { y in
            stride(from: 0, through: round.input.width - width, by: width).map { (y, $0) }
        }
        guard each > 0, corners.count > 1 else {
            throw LeakageError.unsuitable(
                attack: "radix", expected: "a larger image: \(corners.count) windows of \(height)x\(width) fit it")
        }
        func output(_ corner: (y: Int, x: Int)) -> Int { (corner.y + top) * round.output.width + corner.x + left }
        // As many as the image has room for, and a window of zeros.
        spots = zip(stride(from: 0, to: count, by: each), corners.dropLast()).map { first, corner in
            let (y, x) = corner
            let inputs = (0..<round.input.channels).flatMap { channel in
                (y..<y + height).flatMap { row in
                    (x..<x + width).map { (channel * round.input.height + row) * round.input.width + $0 }
                }
            }
            return Spot(inputs: inputs, output: output((y, x)), taps: first..<min(first + each, count))
        }
        taps = count
        blank = output(corners[spots.count])
    }

    /// Rows of zeros on each side, all layers of the round together: a kernel that reaches as far as theirs do.
    private static func padding(
        _ round: Agreement.Round, _ layers: ArraySlice<Layer>, _ size: KeyPath<TensorShape, Int>,
        _ kernel: KeyPath<Layer, Int>
    ) -> Int {
        let reach = layers.reduce(0) { $0 + $1[keyPath: kernel] - 1 }
        return (round.output[keyPath: size] - round.input[keyPath: size] + reach) / 2
    }

    /// The bit at which a weight's digit begins, within its spot.
    func shift(_ tap: Int, in spot: Spot) -> Int { firstBits + (tap - spot.taps.lowerBound) * digitBits }
}
