import Numerics

extension IntegerNetwork {
    /// A linear network folded into one layer for images of one size: a row of whole coefficients per output position, exact at the
    /// borders, quantised from the float operator.
    ///
    /// All rows have one scale, the smallest with which the largest coefficient fits `weightBits`. What the last layer adds of the
    /// input stays outside the rows with an exact multiplier `m`: the scale is then `1 / m`. Within a row every coefficient is
    /// rounded together with the error left by the one before it, so that any run of neighbours sums up to its float within
    /// one unit: independent errors of 41 x 41 coefficients would change the brightness of an even area.
    ///
    /// - Throws: `invalidPrecision`, `skipTooCoarse`; `accumulatorTooWide` beyond 63 bits; or as `LinearOperator.init`.
    public init(
        fusing network: Network, weights: Weights, height: Int, width: Int,
        weightBits: Int = Precision.usual.weights, inputBits: Int = Precision.usual.activations,
        threads: Int = ExactConvolution.defaultThreads
    ) throws(DenoisingError) {
        try Precision(weights: weightBits, activations: inputBits).check()
        let last = network.layers[network.layers.count - 1]
        let addsInput = last.skip == 0
        let map = try LinearOperator(
            network, weights: weights, height: height, width: width, addsInput: false, threads: threads)
        let limit = Double(1 << (weightBits - 1) - 1)
        let largest = map.filters.reduce(0) { $1.reduce($0) { max($0, abs($1)) } }
        var scale = largest == 0 ? 1 : largest / limit
        var skip: IntegerLayer.Skip?
        if addsInput {
            let multiplier = (1 / scale).rounded(.down)
            guard multiplier >= 1, multiplier.isFinite else { throw .skipTooCoarse(layer: last.name, channel: 0) }
            scale = 1 / multiplier
            let multipliers = Array(
                repeating: try Self.whole(multiplier, "skip's multiplier"), count: last.outputChannels)
            skip = IntegerLayer.Skip(source: 0, multipliers: multipliers)
        }
        let inputScale = 1 / Double((1 << inputBits) - 1)
        guard scale.isFinite, scale > 0 else {
            throw .valueOutOfRange(what: "scale of the folded network", expected: "a positive number")
        }
        let biases = try map.biases.map { (channels) throws(DenoisingError) in
            try channels.map { (bias) throws(DenoisingError) in
                try Self.whole(bias / (inputScale * scale), "bias of the folded network")
            }
        }
        let rows = IntegerRows(
            grid: map.grid, filters: map.filters.map { Self.carryingRounding($0, scale: scale, limit: limit) },
            biases: biases)
        let layer = IntegerLayer(
            rows, name: "fused", skip: skip, activation: last.relu ? .relu : .none,
            largestInput: BigInteger((1 << inputBits) - 1))
        self.init(
            kind: .fused, layers: [layer], inputBits: inputBits, weightBits: weightBits, activationBits: nil,
            outputScale: inputScale * scale)
        try requireAccumulators(within: 63)
    }

    private static func carryingRounding(_ row: [Double], scale: Double, limit: Double) -> [Int32] {
        var error = 0.0
        return row.map { coefficient in
            let wanted = coefficient / scale + error
            let whole = min(max(wanted.rounded(), -limit), limit)
            error = wanted - whole
            return Int32(whole)
        }
    }
}
