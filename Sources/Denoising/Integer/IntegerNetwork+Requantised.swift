import Numerics

extension IntegerNetwork {
    /// A network whose activations go back to `activationBits` unsigned bits after every layer but the last.
    ///
    /// Activation `k` has one public scale, `s[k] = limit[k] / (2^A - 1)` from the calibration; the input's is `1 /
    /// (2^A - 1)`. Weights have one scale per output channel, the smallest with which they fit - or, with a skip from
    /// activation `j`, the smallest `s[j] / (s[k-1] m)` with a whole `m`, so that the skip's multiplier `m` is exact.
    /// The last layer has one scale for all its channels, its accumulators are never requantised, and its ReLU acts on
    /// them as they are; it may have none.
    ///
    /// - Parameter calibration: as stored with the weights; nil is an error that says so.
    /// - Throws: `reluMissing` unless every layer but the last has its ReLU; `missingCalibration`, `invalidCalibration`,
    ///   `invalidPrecision`, `skipTooCoarse`; `accumulatorTooWide` beyond 64 bits; or as `Weights.init`.
    public init(
        requantising network: Network, weights: Weights, calibration: Calibration?,
        weightBits: Int = Precision.usual.weights, activationBits: Int = Precision.usual.activations
    ) throws(DenoisingError) {
        try Precision(weights: weightBits, activations: activationBits).check()
        try network.requireReLUs()
        let convolutions = try network.canonicalConvolutions(weights)
        let scales = try Self.activationScales(network, calibration, bits: activationBits)
        let allChannels = try ChannelScales.all(of: network, convolutions, activations: scales, bits: weightBits)
        let largest = BigInteger((1 << activationBits) - 1)
        var layers: [IntegerLayer] = []
        var outputScale = 1.0
        for (index, layer) in network.layers.enumerated() {
            let isLast = index == network.layers.count - 1
            let channels = allChannels[index]
            let activation: IntegerLayer.Activation
            if isLast {
                activation = layer.relu ? .relu : .none
                outputScale = channels.accumulators[0]
            } else {
                activation = .requantise(
                    try Requantiser(
                        ratios: channels.accumulators.map { $0 / scales[index + 1] }, activationBits: activationBits))
            }
            layers.append(
                try channels.layer(
                    layer, convolutions[index], bits: weightBits, activation: activation, largestInput: largest))
        }
        self.init(
            kind: .requantised, layers: layers, inputBits: activationBits, weightBits: weightBits,
            activationBits: activationBits, outputScale: outputScale)
        try requireAccumulators(within: 64)
    }

    /// Scales of the input and of every activation but the last.
    static func activationScales(
        _ network: Network, _ calibration: Calibration?, bits: Int
    ) throws(DenoisingError) -> [Double] {
        let expected = network.layers.count - 1
        guard let calibration else { throw .missingCalibration(expected: "the limits of \(expected) activations") }
        guard calibration.activationLimits.count == expected else {
            throw .invalidCalibration(
                reason:
                    "has \(calibration.activationLimits.count) limits, expected \(expected), one per layer but the last"
            )
        }
        return ([1] + calibration.activationLimits).map { $0 / Double((1 << bits) - 1) }
    }
}

/// The scales of one layer's output channels.
struct ChannelScales {
    /// Of each output channel's weights.
    private(set) var weights: [Double] = []
    /// Of each output channel's accumulator.
    private(set) var accumulators: [Double] = []
    /// Of the skip-add, where there is one.
    private var multipliers: [BigInteger] = []

    /// Of a requantised layer.
    /// - Parameters:
    ///   - input: scale of the activation before.
    ///   - skipped: scale of the activation that is added.
    ///   - isShared: whether all channels have one scale of weights.
    init(
        _ layer: Layer, _ convolution: CanonicalConvolution, input: Double, skipped: Double?, bits: Int, isShared: Bool
    ) throws(DenoisingError) {
        let shared = IntegerNetwork.weightScale(convolution.weights, bits: bits)
        for channel in 0..<layer.outputChannels {
            let filter = convolution.filter(channel)
            let isZero = filter.allSatisfy { $0 == 0 }
            let finest = isShared || isZero ? shared : IntegerNetwork.weightScale(filter, bits: bits)
            guard let skipped else {
                weights.append(finest)
                accumulators.append(input * finest)
                continue
            }
            let multiplier = (skipped / (input * finest)).rounded(.down)
            guard !(multiplier < 1) else { throw .skipTooCoarse(layer: layer.name, channel: channel) }
            multipliers.append(try IntegerNetwork.whole(multiplier, "layer \(layer.name): skip's multiplier"))
            accumulators.append(skipped / multiplier)
            weights.append(skipped / (multiplier * input))
        }
        try requireUsual(layer)
    }

    /// The same for all channels.
    init(_ layer: Layer, weight: Double, accumulator: Double, multiplier: BigInteger?) throws(DenoisingError) {
        weights = Array(repeating: weight, count: layer.outputChannels)
        accumulators = Array(repeating: accumulator, count: layer.outputChannels)
        multipliers = multiplier.map { Array(repeating: $0, count: layer.outputChannels) } ?? []
        try requireUsual(layer)
    }

    private func requireUsual(_ layer: Layer) throws(DenoisingError) {
        guard (weights + accumulators).allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw .valueOutOfRange(
                what: "layer \(layer.name): scale",
                expected: "a positive number: weights and calibration of usual magnitudes")
        }
    }

    /// Of every layer of a requantised network; the channels of the last share theirs.
    /// - Parameter activations: Scales of the input and of every activation but the last.
    static func all(
        of network: Network, _ convolutions: [CanonicalConvolution], activations: [Double], bits: Int
    ) throws(DenoisingError) -> [ChannelScales] {
        try network.layers.enumerated().map { (index, layer) throws(DenoisingError) in
            try ChannelScales(
                layer, convolutions[index], input: activations[index], skipped: layer.skip.map { activations[$0] },
                bits: bits, isShared: index == network.layers.count - 1)
        }
    }

    /// The weights in steps of their channels' scales.
    func wholeWeights(_ convolution: CanonicalConvolution, bits: Int) -> [Int32] {
        weights.indices.flatMap { channel in
            IntegerNetwork.quantised(convolution.filter(channel), scale: weights[channel], bits: bits)
        }
    }

    /// The bias in steps of the accumulators' scales.
    func wholeBias(_ layer: Layer, _ convolution: CanonicalConvolution) throws(DenoisingError) -> [BigInteger] {
        try zip(convolution.bias, accumulators).map { (value, scale) throws(DenoisingError) in
            try IntegerNetwork.whole(Double(value) / scale, "layer \(layer.name): bias")
        }
    }

    /// - Parameter largestSkipped: the largest magnitude of the activation that is added; nil is that of the input.
    func layer(
        _ layer: Layer, _ convolution: CanonicalConvolution, bits: Int, activation: IntegerLayer.Activation,
        largestInput: BigInteger, largestSkipped: BigInteger? = nil
    ) throws(DenoisingError) -> IntegerLayer {
        IntegerLayer(
            convolution, name: layer.name, weights: wholeWeights(convolution, bits: bits),
            bias: try wholeBias(layer, convolution),
            skip: layer.skip.map { IntegerLayer.Skip(source: $0, multipliers: multipliers) }, activation: activation,
            largestInput: largestInput, largestSkipped: largestSkipped ?? largestInput)
    }
}
