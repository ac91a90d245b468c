/// The main table: what encrypted denoising costs and what it loses, made from records only.
///
/// A block holds the rows that saw the same patches: low_dose, linear_filter, the float rows, then per case the
/// integer network's row followed by the encrypted one. Modes that ran on crops form a block with baselines of their
/// own, so that no row is compared with another row's patches.
package enum DenoisingTable {
    /// - Parameters:
    ///   - records: Measurements of one experiment; see `RecordFile.Contents.measurements`.
    package static func make(
        _ records: [ResultRecord], name: String, caption: String? = nil, context: ReportContext
    ) -> Table {
        let summary = ResultSummary(records.withDerived)
        // Those of a server elsewhere where there was one.
        let shown = metrics.filter { $0 != Metric.secondsElapsed.rawValue || summary.holds($0) }
        let statistics = [
            Caption.summing(summary), summary.holds(NetworkLink.all[0].metric) ? Caption.networkTimes : nil,
        ]
        return table(
            summary, shown, best: best, context,
            caption: Caption(
                caption ?? "Quality and cost of denoising, encrypted and in the clear.", of: records,
                statistics: statistics.compactMap { $0 }, context: context),
            // The usual table goes by the name of its experiment alone.
            label: name == ReportPlan.defaultTableName ? context.experiment : "\(context.experiment)-\(name)")
    }

    /// What a run ends with: a row per method, mode, network and swept setting, and the few numbers that matter first.
    package static func short(_ records: [ResultRecord], context: ReportContext) -> Table {
        guard !records.allSatisfy({ $0.method == .attack }) else { return AttackTable.short(records, context: context) }
        let summary = ResultSummary(records)
        let few: [Metric] = [
            .psnr, .ssim, .secondsTotal, .secondsElapsed, .bytesUp, .bytesDown, .mismatchedValues,
        ]
        let table = table(
            summary, few.map(\.rawValue).filter(summary.holds), context, caption: "",
            label: "\(context.experiment)-short")
        return table.selecting(table.columns.indices.filter { table.columns[$0].header != "size" })
    }

    private static func table(
        _ summary: ResultSummary, _ metrics: [String], best: [String: Table.Best] = [:], _ context: ReportContext,
        caption: Caption, label: String
    ) -> Table {
        let swept = summary.swept.map(RecordField.init)
        return Table(
            columns: keyColumns(swept, summary.rows) + metrics.map { column($0, best: best[$0]) },
            blocks: blocks(summary.rows).map { rows in
                rows.map { row in keys(row, swept, context) + metrics.map { value($0, of: row) } }
            },
            caption: caption, label: label)
    }

    private static let metrics: [String] =
        [
            Metric.psnr, .ssim, .rmse, .psnrReference, .mismatchedValues, .secondsClient, .secondsServer, .secondsTotal,
            .secondsElapsed, .bytesUp, .bytesDown, .ciphertextsUp, .ciphertextsDown, .rounds, .products,
        ].map(\.rawValue) + NetworkLink.all.map(\.metric)

    private static let best: [String: Table.Best] = [
        Metric.psnr.rawValue: .largest, Metric.ssim.rawValue: .largest, Metric.rmse.rawValue: .smallest,
        Metric.psnrReference.rawValue: .largest,
    ]

    private static func keyColumns(_ swept: [RecordField], _ rows: [ResultSummary.Row]) -> [Table.Column] {
        [.text("method"), .text("mode"), .text("network")]
            + swept.map { field in Table.Column(field, rows.compactMap { $0.key.settings[field.name] }) }
            + [.init("patches", topic: .key), .init("size", unit: "px", topic: .key)]
    }

    private static func column(_ metric: String, best: Table.Best?) -> Table.Column {
        let display = MetricDisplay(metric)
        return Table.Column(display.title, unit: display.unit, display.format, best: best, topic: display.topic)
    }

    private static func value(_ metric: String, of row: ResultSummary.Row) -> Table.Cell {
        let own = Metric(rawValue: metric)?.unit ?? "s"
        let convert = UnitScale.conversion(from: own, to: MetricDisplay(metric).unit ?? own) ?? .none
        return Table.Cell(row.values[metric].map { convert($0) })
    }

    private static func keys(
        _ row: ResultSummary.Row, _ swept: [RecordField], _ context: ReportContext
    ) -> [Table.Cell] {
        [
            .text(name(row.key, usual: context.usualScheme)), Table.Cell(mode(row.key)),
            Table.Cell(row.key.network?.withoutExtension),
        ]
            + swept.map { Table.Cell(row.key.settings[$0.name]) }
            + [Table.Cell(row.patches > 0 ? Double(row.patches) : nil), Table.Cell(row.key.patchSize.map(Double.init))]
    }

    /// The method, with the scheme where it is another than the usual one: one that does not encrypt at all must not pass for it.
    private static func name(_ key: ResultSummary.Key, usual: String) -> String {
        guard key.method == .encrypted, let scheme = key.scheme, scheme != usual else {
            return key.method.rawValue
        }
        return "\(key.method.rawValue) (\(scheme))"
    }

    /// The mode, with the layout where it is not the usual one.
    private static func mode(_ key: ResultSummary.Key) -> String? {
        key.mode.map { mode in key.unusualLayout.map { "\(mode), \($0)" } ?? mode }
    }

    /// Blocks by patch size, the largest first; within a block the order of the methods, then of the records.
    private static func blocks(_ rows: [ResultSummary.Row]) -> [[ResultSummary.Row]] {
        rows.inGroups { $0.key.patchSize ?? 0 }.sorted { $0.key > $1.key }.map { _, members in
            let baselines = [ResultRecord.Method.lowDose, .linearFilter, .float].flatMap { method in
                members.filter { $0.key.method == method }
            }
            return baselines + protocolRows(members)
        }
    }

    /// Per mode, network and layout the integer rows, then the encrypted ones.
    private static func protocolRows(_ rows: [ResultSummary.Row]) -> [ResultSummary.Row] {
        let measured = rows.filter { $0.key.method == .integer || $0.key.method == .encrypted }
        return measured.inGroups { [$0.key.mode, $0.key.network, $0.key.layout] }.flatMap { _, members in
            members.filter { $0.key.method == .integer } + members.filter { $0.key.method == .encrypted }
        }
    }
}
