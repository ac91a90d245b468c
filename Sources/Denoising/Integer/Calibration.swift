/// The range of every activation between the layers of an all-ReLU network, measured once on training data and stored
/// with the weights. An integer network takes its scales from here and never measures again: float inference rounds
/// differently on different processors, and one changed scale would change every integer.
public struct Calibration: Sendable, Hashable, Codable {
    /// The real value that the largest integer `2^activationBits - 1` stands for, one per layer but the last.
    public let activationLimits: [Double]
    /// How the limits came about, in words.
    public let rule: String
    /// Images measured.
    public let images: Int
    /// SHA-256 of the file they came from, or what else identifies them.
    public let data: String

    /// - Throws: `DenoisingError.invalidCalibration` if a limit is not positive and finite, or the number of images is negative.
    public init(activationLimits: [Double], rule: String, images: Int, data: String) throws(DenoisingError) {
        if let bad = activationLimits.firstIndex(where: { !($0.isFinite && $0 > 0) }) {
            throw .invalidCalibration(
                reason: "limit of layer \(bad + 1) is \(activationLimits[bad]), expected a positive number"
                    + (activationLimits[bad] == 0 ? ": what the layer gives is 0 everywhere" : ""))
        }
        guard images >= 0 else { throw .invalidCalibration(reason: "is of \(images) images, expected 0 or more") }
        self.activationLimits = activationLimits
        self.rule = rule
        self.images = images
        self.data = data
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            activationLimits: values.decode([Double].self, forKey: .activationLimits),
            rule: values.decode(String.self, forKey: .rule), images: values.decode(Int.self, forKey: .images),
            data: values.decode(String.self, forKey: .data))
    }

    /// Beyond it next to nothing of an activation's bits is used.
    public static let marginRange = 1.0...100.0

    /// Runs the float network over normalised images and takes each activation's maximum, or a percentile, times `margin`.
    ///
    /// - Parameters:
    ///   - percentile: above 0, at most 100: of all values of an activation, zeros included, to a 65,536th of its maximum; what lies
    ///     beyond is clamped. nil is the maximum.
    ///   - margin: room for images brighter than those seen, 1 to 100.
    ///   - data: what identifies the images, stored as it is.
    ///   - progress: called after every image, of which there are two passes with a percentile.
    /// - Throws: `DenoisingError.reluMissing` for a network without ReLU after every layer but the last; `invalidCalibration` if an
    ///   activation is zero for every image.
    public static func measure(
        _ network: Network, weights: Weights, images: Tensor, percentile: Double? = nil, margin: Double = 1.25,
        data: String,
        threads: Int? = nil, progress: () -> Void = {}
    ) throws(DenoisingError) -> Calibration {
        try network.requireReLUs()
        guard marginRange.contains(margin) else {
            throw .invalidConfiguration(
                key: "margin", reason: "\(margin), expected \(marginRange.lowerBound) to \(marginRange.upperBound)")
        }
        if let percentile, !(percentile > 0 && percentile <= 100) {
            throw .invalidConfiguration(key: "percentile", reason: "\(percentile), expected above 0 and at most 100")
        }
        let evaluator = try NetworkEvaluator(
            network, weights: weights, inputShape: images.shape.with(count: 1), threads: threads)
        var maxima = [Float](repeating: 0, count: network.layers.count - 1)
        func pass(_ look: (_ layer: Int, _ values: [Float]) -> Void) throws(DenoisingError) {
            for image in 0..<images.shape.count {
                let activations = try evaluator.activations(images.images([image]))
                for layer in maxima.indices { look(layer, activations[layer + 1].values) }
                progress()
            }
        }
        try pass { layer, values in maxima[layer] = values.reduce(maxima[layer]) { max($0, $1) } }
        var limits = maxima.map(Double.init)
        if let percentile {
            var histograms = maxima.map { Histogram(maximum: $0) }
            try pass { layer, values in histograms[layer].add(values) }
            limits = histograms.map { $0.percentile(percentile) }
        }
        return try Calibration(
            activationLimits: limits.map { $0 * margin },
            rule: (percentile.map { "percentile \($0)" } ?? "maximum") + " x \(margin)", images: images.shape.count,
            data: data)
    }

    /// Counts of values between 0 and a maximum.
    private struct Histogram {
        private let maximum: Float
        private var counts = [Int](repeating: 0, count: 1 << 16)

        init(maximum: Float) { self.maximum = maximum }

        mutating func add(_ values: [Float]) {
            guard maximum > 0 else { return }
            let scale = Float(counts.count) / maximum
            // Of maxima below 2^-111 the scale is infinite, and zero times it no number: `max` then gives its first argument.
            for value in values { counts[Int(min(max(0, value * scale), Float(counts.count - 1)))] += 1 }
        }

        /// The upper end of the bin that the percentile falls into.
        func percentile(_ percentile: Double) -> Double {
            let wanted = percentile / 100 * Double(counts.reduce(0, +))
            var seen = 0
            for (bin, count) in counts.enumerated() {
                seen += count
                if Double(seen) >= wanted { return Double(maximum) * Double(bin + 1) / Double(counts.count) }
            }
            return Double(maximum)
        }
    }
}

extension Network {
    /// After all layers but the last, whose accumulators are never requantised.
    /// - Throws: `DenoisingError.reluMissing` naming the first layer without one.
    func requireReLUs() throws(DenoisingError) {
        if let layer = layers.dropLast().first(where: { !$0.relu }) { throw .reluMissing(layer: layer.name) }
    }
}
