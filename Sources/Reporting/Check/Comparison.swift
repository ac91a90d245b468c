/// Two results of one experiment side by side: two branches, or two machines.
package struct Comparison: Sendable {
    /// A line per row and metric.
    package let table: Table
    /// Rows that only one side has, one line each.
    package let missing: [String]

    /// - Parameters:
    ///   - names: What the two sides are called.
    ///   - bootstrap: Of the intervals: of paired differences for quality, of the ratio of medians for seconds.
    package init(
        _ first: [ResultRecord], _ second: [ResultRecord], names: (String, String), bootstrap: Bootstrap.Settings
    ) {
        let others = Dictionary(ResultSummary(second).rows.map { ($0.name, $0) }) { first, _ in first }
        let rows = ResultSummary(first).rows
        let own = Set(rows.map(\.name))
        missing =
            rows.filter { others[$0.name] == nil }.map { "\($0.name): only in \(names.0)" }
            + ResultSummary(second).rows.filter { !own.contains($0.name) }.map { "\($0.name): only in \(names.1)" }
        table = Table(
            columns: [
                .text("row"), .text("metric"), .init(names.0, .significant(6)), .init(names.1, .significant(6)),
                .text("change"),
            ],
            blocks: rows.map { row in
                others[row.name].map { Self.lines(row, $0, bootstrap) } ?? []
            },
            caption:
                "Means, and medians of seconds. Changes of quality are paired differences, those of seconds ratios of "
                + "medians, second to first; in brackets their 95 % intervals (percentile bootstrap, \(bootstrap.resamples) resamples, "
                + "seed \(bootstrap.seed)).",
            label: "comparison")
    }

    private static func lines(
        _ first: ResultSummary.Row, _ second: ResultSummary.Row, _ bootstrap: Bootstrap.Settings
    ) -> [[Table.Cell]] {
        let metrics = first.values.keys.filter { second.values[$0] != nil && $0 != Metric.cellRecords.rawValue }
        return metrics.sorted().compactMap { metric in
            guard let left = first.values[metric], let right = second.values[metric] else { return nil }
            return [
                .text(first.name), .text(metric), .number(left), .number(right),
                .text(change(metric, first, second, left, right, bootstrap)),
            ]
        }
    }

    private static func change(
        _ metric: String, _ first: ResultSummary.Row, _ second: ResultSummary.Row, _ left: Double, _ right: Double,
        _ bootstrap: Bootstrap.Settings
    ) -> String {
        let format = Table.NumberFormat.significant(4)
        func text(_ value: Double, _ interval: ClosedRange<Double>?, prefix: String = "") -> String {
            let ends = interval.map { " [\(format.text($0.lowerBound)), \(format.text($0.upperBound))]" } ?? ""
            return prefix + format.text(value) + ends
        }
        switch Reference.Rule.usual(for: metric) {
        case .informational:
            guard left != 0 else { return "-" }
            let interval = Bootstrap.interval(
                ofMedianRatio: second.runs(of: metric), to: first.runs(of: metric), resamples: bootstrap.resamples,
                seed: bootstrap.seed)
            return text(right / left, interval, prefix: "x ")
        case .exact:
            return left == right ? "same" : text(right - left, nil, prefix: right > left ? "+" : "")
        case .absolute, .relative:
            if left == right { return "same" }
            let differences = ClusteredSample(
                differencesOf: second.records(of: metric), from: first.records(of: metric))
            let estimate = differences.mean(bootstrap)
            return text(right - left, estimate?.interval, prefix: right > left ? "+" : "")
        }
    }
}

extension ResultSummary.Row {
    fileprivate func records(of metric: String) -> [ResultRecord] { records.filter { $0.metric == metric } }

    /// One value per trial.
    fileprivate func runs(of metric: String) -> [Double] {
        Dictionary(grouping: records(of: metric), by: \.trial).sorted { $0.key < $1.key }
            .map { $0.value.reduce(0) { $0 + $1.value } }
    }
}
