/// Seeded percentile bootstrap (Efron and Tibshirani, 1993, section 13.3).
package enum Bootstrap {
    /// What makes an interval reproducible; a caption states both.
    package struct Settings: Equatable, Sendable {
        package var seed: UInt64
        package var resamples: Int

        package init(seed: UInt64 = 1, resamples: Int = 2_000) {
            self.seed = seed
            self.resamples = resamples
        }
    }

    /// Clusters in a block: of neighbouring slices a quarter of those there are, at most five. The fourth neighbour of a slice still
    /// correlates with it (0.2 to 0.6 on head CT).
    package static func blockLength(_ count: Int) -> Int { min(5, max(1, count / 4)) }

    /// 95 % confidence interval of the mean of values that come in clusters, by resampling whole clusters, and in every series of them
    /// whole blocks of neighbours: the circular block bootstrap (Politis and Romano, 1992).
    ///
    /// With one value per cluster and one cluster per series it is the interval of the mean of these values. The same sample and settings
    /// give the same interval on every machine.
    /// - Parameter series: [series][cluster][value]; clusters of a series follow each other and are alike.
    /// - Returns: Nil for fewer than two clusters, which say nothing about spread.
    package static func interval(ofMeanOf series: [[[Double]]], _ settings: Settings) -> ClosedRange<Double>? {
        let totals = series.map { $0.map { (sum: $0.reduce(0, +), count: $0.count) } }
        let starts = totals.indices.flatMap { series in totals[series].indices.map { (series, $0) } }
        guard starts.count > 1 else { return nil }
        var generator = SplitMix64(seed: settings.seed)
        return percentiles(settings.resamples) {
            var (sum, count, clusters) = (0.0, 0, 0)
            while clusters < starts.count {
                let (number, start) = starts[Int.random(in: starts.indices, using: &generator)]
                let own = totals[number]
                for place in 0..<min(blockLength(own.count), starts.count - clusters) {
                    let total = own[(start + place) % own.count]
                    sum += total.sum
                    count += total.count
                    clusters += 1
                }
            }
            return sum / Double(count)
        }
    }

    /// 95 % confidence interval of the ratio of two medians, each sample resampled by itself. Of few trials it is too narrow: two samples
    /// of three without any difference lie apart once in ten times, of two once in three.
    package static func interval(
        ofMedianRatio numerator: [Double], to denominator: [Double], _ settings: Settings
    ) -> ClosedRange<Double>? {
        guard numerator.count > 1, denominator.count > 1 else { return nil }
        var generator = SplitMix64(seed: settings.seed)
        func median(_ sample: [Double]) -> Double {
            let resample = sample.map { _ in sample[Int.random(in: sample.indices, using: &generator)] }
            return SampleStatistics.quantile(0.5, ofSorted: resample.sorted())
        }
        return percentiles(settings.resamples) { median(numerator) / median(denominator) }
    }

    /// Nil where a resample has no finite statistic, as the ratio to a median of 0.
    private static func percentiles(_ resamples: Int, _ draw: () -> Double) -> ClosedRange<Double>? {
        precondition(resamples > 0, "resamples must be positive")
        let statistics = (0..<resamples).map { _ in draw() }.sorted()
        guard statistics.allSatisfy(\.isFinite) else { return nil }
        let tail = (1 - 0.95) / 2
        return SampleStatistics.quantile(
            tail, ofSorted: statistics)...SampleStatistics.quantile(1 - tail, ofSorted: statistics)
    }
}

/// Steele, Lea and Flood's SplitMix64 (OOPSLA 2014): enough for resampling, never for cryptography.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
