import Imaging

/// How a network was shown HU: it saw `(HU - zero) / scale`, and its output is read back the same way.
///
/// Networks here see `(HU - low) / (high - low)` of their window. Another affine mapping changes nothing but the first layer and the
/// output's scale, so both fold into weights and biases, exactly but for rounding to float32.
public struct InputMapping: Sendable, Hashable {
    /// The HU that the network saw as 0.
    public let zero: Double
    /// HU per unit.
    public let scale: Double

    /// - Throws: `DenoisingError.valueOutOfRange` unless both are below a million HU and the scale is positive.
    public init(zero: Double, scale: Double) throws(DenoisingError) {
        // Not a number fails every comparison.
        guard scale > 0, zero.magnitude < 1e6, scale < 1e6 else {
            throw .valueOutOfRange(
                what: "HU mapping (HU - \(zero)) / \(scale)", expected: "numbers below 10^6, scale above 0")
        }
        self.zero = zero
        self.scale = scale
    }

    /// `(HU + offset - mean) / deviation`: ldct-benchmark's has the offset 1024, mean 481.454 and deviation 502.185.
    public init(mean: Double, deviation: Double, offset: Double = 0) throws(DenoisingError) {
        try self.init(zero: mean - offset, scale: deviation)
    }

    /// `(HU + offset - minimum) / (maximum - minimum)`.
    public init(minimum: Double, maximum: Double, offset: Double = 0) throws(DenoisingError) {
        try self.init(zero: minimum - offset, scale: maximum - minimum)
    }
}

extension InputMapping: CustomStringConvertible {
    public var description: String { "(HU \(zero < 0 ? "+" : "-") \(zero.magnitude)) / \(scale)" }
}

extension TrainedNetwork {
    /// The same network for inputs mapped by its window, made of one that saw `mapping`.
    ///
    /// With `x = a u + c`, u the window's value, the first layer's weights become `a W` and its bias `b + c sum(W)`; the last layer's
    /// are divided by a, and the input that it adds is then u again.
    /// - Throws: `DenoisingError.invalidNetwork` where that is not possible: the mapping's 0 is not the window's floor, and the first
    ///   layer pads with it, the last layer cuts there, or another layer than the last adds the input.
    func folding(_ mapping: InputMapping) throws(DenoisingError) -> TrainedNetwork {
        let range = Double(window.high) - Double(window.low)
        let (a, c) = (range / mapping.scale, (Double(window.low) - mapping.zero) / mapping.scale)
        guard a != 1 || c != 0 else { return self }
        var convolutions = try network.canonicalConvolutions(weights)
        let (first, last) = (network.layers[0], network.layers[network.layers.count - 1])
        if c != 0 {
            let floor = "the window's floor, \(window.low) HU"
            guard convolutions[0].padding == 0 else {
                throw .invalidNetwork(
                    layer: first.name,
                    reason:
                        "pads with \(mapping.zero) HU, which the mapping \(mapping) takes for 0; expected no padding, or \(floor)"
                )
            }
            guard !last.relu else {
                throw .invalidNetwork(
                    layer: last.name,
                    reason:
                        "its ReLU cuts at \(mapping.zero) HU, which the mapping \(mapping) takes for 0; expected no last ReLU "
                        + "(--relu all-but-last), or \(floor)")
            }
        }
        guard network.layers.dropLast().allSatisfy({ $0.skip != 0 }), last.skip == 0 || c == 0, network.layers.count > 1
        else {
            throw .invalidNetwork(
                layer: last.name, reason: "a mapping folds into networks whose last layer, and no other, adds the input"
            )
        }
        convolutions[0].fold(factor: a, offset: c)
        convolutions[convolutions.count - 1].scale(by: 1 / a)
        return TrainedNetwork(
            network: network, weights: try network.weights(of: convolutions), window: window, calibration: nil,
            seed: seed,
            trainingConfiguration: trainingConfiguration, provenance: provenance, trainingImages: trainingImages)
    }
}

extension CanonicalConvolution {
    /// The same output for an input of which `factor * input + offset` is what it saw.
    fileprivate mutating func fold(factor: Double, offset: Double) {
        for channel in 0..<outputChannels {
            let sum = filter(channel).reduce(0) { $0 + Double($1) }
            bias[channel] = Float(Double(bias[channel]) + offset * sum)
        }
        weights = weights.map { Float(Double($0) * factor) }
    }

    fileprivate mutating func scale(by factor: Double) {
        weights = weights.map { Float(Double($0) * factor) }
        bias = bias.map { Float(Double($0) * factor) }
    }
}
