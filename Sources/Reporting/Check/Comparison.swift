/// Two results of one experiment side by side: two branches, or two machines.
package struct Comparison: Sendable {
    /// A metric of a row, on one side or both.
    package struct Item: Equatable, Sendable {
        package let row: String
        package let metric: String
        /// Nil where a side does not have it.
        package let first, second: Double?
        package let change: Change
    }

    package enum Change: Equatable, Sendable {
        case same
        /// A count, or quality: second minus first, with the interval of paired differences where there is one.
        case difference(Double, ClosedRange<Double>?)
        /// Seconds: second over first. With several trials of both sides the interval of the ratio of medians.
        case ratio(Double, ClosedRange<Double>?)
        /// Both are so short that their ratio says nothing.
        case tooShort
        case oneSided
    }

    /// Seconds below which ratios are noise.
    package static let shortest = 0.05

    package let items: [Item]
    /// Rows that only one side has, one line each.
    package let missing: [String]
    private let names: (String, String)
    private let bootstrap: Bootstrap.Settings

    /// - Parameters:
    ///   - names: What the two sides are called.
    ///   - bootstrap: Of the intervals: of paired differences for quality, of the ratio of medians for seconds.
    package init(
        _ first: [ResultRecord], _ second: [ResultRecord], names: (String, String), bootstrap: Bootstrap.Settings
    ) {
        let (rows, otherRows) = (ResultSummary(first).rows, ResultSummary(second).rows)
        let others = Dictionary(otherRows.map { ($0.name, $0) }) { first, _ in first }
        let own = Set(rows.map(\.name))
        missing =
            rows.filter { others[$0.name] == nil }.map { "\($0.name): only in \(names.0)" }
            + otherRows.filter { !own.contains($0.name) }.map { "\($0.name): only in \(names.1)" }
        items = rows.flatMap { row in others[row.name].map { Self.items(row, $0, bootstrap) } ?? [] }
        self.names = names
        self.bootstrap = bootstrap
    }

    /// What is not the same on both sides.
    package var changed: [Item] { items.filter(\.isChanged) }

    /// One line: how many values changed, and of which kind.
    package var summary: String {
        let kinds: [(String, (Change) -> Bool)] = [
            ("counts or quality", { if case .difference = $0 { true } else { false } }),
            ("times", { if case .ratio = $0 { true } else { false } }),
            ("on one side only", { $0 == .oneSided }),
        ]
        let counts = kinds.map { name, isKind in (name, changed.filter { isKind($0.change) }.count) }
            .filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        let head = "\(changed.count) of \(items.count) values changed"
        return head + (counts.isEmpty ? "" : ": " + counts.joined(separator: ", "))
            + (missing.isEmpty ? "" : "; \(missing.count) rows on one side only")
    }

    /// A line per item.
    /// - Parameter all: Whether values that are the same are shown, too.
    package func table(all: Bool = false) -> Table {
        let shown = all ? items : changed
        return Table(
            columns: [
                .text("row"), .text("metric"), .init(names.0, .significant(6)), .init(names.1, .significant(6)),
                .text("change"),
            ],
            blocks: shown.inGroups(by: \.row).map { $0.members.map(\.cells) },
            caption: Caption(
                "Means, and medians of seconds. Changes of quality are paired differences, those of seconds ratios of "
                    + "medians, second to first; in brackets their 95 % intervals (percentile bootstrap, \(bootstrap.resamples) "
                    + "resamples, seed \(bootstrap.seed)); of fewer than \(Estimate.leastUnits) units their range."),
            label: "comparison")
    }

    private static func items(
        _ first: ResultSummary.Row, _ second: ResultSummary.Row, _ bootstrap: Bootstrap.Settings
    ) -> [Item] {
        let metrics = Set(first.values.keys).union(second.values.keys).subtracting([Metric.cellRecords.rawValue])
        return metrics.sorted().map { metric in
            let (left, right) = (first.values[metric], second.values[metric])
            return Item(
                row: first.name, metric: metric, first: left, second: right,
                change: change(metric, first, second, left, right, bootstrap))
        }
    }

    private static func change(
        _ metric: String, _ first: ResultSummary.Row, _ second: ResultSummary.Row, _ left: Double?, _ right: Double?,
        _ bootstrap: Bootstrap.Settings
    ) -> Change {
        guard let left, let right else { return .oneSided }
        if left == right { return .same }
        switch Reference.Rule.usual(for: metric) {
        case .informational:
            let isSeconds = MetricDisplay(metric).unit == "s"
            guard left != 0, !isSeconds || max(left, right) >= shortest else { return .tooShort }
            return .ratio(
                right / left,
                Bootstrap.interval(
                    ofMedianRatio: second.runs(of: metric), to: first.runs(of: metric), bootstrap))
        case .exact:
            return .difference(right - left, nil)
        case .absolute, .relative:
            // Sums in another order, of another number of trials, differ in their last bits.
            guard abs(right - left) > 1e-12 * max(abs(left), abs(right)) else { return .same }
            let differences = ClusteredSample(
                differencesOf: second.records(of: metric), from: first.records(of: metric))
            return .difference(right - left, differences.mean(bootstrap)?.interval)
        }
    }
}

