import Numerics

/// The roundings of a requantised network, done in floats: a float network is trained and measured as the integers that will be run.
///
/// Weights and biases take the values that the integer network's stand for. Every activation but the last, the input among them, goes
/// to the nearest of its `2^A` levels, halves up, and is clamped at the last of them. Scales and levels are those of
/// `IntegerNetwork.init(requantising:)`, found anew whenever the weights have changed, so that the two differ by what floats round.
/// - SeeAlso: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018,
///   section 3. Deviation: the limits of activations are calibrated once, where theirs follow a moving average.
public struct FakeQuantisation: Sendable, Hashable {
    public let network: Network
    public let calibration: Calibration
    public let precision: Precision
    /// Of the input and of every activation but the last.
    private let scales: [Double]

    /// - Throws: `DenoisingError.reluMissing` unless every layer but the last has its ReLU, `invalidPrecision`, `invalidCalibration` if
    ///   limits are not one per layer but the last.
    public init(
        _ network: Network, calibration: Calibration, weightBits: Int, activationBits: Int
    ) throws(DenoisingError) {
        precision = Precision(weights: weightBits, activations: activationBits, requantisation: .multipliers)
        try precision.check()
        try network.requireReLUs()
        scales = try IntegerNetwork.activationScales(network, calibration, bits: activationBits)
        self.network = network
        self.calibration = calibration
    }

    /// The weights and biases that the integer network of these has.
    /// - Throws: As `IntegerNetwork.init(requantising:)`; `DenoisingError.nonFinite` where training has diverged.
    func rounded(_ convolutions: [CanonicalConvolution]) throws(DenoisingError) -> [CanonicalConvolution] {
        for (layer, convolution) in zip(network.layers, convolutions) {
            if let index = convolution.weights.firstIndex(where: { !$0.isFinite }) {
                throw .nonFinite(tensor: layer.weightName, index: index)
            }
        }
        let channels = try ChannelScales.all(of: network, convolutions, activations: scales, bits: precision.weights)
        var result = convolutions
        for (index, layer) in network.layers.enumerated() {
            let (own, taps) = (channels[index], convolutions[index].taps)
            let weights = own.wholeWeights(convolutions[index], bits: precision.weights)
            for position in weights.indices {
                result[index].weights[position] = Float(Double(weights[position]) * own.weights[position / taps])
            }
            let bias = try own.wholeBias(layer, convolutions[index])
            result[index].bias = zip(bias, own.accumulators).map { Float(Double($0) * $1) }
        }
        return result
    }

    /// What the integer network's weights and biases stand for, as floats.
    /// - Throws: As `Weights.init`, if the weights belong to another network; as `IntegerNetwork.init(requantising:)`.
    public func rounded(_ weights: Weights) throws(DenoisingError) -> Weights {
        try network.weights(of: rounded(network.canonicalConvolutions(weights)))
    }

    /// What training starts from: each channel's largest weights, which make its scale, cut off where that makes the mean square error
    /// of rounding the channel least. A few weights far from the others cost all of them precision; training makes up for the cut.
    /// - SeeAlso: Nagel et al., "A White Paper on Neural Network Quantization", 2021, section 3.1, on ranges by mean square error.
    /// - Throws: As `Weights.init`, if the weights belong to another network.
    public func clipped(_ weights: Weights) throws(DenoisingError) -> Weights {
        var convolutions = try network.canonicalConvolutions(weights)
        for (index, given) in convolutions.enumerated() {
            // The last layer's channels share a scale.
            let isShared = index == network.layers.count - 1
            let taps = isShared ? given.weights.count : given.taps
            for start in stride(from: 0, to: given.weights.count, by: taps) {
                let range = start..<(start + taps)
                let limit = clip(of: given.weights[range])
                for position in range {
                    convolutions[index].weights[position] = min(max(given.weights[position], -limit), limit)
                }
            }
        }
        return try network.weights(of: convolutions)
    }

    /// The best of the largest weight and shares of it, down to a fifth.
    private func clip(of weights: ArraySlice<Float>) -> Float {
        let largest = weights.reduce(0) { max($0, abs($1)) }
        var best = (limit: largest, error: Double.infinity)
        for share in stride(from: 100, through: 20, by: -2) {
            let limit = Float(Double(largest) * Double(share) / 100)
            let scale = IntegerNetwork.weightScale([limit], bits: precision.weights)
            let whole = IntegerNetwork.quantised(weights, scale: scale, bits: precision.weights)
            let error = zip(weights, whole).reduce(0.0) { sum, pair in
                let difference = Double(pair.0) - Double(pair.1) * scale
                return sum + difference * difference
            }
            if error < best.error { best = (limit, error) }
        }
        return best.limit
    }

    /// Where the input and every activation but the last may lie.
    package var levels: [ActivationLevels] {
        scales.map { ActivationLevels(scale: $0, bits: precision.activations) }
    }
}

/// The values that an unsigned activation can have: `0, scale, ..., (2^bits - 1) scale`.
package struct ActivationLevels: Sendable, Hashable {
    package let scale: Double
    package let largest: Double
    private let inverse: Double

    package init(scale: Double, bits: Int) {
        self.scale = scale
        largest = Double(1 << bits - 1)
        inverse = 1 / scale
    }

    /// The nearest of them, halves up, as `Requantiser` has it.
    package func nearest(_ value: Float) -> Float {
        Float(min(max(step(value), 0), largest) * scale)
    }

    /// What the rounding's derivative is taken for: 1, the straight-through estimate (Bengio et al., 2013), but 0 where the
    /// value is clamped, at the last level or by the ReLU.
    package func slope(_ value: Float) -> Float {
        value > 0 && step(value) <= largest ? 1 : 0
    }

    private func step(_ value: Float) -> Double { (Double(value) * inverse + 0.5).rounded(.down) }
}
