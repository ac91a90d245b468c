/// How weights come to whole numbers.
public enum RoundingMethod: String, Sendable, CaseIterable, Codable {
    /// Each to the nearest.
    case nearest
    /// One after the other, each also making up for the errors made before it, as far as the layer's inputs let one weight stand in
    /// for another.
    case compensated
}

/// Chooses weights for a requantised network of few bits by what its layers give on images, not one by one.
///
/// Layer by layer, from the first: weights are rounded to the layer's own grid with the inputs that the layers rounded before give,
/// and the bias takes up the mean difference that is left to the float network, channel by channel. The result is float weights that
/// lie on the grid: an `IntegerNetwork` of the same bits finds exactly these integers, on every machine.
/// - SeeAlso: Nagel et al., "Data-Free Quantization through Weight Equalization and Bias Correction", ICCV 2019, section 4.2;
///   Frantar et al., "GPTQ", ICLR 2023, in the form of Chee et al., "QuIP", NeurIPS 2023, section 3.1: with the inputs' second
///   moments `H = (U + 1) D (U + 1)^T`, `q[k] = round(w[k] + sum over i < k of (w[i] - q[i]) U[i, k])`.
public struct WeightRounding {
    private let network: Network
    private let calibration: Calibration?
    private let weightBits: Int
    private let activationBits: Int
    private let method: RoundingMethod
    private let threads: Int?

    /// Weights end this much inside the grid's ends, so that scales found again from them are the same but for it: a skip's whole
    /// multiplier must not fall below what it was.
    private static let margin = 1 - 0x1p-20

    /// - Throws: `DenoisingError.reluMissing` unless every layer but the last has its ReLU.
    public init(
        _ network: Network, calibration: Calibration?, weightBits: Int,
        activationBits: Int = Precision.usual.activations,
        method: RoundingMethod, threads: Int? = nil
    ) throws(DenoisingError) {
        try network.requireReLUs()
        self.network = network
        self.calibration = calibration
        self.weightBits = weightBits
        self.activationBits = activationBits
        self.method = method
        self.threads = threads
    }

    /// - Parameters:
    ///   - images: normalised, one size; a few dozen patches.
    ///   - onLayer: called after each layer.
    /// - Throws: as `IntegerNetwork(requantising:)`.
    public func callAsFunction(
        _ weights: Weights, images: Tensor, onLayer: () -> Void = {}
    ) throws(DenoisingError) -> Weights {
        let scales = try IntegerNetwork.activationScales(network, calibration, bits: activationBits)
        var rounded = weights
        for (index, layer) in network.layers.enumerated() {
            var convolution = try network.canonicalConvolutions(rounded)[index]
            let channels = try ChannelScales(
                layer, convolution, input: scales[index], skipped: layer.skip.map { scales[$0] }, bits: weightBits,
                isShared: index == network.layers.count - 1)
            let feedback =
                method == .nearest
                ? nil : try inputMoments(of: index, weights: rounded, images: images).feedback()
            convolution.weights = round(convolution, scales: channels.weights, feedback: feedback)
            rounded = try Weights(
                rounded.tensors.merging(convolution.stateTensors(for: layer)) { _, new in new }, for: network)
            let (wanted, found) = try (
                channelMeans(of: index, weights: weights, images: images),
                channelMeans(of: index, weights: rounded, images: images)
            )
            for channel in convolution.bias.indices {
                convolution.bias[channel] += Float(wanted[channel] - found[channel])
            }
            rounded = try Weights(
                rounded.tensors.merging(convolution.stateTensors(for: layer)) { _, new in new }, for: network)
            onLayer()
        }
        return rounded
    }

    /// Weights on the grid of each channel's scale. The largest weight of a channel, which makes the scale, stays where it is.
    private func round(
        _ convolution: CanonicalConvolution, scales: [Double], feedback: InputMoments.Feedback?
    ) -> [Float] {
        let limit = Double(1 << (weightBits - 1) - 1)
        return (0..<convolution.outputChannels).flatMap { channel in
            let filter = convolution.filter(channel).map(Double.init)
            let scale = scales[channel]
            let largest = filter.indices.max { abs(filter[$0]) < abs(filter[$1]) }
            var errors: [Double] = []
            return filter.enumerated().map { tap, weight in
                let wanted = tap == largest ? weight : weight + (feedback?.correction(tap, errors) ?? 0)
                let step = min(max((wanted / scale).rounded(), -limit), limit)
                errors.append(weight - step * scale)
                return Float(step * scale * Self.margin)
            }
        }
    }

    /// Second moments of the windows a layer's filter sees.
    private func inputMoments(of index: Int, weights: Weights, images: Tensor) throws(DenoisingError) -> InputMoments {
        let convolution = try network.canonicalConvolutions(weights)[index]
        let evaluator = try NetworkEvaluator(
            network, weights: weights, inputShape: images.shape.with(count: 1), threads: threads)
        var moments = InputMoments(convolution)
        for image in 0..<images.shape.count {
            let activations = try evaluator.activations(images.images([image]))
            try moments.add(activations[index], output: activations[index + 1].shape, images: images.shape.count)
        }
        return moments
    }

    /// Means over images and positions of what a layer gives before its ReLU.
    private func channelMeans(of index: Int, weights: Weights, images: Tensor) throws(DenoisingError) -> [Double] {
        var layers = Array(network.layers[...index])
        layers[index].relu = false
        let part = try Network(layers: layers)
        let names = Set(layers.flatMap { [$0.weightName, $0.biasName] })
        let own = try Weights(weights.tensors.filter { names.contains($0.key) }, for: part)
        let evaluator = try NetworkEvaluator(
            part, weights: own, inputShape: images.shape.with(count: 1), threads: threads)
        var sums = [Double](repeating: 0, count: layers[index].outputChannels)
        var count = 0
        for image in 0..<images.shape.count {
            let output = try evaluator.run(images.images([image]))
            let area = output.shape.planeSize
            for channel in sums.indices {
                sums[channel] += output.values[(channel * area)..<((channel + 1) * area)].reduce(0) { $0 + Double($1) }
            }
            count += area
        }
        return sums.map { $0 / Double(count) }
    }
}
