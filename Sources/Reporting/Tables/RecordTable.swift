/// A table as an experiment file declares it: rows by fields and parameters, a column per measure.
package enum RecordTable {
    /// - Throws: `ReportingError` if the plan names what no record has, or takes together what differs.
    package static func make(
        _ plan: RecordTablePlan, name: String, caption: String?, records: [ResultRecord], context: ReportContext
    ) throws(ReportingError) -> Table {
        let all = records.withDerived
        let selection = RecordSelection(
            all: all, filter: plan.filter, fields: plan.rows, pooled: plan.pooled, bootstrap: context.bootstrap,
            asker: "table \(context.experiment)/\(name)")
        let groups = try selection.groups()
        var rows: [(block: ParameterValue?, cells: [Table.Cell])] = []
        var estimates: [(Measure, Estimate)] = []
        for group in groups {
            var cells = group.key.map(Table.Cell.init)
            var isEmpty = true
            for column in plan.columns {
                let estimate = try column.measure.estimate(group, of: selection)
                if let estimate {
                    estimates.append((column.measure, estimate))
                    isEmpty = false
                }
                cells.append(Table.Cell(estimate))
            }
            let block = plan.blocks.flatMap { field in plan.rows.firstIndex(of: field) }.flatMap { group.key[$0] }
            if !isEmpty { rows.append((block, cells)) }
        }
        let shown = groups.flatMap(\.records)
        let fieldColumns = plan.rows.indices.map { index in
            Table.Column(plan.rows[index], groups.compactMap { $0.key[index] })
        }
        return Table(
            columns: fieldColumns + plan.columns.map { column($0, all) }, blocks: blocks(rows),
            caption: Caption(
                caption ?? lead(plan), of: shown, statistics: statistics(plan, estimates, shown, context.bootstrap),
                context: context),
            label: "\(context.experiment)-\(name)")
    }

    private static func column(_ plan: ColumnPlan, _ records: [ResultRecord]) -> Table.Column {
        Table.Column(
            plan.title ?? plan.measure.title, unit: plan.measure.printedUnit(in: records),
            plan.format ?? plan.measure.usualFormat, best: plan.best, topic: MetricDisplay(plan.measure.metric).topic)
    }

    /// "PSNR, SSIM by method, mode."
    private static func lead(_ plan: RecordTablePlan) -> String {
        let values = plan.columns.map { $0.title ?? MetricDisplay($0.measure.metric).title }.distinct
        return "\(values.joined(separator: ", ")) by \(plan.rows.map(\.heading.title).joined(separator: ", "))."
    }

    private static func blocks(_ rows: [(block: ParameterValue?, cells: [Table.Cell])]) -> [[[Table.Cell]]] {
        rows.inGroups(by: \.block).map { $0.members.map(\.cells) }
    }

    /// One sentence per kind of statistic that the table holds.
    private static func statistics(
        _ plan: RecordTablePlan, _ estimates: [(measure: Measure, estimate: Estimate)], _ records: [ResultRecord],
        _ bootstrap: Bootstrap.Settings
    ) -> [String] {
        func sizes(_ statistics: Set<Measure.Statistic>) -> [Estimate] {
            estimates.filter { statistics.contains($0.measure.statistic) && $0.estimate.interval != nil }.map(
                \.estimate)
        }
        var notes: [String] = []
        if plan.columns.contains(where: { $0.measure.statistic == .value }),
            let summing = Caption.summing(ResultSummary(records))
        {
            notes.append(summing)
        }
        let intervals = sizes([.interval, .difference])
        notes += Estimate.words(intervals, as: "In brackets: ", bootstrap)
        if estimates.contains(where: { $0.measure.statistic == .difference }) {
            notes.append("Differences are paired, patch by patch.")
        }
        let quartiles = sizes([.quartiles])
        if !quartiles.isEmpty {
            notes.append("Median, in brackets the quartiles, of \(quartiles.map(\.n).span) runs.")
        }
        if plan.columns.contains(where: { $0.measure.isNetworkTime }) { notes.append(Caption.networkTimes) }
        return notes
    }
}

extension Measure {
    var isNetworkTime: Bool { NetworkLink.all.contains { $0.metric == metric } }

    /// How its column or axis is headed: "PSNR - float".
    var title: String {
        func values(_ filter: RecordFilter) -> String {
            filter.accepted.sorted { $0.key.name < $1.key.name }
                .map { field, values in
                    // A method or mode says what it is; a bare number does not.
                    let text = values.map(\.description).joined(separator: ", ")
                    return values.allSatisfy { $0.text != nil } ? text : "\(field.heading.title) \(text)"
                }
                .joined(separator: ", ")
        }
        let own = MetricDisplay(metric).title + (filter.accepted.isEmpty ? "" : ", \(values(filter))")
        return switch statistic {
        case .count: "n"
        case .difference: "\(own) - \(values(against))"
        case .ratio: "\(own) / \(values(against))"
        default: own
        }
    }
}

extension Table.Column {
    /// A column for the values of a field: numbers to the right, fractions to three digits.
    init(_ field: RecordField, _ values: [ParameterValue]) {
        let numbers = values.compactMap(\.number)
        let (title, unit) = field.heading
        self.init(
            title, unit: unit, numbers.allSatisfy { $0 == $0.rounded() } ? .decimals(0) : .significant(3),
            alignment: !values.isEmpty && numbers.count == values.count ? .right : .left, topic: .key)
    }
}

extension Table.Cell {
    init(_ value: ParameterValue?) {
        switch value {
        case .number(let number)?: self = .number(number)
        case let other?: self = .text(other.description)
        case nil: self = .none
        }
    }

    /// A number, with its interval where it has one.
    init(_ estimate: Estimate?) {
        self = estimate.map { its in its.interval.map { .interval(its.value, $0) } ?? .number(its.value) } ?? .none
    }
}