extension Comparison.Item {
    /// Whether anything is to be told: a ratio is if it differs from 1 by more than 5 % and its interval, if it has one, leaves 1 out.
    /// Intervals of few trials alone would tell of changes where there are none.
    package var isChanged: Bool {
        switch change {
        case .same, .tooShort: false
        case .difference, .oneSided: true
        case .ratio(let ratio, let interval): abs(ratio - 1) > 0.05 && interval?.contains(1) != true
        }
    }

    fileprivate var cells: [Table.Cell] {
        [.text(row), .text(metric), Table.Cell(first), Table.Cell(second), .text(change.description)]
    }
}

extension Comparison.Change: CustomStringConvertible {
    package var description: String {
        switch self {
        case .same: "same"
        case .difference(let value, let interval): Self.text(value, interval, prefix: value > 0 ? "+" : "")
        case .ratio(let value, let interval): Self.text(value, interval, prefix: "x ")
        case .tooShort: "too short to compare"
        case .oneSided: "on one side only"
        }
    }

    private static func text(_ value: Double, _ interval: ClosedRange<Double>?, prefix: String) -> String {
        func text(_ value: Double) -> String {
            Int(exactly: value).map(String.init) ?? Table.NumberFormat.significant(4).text(value)
        }
        let ends = interval.map { " [\(text($0.lowerBound)), \(text($0.upperBound))]" } ?? ""
        return prefix + text(value) + ends
    }
}

extension Comparison.Item: Encodable {
    private enum CodingKeys: String, CodingKey { case row, metric, first, second, change, difference, ratio, interval }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(row, forKey: .row)
        try container.encode(metric, forKey: .metric)
        try container.encode(first, forKey: .first)
        try container.encode(second, forKey: .second)
        try container.encode(isChanged, forKey: .change)
        switch change {
        case .difference(let value, let interval):
            try container.encode(value, forKey: .difference)
            try container.encodeIfPresent(interval, forKey: .interval)
        case .ratio(let value, let interval):
            try container.encode(value, forKey: .ratio)
            try container.encodeIfPresent(interval, forKey: .interval)
        case .same, .tooShort, .oneSided: break
        }
    }
}

extension Comparison {
    /// An object a line: row, metric, both values (null where a side has none), whether it changed, and by how much.
    package func json() throws -> String { try JSON.lines(items) }
}

extension ResultSummary.Row {
    fileprivate func records(of metric: String) -> [ResultRecord] { records.filter { $0.metric == metric } }

    /// One value per trial.
    fileprivate func runs(of metric: String) -> [Double] {
        Dictionary(grouping: records(of: metric), by: \.trial).sorted { $0.key < $1.key }
            .map { $0.value.reduce(0) { $0 + $1.value } }
    }
}
