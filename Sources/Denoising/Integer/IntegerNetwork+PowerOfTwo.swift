import Numerics

extension IntegerNetwork {
    /// A requantised network whose activations need a shift alone: one power of two per layer instead of a multiplier per
    /// channel, so that a protocol on shares modulo 2^L can do it (`IntegerLayer.shareBits`).
    ///
    /// With the scales `s[k]` of `init(requantising:)`, an accumulator of layer `k` stands for `s[k] / 2^shift`, and weights have
    /// the scale `s[k] / (s[k-1] 2^shift)`: `shift` is the largest with which the layer's largest weight fits `weightBits`. A skip
    /// from activation `j` has the multiplier `s[j] 2^shift / s[k]`, rounded. The last layer is that of the requantised network.
    ///
    /// A layer whose shares would need more than `weightBits + activationBits + 8` bits gets weights of one bit less, or two where that
    /// is enough: every bit of the widest layer halves the flooding of lattice answers, whose distance mode `shared` has to keep.
    ///
    /// - Parameter calibration: as stored with the weights; nil is an error that says so.
    /// - Throws: as `init(requantising:)`; `DenoisingError.negativeShift` naming a layer with weights beyond `2^(weightBits - 1) - 1`
    ///   steps of its output.
    public init(
        shifting network: Network, weights: Weights, calibration: Calibration?,
        weightBits: Int = Precision.usual.weights, activationBits: Int = Precision.usual.activations
    ) throws(DenoisingError) {
        try Precision(weights: weightBits, activations: activationBits).check()
        try network.requireReLUs()
        let convolutions = try network.canonicalConvolutions(weights)
        let scales = try Self.activationScales(network, calibration, bits: activationBits)
        let largest = BigInteger((1 << activationBits) - 1)
        let last = network.layers.count - 1
        let width = weightBits + activationBits + Self.roomOfShares
        var layers: [IntegerLayer] = []
        for (index, layer) in network.layers.enumerated() where index < last {
            layers.append(
                try Self.narrowed(weightBits, shares: width) { (bits) throws(DenoisingError) in
                    let scale = ShiftScale(
                        convolutions[index], input: scales[index], output: scales[index + 1], bits: bits,
                        activationBits: activationBits)
                    guard scale.shift >= 0 else {
                        throw .negativeShift(layer: layer.name, shift: scale.shift, weightBits: bits)
                    }
                    return try scale.layer(
                        layer, convolutions[index], skipped: layer.skip.map { scales[$0] }, largest: largest)
                })
        }
        var outputScale = 1.0
        layers.append(
            try Self.narrowed(weightBits, shares: width) { (bits) throws(DenoisingError) in
                let channels = try ChannelScales(
                    network.layers[last], convolutions[last], input: scales[last],
                    skipped: network.layers[last].skip.map { scales[$0] }, bits: bits, isShared: true)
                outputScale = channels.accumulators[0]
                return try channels.layer(
                    network.layers[last], convolutions[last], bits: bits,
                    activation: network.layers[last].relu ? .relu : .none, largestInput: largest)
            })
        self.init(
            kind: .powerOfTwo, layers: layers, inputBits: activationBits, weightBits: weightBits,
            activationBits: activationBits, outputScale: outputScale)
        try requireAccumulators(within: 64)
    }

    /// Bits of an accumulator beside those of weight and activation: sums of 2^8 products of the largest weight and activation.
    private static let roomOfShares = 8

    /// The layer with weights of `bits` bits, or of one or two less if its shares fit `width` then and not before.
    private static func narrowed(
        _ bits: Int, shares width: Int, _ layer: (Int) throws(DenoisingError) -> IntegerLayer
    ) throws(DenoisingError) -> IntegerLayer {
        let widest = try layer(bits)
        guard widest.shareBits > width else { return widest }
        for fewer in stride(from: bits - 1, through: max(2, bits - 2), by: -1) {
            guard let narrower = try? layer(fewer) else { continue }
            if narrower.shareBits <= width { return narrower }
        }
        return try layer(bits)
    }
}

/// The one scale of a layer that is requantised by a shift.
private struct ShiftScale {
    let shift: Int
    private let weight: Double
    private let accumulator: Double
    private let bits: Int
    private let activationBits: Int

    /// - Parameters:
    ///   - input: scale of the activation before.
    ///   - output: scale of the activation after.
    init(_ convolution: CanonicalConvolution, input: Double, output: Double, bits: Int, activationBits: Int) {
        let largest = convolution.weights.reduce(0) { max($0, abs($1)) }
        // Where all weights are zero any shift holds them; this one keeps a skip's multiplier as fine as elsewhere.
        let limit = Double(1 << (bits - 1) - 1)
        let ratio = largest == 0 ? 0x1p12 : limit * output / (input * Double(largest))
        // The exponent is floor(log2). Room is left for the shift and the activation above it in 62 bits.
        shift = min(Int(ratio.exponent), Requantiser.shiftRange.upperBound - activationBits)
        accumulator = output / Double(sign: .plus, exponent: shift, significand: 1)
        weight = accumulator / input
        self.bits = bits
        self.activationBits = activationBits
    }

    func layer(
        _ layer: Layer, _ convolution: CanonicalConvolution, skipped: Double?, largest: BigInteger
    ) throws(DenoisingError) -> IntegerLayer {
        var multiplier: BigInteger?
        if let skipped {
            let whole = try IntegerNetwork.whole(skipped / accumulator, "layer \(layer.name): skip multiplier")
            guard whole > .zero else { throw .skipTooCoarse(layer: layer.name, channel: 0) }
            multiplier = whole
        }
        let requantiser = try Requantiser(
            multipliers: Array(repeating: 1, count: layer.outputChannels), shift: shift, activationBits: activationBits)
        return try ChannelScales(layer, weight: weight, accumulator: accumulator, multiplier: multiplier)
            .layer(layer, convolution, bits: bits, activation: .requantise(requantiser), largestInput: largest)
    }
}
