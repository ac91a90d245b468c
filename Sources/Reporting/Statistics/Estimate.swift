/// A number of a table or figure, with what is known about its spread.
package struct Estimate: Equatable, Sendable {
    package let value: Double
    /// Quartiles, a 95 % interval or the range of the units, as the statistic and their number say; nil where it has none.
    package let interval: ClosedRange<Double>?
    /// Values it was made from.
    package let n: Int
    /// Independent units among them.
    package let units: Int
    package var kind = UnitKind.runs

    /// What is resampled.
    package enum UnitKind: String, Sendable, CaseIterable {
        case patients, slices, patches, runs
    }

    /// Units below which resampling says little of a mean: its 95 % would hold the truth in 54 of 100 cases of two units and in 83 of
    /// five (normal values). Their range is given instead.
    package static let leastUnits = 8

    func converted(_ convert: UnitScale.Conversion) -> Estimate {
        Estimate(
            value: convert(value), interval: interval.map { convert($0.lowerBound)...convert($0.upperBound) }, n: n,
            units: units, kind: kind)
    }

    /// What bars of means are, in two words.
    static func barName(_ estimates: [Estimate]) -> String {
        let small = estimates.filter { $0.interval != nil && $0.units < leastUnits }.count
        if small == 0 { return "95 % intervals" }
        return small == estimates.count(where: { $0.interval != nil }) ? "ranges" : "95 % intervals or ranges"
    }

    /// What stands in brackets beside means, or is drawn as bars, in a sentence of its own for every way it came about.
    /// - Parameter what: "In brackets: ", "Bars are ".
    static func words(_ estimates: [Estimate], as what: String, _ bootstrap: Bootstrap.Settings) -> [String] {
        func numbers(_ values: [Int], _ noun: String) -> String {
            "\(values.span) \(values.max() == 1 ? String(noun.dropLast()) : noun)"
        }
        let known = estimates.filter { $0.interval != nil }
        return UnitKind.allCases.flatMap { kind in
            [false, true].compactMap { isSmall in
                let own = known.filter { $0.kind == kind && ($0.units < leastUnits) == isSmall }
                guard !own.isEmpty else { return nil }
                let units = numbers(own.map(\.units), kind.rawValue)
                let values = own.allSatisfy { $0.n == $0.units } ? "" : "\(numbers(own.map(\.n), "values")) in "
                guard !isSmall else {
                    return "\(what)the range over \(values)\(units), too few for an interval."
                }
                let blocks =
                    kind == .slices
                    ? " of blocks of up to \(Bootstrap.blockLength(.max)) neighbours, which are alike" : ""
                return
                    "\(what)95 % interval, percentile bootstrap (\(bootstrap.resamples) resamples, seed \(bootstrap.seed))\(blocks), of "
                    + "\(values)\(units)."
            }
        }
    }
}

extension [Int] {
    /// "3", "3 to 5": from the smallest to the largest.
    var span: String {
        guard let low = self.min(), let high = self.max() else { return "0" }
        return low == high ? "\(low)" : "\(low) to \(high)"
    }
}

/// A sample with the unit that every value came from.
///
/// Patches of one slice are not independent, nor are neighbouring slices: intervals resample patients where there are enough of them,
/// otherwise blocks of neighbouring slices. What has no slice is a unit of its own.
struct ClusteredSample {
    struct Unit: Hashable {
        /// A patient, or a run.
        let series: String
        /// The slice; nil of a run.
        let place: Int?
    }

    /// [series][unit][value]; units of a series are neighbours.
    private let series: [[[Double]]]
    private let kind: Estimate.UnitKind

    init(_ values: [(unit: Unit, value: Double)]) {
        let all = values.inGroups(by: \.unit.series).map { _, own in
            own.inGroups(by: \.unit.place).sorted { ($0.key ?? -1) < ($1.key ?? -1) }.map { $0.members.map(\.value) }
        }
        if values.allSatisfy({ $0.unit.place == nil }) {
            (series, kind) = (all, .runs)
        } else if all.count >= Estimate.leastUnits {
            (series, kind) = (all.map { [$0.flatMap(\.self)] }, .patients)
        } else if all.count == 1, all[0].count == 1 {
            // One slice alone: its patches are all there is to resample.
            (series, kind) = (all[0][0].map { [[$0]] }, .patches)
        } else {
            (series, kind) = (all, .slices)
        }
    }

    private var clusters: [[Double]] { series.flatMap(\.self) }
    var values: [Double] { clusters.flatMap(\.self) }
    var units: Int { series.reduce(0) { $0 + $1.count } }

    /// - Parameter interval: nil where the statistic has none.
    func estimate(_ value: Double, _ interval: ClosedRange<Double>? = nil) -> Estimate {
        Estimate(value: value, interval: interval, n: values.count, units: units, kind: kind)
    }

    /// Mean with its percentile interval, or with the range of the units' means where they are few; nil if empty.
    func mean(_ settings: Bootstrap.Settings) -> Estimate? {
        guard let mean = SampleStatistics(values)?.mean else { return nil }
        guard units >= Estimate.leastUnits else {
            let means = clusters.map(SampleStatistics.mean)
            guard means.count > 1, let low = means.min(), let high = means.max() else { return estimate(mean) }
            return estimate(mean, low...high)
        }
        return estimate(mean, Bootstrap.interval(ofMeanOf: series, settings))
    }
}
