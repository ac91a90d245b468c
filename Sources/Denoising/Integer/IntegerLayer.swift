public import Numerics

/// One layer over exact integers: a canonical cross-correlation (see `CanonicalConvolution`) with whole weights, plus
/// bias, plus an earlier activation times a whole multiplier, then an activation.
///
/// The bound of every accumulator is proven when the layer is made, from the exact L1 norm of each filter:
/// `accumulatorBounds[o] = L1[o] * largestInput + |bias[o]| + |multiplier[o]| * largest skipped activation`.
public struct IntegerLayer: Sendable, Hashable {
    public enum Activation: Sendable, Hashable {
        case none
        /// `max(0, x)`, exact.
        case relu
        case requantise(Requantiser)
    }

    public struct Skip: Sendable, Hashable {
        /// 0 is the network's input, `k` the activation after layer `k`.
        public let source: Int
        /// One per output channel.
        public let multipliers: [BigInteger]
    }

    public let name: String
    public let inputChannels: Int
    public let outputChannels: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    /// Zeros around the image on every side.
    public private(set) var padding: Int
    /// `[out][in][kh][kw]`, row-major.
    public let weights: [Int32]
    /// Where it is set the layer is this map instead of a correlation: its weights and bias are empty, padding is 0, and kernel sizes
    /// are those of the largest window.
    public let rows: IntegerRows?
    /// One per output channel.
    public let bias: [BigInteger]
    public let skip: Skip?
    public let activation: Activation
    /// The largest magnitude an input value can have.
    public let largestInput: BigInteger
    /// The largest magnitude the accumulator of each output channel can have.
    public let accumulatorBounds: [BigInteger]
    /// What the accumulator of each output channel can be where inputs and skipped activations are not negative, as after a
    /// ReLU: a positive weight counts towards the top alone, a negative one towards the bottom. Up to a bit narrower than the
    /// bounds. For rows, the bounds.
    public let accumulatorRanges: [ClosedRange<BigInteger>]

    /// The same layer on images that bring their own surroundings, or more of them; bounds do not depend on it.
    public func withPadding(_ padding: Int) -> IntegerLayer {
        var layer = self
        layer.padding = padding
        return layer
    }

    /// - Parameter largestSkipped: the largest magnitude of the activation that `skip` adds.
    init(
        _ convolution: CanonicalConvolution, name: String, weights: [Int32], bias: [BigInteger], skip: Skip?,
        activation: Activation, largestInput: BigInteger, largestSkipped: BigInteger
    ) {
        self.name = name
        inputChannels = convolution.inputChannels
        outputChannels = convolution.outputChannels
        kernelHeight = convolution.kernelHeight
        kernelWidth = convolution.kernelWidth
        padding = convolution.padding
        self.weights = weights
        rows = nil
        self.bias = bias
        self.skip = skip
        self.activation = activation
        self.largestInput = largestInput
        let taps = weights.count / outputChannels
        accumulatorBounds = bias.indices.map { channel in
            let filter = weights[(channel * taps)..<((channel + 1) * taps)]
            let norm = filter.reduce(0) { $0 + Int($1.magnitude) }
            let skipped = skip.map { $0.multipliers[channel].absoluteValue * largestSkipped } ?? .zero
            return BigInteger(norm) * largestInput + bias[channel].absoluteValue + skipped
        }
        accumulatorRanges = bias.indices.map { channel in
            let filter = weights[(channel * taps)..<((channel + 1) * taps)]
            let (down, up) = filter.reduce((0, 0)) { ($0.0 + Int(min($1, 0)), $0.1 + Int(max($1, 0))) }
            let skipped = skip.map { $0.multipliers[channel] * largestSkipped } ?? .zero
            return bias[channel] + BigInteger(down) * largestInput + min(skipped, .zero)...bias[channel]
                + BigInteger(up) * largestInput + max(skipped, .zero)
        }
    }

    /// A layer with a row of coefficients per output position.
    init(_ rows: IntegerRows, name: String, skip: Skip?, activation: Activation, largestInput: BigInteger) {
        self.name = name
        inputChannels = rows.grid.input.channels
        outputChannels = rows.grid.output.channels
        kernelHeight = rows.grid.rows.map(\.window.count).max() ?? 0
        kernelWidth = rows.grid.columns.map(\.window.count).max() ?? 0
        padding = 0
        weights = []
        bias = []
        self.rows = rows
        self.skip = skip
        self.activation = activation
        self.largestInput = largestInput
        accumulatorBounds = zip(rows.bounds(largestInput: largestInput), 0...).map { bound, channel in
            bound + (skip.map { $0.multipliers[channel].absoluteValue * largestInput } ?? .zero)
        }
        accumulatorRanges = accumulatorBounds.map { -$0...$0 }
    }

    /// Bits of the widest accumulator in two's complement, sign included.
    public var accumulatorBits: Int { (accumulatorBounds.max()?.bitWidth ?? 0) + 1 }

    /// The largest magnitude of what the layer passes on.
    public var largestOutput: BigInteger {
        if case .requantise(let requantiser) = activation { return BigInteger(requantiser.largest) }
        return accumulatorBounds.max() ?? .zero
    }

    /// Size of the accumulator for an input of the given shape.
    /// - Throws: `DenoisingError.sizeMismatch` if channels differ or the image is smaller than the kernel, or not of the size
    ///   that rows were made for.
    public func outputShape(for input: TensorShape) throws(DenoisingError) -> TensorShape {
        if let grid = rows?.grid {
            guard input.with(count: 1) == grid.input else {
                throw .sizeMismatch(layer: name, reason: "input is \(input), fused for images of \(grid.input)")
            }
            return grid.output.with(count: input.count)
        }
        let layer = Layer(
            name: name, inputChannels: inputChannels, outputChannels: outputChannels, kernelHeight: kernelHeight,
            kernelWidth: kernelWidth, padding: padding)
        return try layer.outputShape(for: input)
    }
}
