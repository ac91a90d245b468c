package import Denoising

/// How near stolen filters are to the true ones; means over the filters of a layer.
package struct FilterScore: Sendable, Equatable {
    /// Of the weights, 0 where the attack gave up; up to its sign where the mode hides it.
    package let cosine: Double
    /// Of a filter, `|estimate - truth| / |truth|` after the best scale: `sqrt(1 - cosine^2)`.
    package let relativeError: Double
    /// Share of the weights whose whole number was recovered.
    package let exactShare: Double

    /// - Parameter anyOrder: compares each true filter with the estimate nearest to it, for modes that hide the order.
    package init(_ estimates: [FilterEstimate?], truth: IntegerLayer, anyOrder: Bool = false) {
        let taps = truth.weights.count / truth.outputChannels
        let filters = (0..<truth.outputChannels).map { channel in
            truth.weights[channel * taps..<(channel + 1) * taps].map(Double.init)
        }
        let scores = filters.enumerated().map { channel, filter in
            let compared = anyOrder ? estimates : [estimates[channel]]
            return compared.map { Self.score($0, filter) }.max { $0.cosine < $1.cosine } ?? (0, 0)
        }
        cosine = mean(scores.map(\.cosine))
        relativeError = mean(scores.map { max(0, 1 - $0.cosine * $0.cosine).squareRoot() })
        exactShare = mean(scores.map(\.exactShare))
    }

    private static func score(
        _ estimate: FilterEstimate?, _ filter: [Double]
    ) -> (cosine: Double, exactShare: Double) {
        guard let estimate else { return (0, 0) }
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let size = (dot(filter, filter) * dot(estimate.weights, estimate.weights)).squareRoot()
        guard size > 0, size.isFinite else { return (0, 0) }
        let cosine = dot(filter, estimate.weights) / size
        let sign = !estimate.isSignKnown && cosine < 0 ? -1.0 : 1
        let exact = zip(estimate.weights, filter).count { (sign * $0).rounded() == $1 }
        return (min(1, sign * cosine), Double(exact) / Double(filter.count))
    }
}
