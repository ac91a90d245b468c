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

    /// - Throws: `DenoisingError.reluMissing` unless every layer has its ReLU, `invalidPrecision`, `invalidCalibration` if limits are
    ///   not one per layer but the last.
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
            let (own, taps) = (channels[index], convolutions[index].weights.count / layer.outputChannels)
            let weights = own.wholeWeights(convolutions[index], bits: precision.weights)
            for position in weights.indices {
                result[index].weights[position] = Float(Double(weights[position]) * own.weights[position / taps])
            }
            let bias = try own.wholeBias(layer, convolutions[index])
            result[index].bias = zip(bias, own.accumulators).map { Float(Double($0) * $1) }
        }
        return result
    }

    /// The float weights whose network without any rounding of weights left gives what the integers stand for.
    /// - Throws: As `Weights.init`, if the weights belong to another network; as `IntegerNetwork.init(requantising:)`.
    public func rounded(_ weights: Weights) throws(DenoisingError) -> Weights {
        var tensors: [String: WeightTensor] = [:]
        for (layer, convolution) in zip(network.layers, try rounded(network.canonicalConvolutions(weights))) {
            tensors.merge(try convolution.stateTensors(for: layer)) { $1 }
        }
        return try Weights(tensors, for: network)
    }

    /// Where the input and every activation but the last may lie.
    public var levels: [ActivationLevels] {
        scales.map { ActivationLevels(scale: $0, bits: precision.activations) }
    }
}

/// The values that an unsigned activation can have: `0, scale, ..., (2^bits - 1) scale`.
public struct ActivationLevels: Sendable, Hashable {
    public let scale: Double
    public let largest: Double
    private let inverse: Double

    public init(scale: Double, bits: Int) {
        self.scale = scale
        largest = Double(1 << bits - 1)
        inverse = 1 / scale
    }

    /// The nearest of them, halves up, as `Requantiser` has it.
    public func nearest(_ value: Float) -> Float {
        Float(min(max(step(value), 0), largest) * scale)
    }

    /// What the rounding's derivative is taken for: 1, the straight-through estimate (Bengio et al., 2013), but 0 where the
    /// value is clamped, at the last level or by the ReLU.
    public func slope(_ value: Float) -> Float {
        value > 0 && step(value) <= largest ? 1 : 0
    }

    private func step(_ value: Float) -> Double { (Double(value) * inverse + 0.5).rounded(.down) }
}
