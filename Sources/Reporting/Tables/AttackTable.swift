/// The table of an experiment that only attacks: a row per attack and setting, a column per metric, means.
package enum AttackTable {
    package static func make(
        _ records: [ResultRecord], name: String, caption: String? = nil, context: ReportContext
    ) throws(ReportingError) -> Table {
        try RecordTable.make(
            plan(records, metrics: records.map(\.metric).distinct), name: name,
            caption: caption ?? "What attacks read, means over trials, filters and images.", records: records,
            context: context)
    }

    /// How far every attack came, in at most four numbers.
    static func short(_ records: [ResultRecord], context: ReportContext) -> Table {
        let metrics = records.map(\.metric).distinct
        let leaks = metrics.filter { $0.hasPrefix("leak.") }.prefix(3)
        let times = metrics.filter { $0.hasPrefix("seconds.") }.prefix(1)
        let plan = plan(records, metrics: Array(leaks) + times)
        let table = try? RecordTable.make(plan, name: "short", caption: nil, records: records, context: context)
        return Table(
            columns: table?.columns ?? [], blocks: table?.blocks ?? [], caption: "",
            label: "\(context.experiment)-short")
    }

    private static func plan(_ records: [ResultRecord], metrics: [String]) -> RecordTablePlan {
        let all = Set(records.flatMap(\.parameters.keys))
        let parameters = all.subtracting([ParameterName.cell, ParameterName.noise])
        let differing = parameters.filter { name in Set(records.map { $0.parameters[name] }).count > 1 }.sorted()
        let rows = ["attack"].filter(parameters.contains) + differing.filter { $0 != "attack" }
        let free =
            ["mode", "network", "dataset", "layer"] + parameters.sorted()
            + [ParameterName.noise].filter(all.contains)
        return RecordTablePlan(
            rows: rows.map(RecordField.init), pooled: free.filter { !rows.contains($0) }.map(RecordField.init),
            columns: metrics.map { ColumnPlan(Measure($0, statistic: .mean)) })
    }
}
