/// A number of a table or figure, with what is known about its spread.
package struct Estimate: Equatable, Sendable {
    package let value: Double
    /// Quartiles or a 95 % interval, as the statistic says; nil where it has none, or too few values.
    package let interval: ClosedRange<Double>?
    /// Values it was made from.
    package let n: Int
    /// Independent units among them: slices of patches, or trials.
    package let units: Int

    func scaled(by factor: Double) -> Estimate {
        Estimate(
            value: value * factor,
            interval: interval.map { $0.lowerBound * factor...$0.upperBound * factor }, n: n, units: units)
    }
}

/// A sample with the unit that every value came from.
///
/// Patches of one slice are not independent, so intervals resample whole slices; values without a slice are their own units.
struct ClusteredSample {
    private(set) var clusters: [[Double]]

    init(_ values: [(unit: String, value: Double)]) {
        let order = values.map(\.unit).distinct
        let groups = Dictionary(grouping: values, by: \.unit)
        clusters = order.map { groups[$0, default: []].map(\.value) }
        // One slice alone: its patches are all there is to resample.
        if clusters.count == 1 { clusters = clusters[0].map { [$0] } }
    }

    var values: [Double] { clusters.flatMap { $0 } }

    /// Mean with its percentile interval; nil if empty.
    func mean(_ settings: Bootstrap.Settings) -> Estimate? {
        guard let mean = SampleStatistics(values)?.mean else { return nil }
        return Estimate(
            value: mean,
            interval: Bootstrap.interval(ofMeanOf: clusters, resamples: settings.resamples, seed: settings.seed),
            n: values.count, units: clusters.count)
    }
}
