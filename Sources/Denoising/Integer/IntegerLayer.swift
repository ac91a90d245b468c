public import WideIntegers

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
    /// One per output channel.
    public let bias: [BigInteger]
    public let skip: Skip?
    public let activation: Activation
    /// The largest magnitude an input value can have.
    public let largestInput: BigInteger
    /// The largest magnitude the accumulator of each output channel can have.
    public let accumulatorBounds: [BigInteger]

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
    }

    /// Bits of the widest accumulator in two's complement, sign included.
    public var accumulatorBits: Int { (accumulatorBounds.max()?.bitWidth ?? 0) + 1 }

    /// The largest magnitude of what the layer passes on.
    public var largestOutput: BigInteger {
        if case .requantise(let requantiser) = activation { return BigInteger(requantiser.largest) }
        return accumulatorBounds.max() ?? .zero
    }

    /// L1 norm of each output channel's filter.
    var filterNorms: [Int] {
        let taps = weights.count / outputChannels
        return (0..<outputChannels).map { channel in
            weights[(channel * taps)..<((channel + 1) * taps)].reduce(0) { $0 + Int($1.magnitude) }
        }
    }

    /// Size of the accumulator for an input of the given shape.
    /// - Throws: `DenoisingError.sizeMismatch` if channels differ or the image is smaller than the kernel.
    public func outputShape(for input: TensorShape) throws(DenoisingError) -> TensorShape {
        let layer = Layer(
            name: name, inputChannels: inputChannels, outputChannels: outputChannels, kernelHeight: kernelHeight,
            kernelWidth: kernelWidth, padding: padding)
        return try layer.outputShape(for: input)
    }
}
