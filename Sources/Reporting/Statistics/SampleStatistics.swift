/// Descriptive statistics of a sample.
package struct SampleStatistics: Equatable, Sendable {
    package let n: Int
    package let mean: Double
    package let minimum: Double
    package let lowerQuartile: Double
    package let median: Double
    package let upperQuartile: Double
    package let maximum: Double

    /// Nil for an empty sample. Quartiles interpolate linearly between order statistics, as NumPy's default does
    /// (type 7 of Hyndman and Fan, 1996).
    package init?(_ sample: [Double]) {
        let sorted = sample.sorted()
        guard let minimum = sorted.first, let maximum = sorted.last else { return nil }
        n = sample.count
        mean = Self.mean(sample)
        self.minimum = minimum
        self.maximum = maximum
        lowerQuartile = Self.quantile(0.25, ofSorted: sorted)
        median = Self.quantile(0.5, ofSorted: sorted)
        upperQuartile = Self.quantile(0.75, ofSorted: sorted)
    }

    /// Arithmetic mean, summed in order. The sample must not be empty.
    static func mean(_ sample: [Double]) -> Double {
        sample.reduce(0, +) / Double(sample.count)
    }

    /// Quantile `level` in [0, 1] of an ascending sample that is not empty.
    static func quantile(_ level: Double, ofSorted sorted: [Double]) -> Double {
        let position = level * Double(sorted.count - 1)
        let index = Int(position)
        guard index + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[index] + (position - Double(index)) * (sorted[index + 1] - sorted[index])
    }
}
