/// What makes measured seconds doubtful: trials that stand out, and other work on the machine.
package struct TimingDoubts: Equatable, Sendable {
    /// A sentence per doubt, without markup.
    package let sentences: [String]
    /// Whether one of them is about other work on the machine.
    let isBusy: Bool

    /// Cores that others may take before it is said: a tenth of one core on a machine where only the measurement runs is usual.
    package static let toleratedLoad = 0.25
    /// How many times the median of its row a trial may take.
    package static let toleratedRatio = 1.25

    package init(_ records: [ResultRecord]) {
        let rows = ResultSummary(records).rows
        let load = Self.load(rows)
        isBusy = load != nil
        sentences = rows.compactMap(Self.outlier) + [load].compactMap { $0 }
    }

    /// As hyperfine warns of runs that stand out; with three trials their ratio to the median says it best.
    private static func outlier(_ row: ResultSummary.Row) -> String? {
        let records = row.records.filter { $0.metric == Metric.secondsTotal.rawValue }
        let trials = Dictionary(grouping: records, by: \.trial).mapValues { $0.reduce(0) { $0 + $1.value } }
        guard trials.count > 2, let median = SampleStatistics(Array(trials.values))?.median, median > 0,
            let worst = trials.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }),
            worst.value > toleratedRatio * median
        else { return nil }
        let ratio = Table.NumberFormat.decimals(1).text(worst.value / median)
        return "Trial \(worst.key) of '\(row.name)' took \(ratio) times the median of its \(trials.count) trials."
    }

    private static func load(_ rows: [ResultSummary.Row]) -> String? {
        let busy = rows.filter { ($0[.otherLoad] ?? 0) > toleratedLoad }
        guard let worst = busy.compactMap({ $0[.otherLoad] }).max() else { return nil }
        return "Other processes kept up to \(Table.NumberFormat.decimals(2).text(worst)) cores busy during "
            + "\(busy.count) of \(rows.filter { $0[.otherLoad] != nil }.count) rows, which may be too long."
    }
}
