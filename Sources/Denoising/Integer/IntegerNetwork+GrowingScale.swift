import Numerics

extension IntegerNetwork {
    /// A network whose values grow: one weight scale per layer, signed values, nothing rounded but weights, biases and
    /// skip multipliers. Works with any ReLU placement.
    ///
    /// With `s[0] = 1 / (2^inputBits - 1)` and `t[k] = max |w| / (2^(weightBits - 1) - 1)`, an integer of layer `k`
    /// stands for `s[k] = s[k-1] t[k]`; biases are rounded at that scale, and a skip from activation `j` is multiplied
    /// by `s[j] / s[k]` rounded: the product of the scales in between.
    ///
    /// - Throws: `DenoisingError.invalidPrecision`, `valueOutOfRange` for scales beyond a Double, or as `Weights.init`.
    public init(
        growing network: Network, weights: Weights, weightBits: Int = Precision.usual.weights,
        inputBits: Int = Precision.usual.activations
    ) throws(DenoisingError) {
        try Precision(weights: weightBits, activations: inputBits).check()
        let convolutions = try network.canonicalConvolutions(weights)
        var scales = [1 / Double((1 << inputBits) - 1)]
        var largest = [BigInteger((1 << inputBits) - 1)]
        var layers: [IntegerLayer] = []
        for (index, layer) in network.layers.enumerated() {
            let convolution = convolutions[index]
            let weightScale = Self.weightScale(convolution.weights, bits: weightBits)
            let scale = scales[index] * weightScale
            guard scale.isFinite, scale > 0, (1 / scale).isFinite,
                convolution.bias.allSatisfy({ (Double($0) / scale).isFinite })
            else {
                throw .valueOutOfRange(
                    what: "layer \(layer.name): scale", expected: "one above 2^-1024: fewer layers or bits")
            }
            var multiplier: BigInteger?
            if let source = layer.skip {
                multiplier = try Self.whole(scales[source] / scale, "layer \(layer.name): skip's multiplier")
            }
            let made = try ChannelScales(layer, weight: weightScale, accumulator: scale, multiplier: multiplier).layer(
                layer, convolution, bits: weightBits, activation: layer.relu ? .relu : .none,
                largestInput: largest[index], largestSkipped: layer.skip.map { largest[$0] })
            layers.append(made)
            scales.append(scale)
            largest.append(made.largestOutput)
        }
        self.init(
            kind: .growingScale, layers: layers, inputBits: inputBits, weightBits: weightBits, activationBits: nil,
            outputScale: scales[scales.count - 1])
    }

    /// The nearest integer. - Throws: `DenoisingError.valueOutOfRange` for infinity and NaN, which scales far apart give.
    static func whole(_ value: Double, _ what: String) throws(DenoisingError) -> BigInteger {
        guard value.isFinite else {
            throw .valueOutOfRange(what: what, expected: "a finite number: weights and calibration of usual magnitudes")
        }
        return BigInteger(rounding: value)
    }

    /// The scale at which the largest weight becomes the largest integer of `bits` bits; 1 if all weights are zero.
    static func weightScale(_ weights: some Sequence<Float>, bits: Int) -> Double {
        let largest = weights.reduce(0) { max($0, abs($1)) }
        return largest == 0 ? 1 : Double(largest) / Double(1 << (bits - 1) - 1)
    }

    /// Nearest integers, halves away from zero.
    static func quantised(_ weights: some Sequence<Float>, scale: Double, bits: Int) -> [Int32] {
        let limit = Double(1 << (bits - 1) - 1)
        return weights.map { Int32(min(max((Double($0) / scale).rounded(), -limit), limit)) }
    }
}
