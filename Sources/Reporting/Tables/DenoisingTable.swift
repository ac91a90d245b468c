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
        let swept = summary.swept.map(RecordField.init)
        let notes = [Caption.summing(summary), isCosted(summary) ? Caption.networkTimes : nil]
        return Table(
            columns: columns(swept, summary.rows),
            blocks: blocks(summary.rows).map { $0.map { cells($0, swept) } },
            caption: Caption.text(
                records, lead: caption, notes: notes.compactMap { $0 }, environment: context.environment,
                modeNotes: context.modeNotes),
            // The usual table goes by the name of its experiment alone.
            label: name == ReportPlan.defaultTableName ? context.experiment : "\(context.experiment)-\(name)")
    }

    private static func isCosted(_ summary: ResultSummary) -> Bool {
        summary.rows.contains { $0.values[NetworkLink.all[0].metric] != nil }
    }

    private static let metrics: [(metric: String, best: Table.Best?)] =
        [
            (Metric.psnr.rawValue, .largest), (Metric.ssim.rawValue, .largest), (Metric.rmse.rawValue, .smallest),
            (Metric.psnrReference.rawValue, .largest),
        ]
        + [
            Metric.mismatchedValues, .secondsClient, .secondsServer, .secondsTotal, .bytesUp, .bytesDown,
            .ciphertextsUp, .ciphertextsDown, .rounds, .products,
        ].map { ($0.rawValue, nil) } + NetworkLink.all.map { ($0.metric, nil) }

    private static func columns(_ swept: [RecordField], _ rows: [ResultSummary.Row]) -> [Table.Column] {
        [.text("method"), .text("mode"), .text("network")]
            + swept.map { field in Table.Column(field, rows.compactMap { $0.key.settings[field.name] }) }
            + [.init("patches"), .init("size", unit: "px")]
            + metrics.map { metric, best in
                let display = MetricDisplay(metric)
                return Table.Column(display.title, unit: display.unit, display.format, best: best)
            }
    }

    private static func cells(_ row: ResultSummary.Row, _ swept: [RecordField]) -> [Table.Cell] {
        [.text(name(row.key)), Table.Cell(mode(row.key)), Table.Cell(row.key.network?.withoutExtension)]
            + swept.map { Table.Cell(row.key.settings[$0.name]) }
            + [.number(Double(row.patches)), Table.Cell(row.key.patchSize.map(Double.init))]
            + metrics.map { metric, _ in
                let own = Metric(rawValue: metric)?.unit ?? "s"
                let convert = UnitScale.conversion(from: own, to: MetricDisplay(metric).unit ?? own) ?? .none
                return Table.Cell(row.values[metric].map { convert($0) })
            }
    }

    /// The method, with a warning where the scheme of an `encrypted` row does not encrypt.
    private static func name(_ key: ResultSummary.Key) -> String {
        guard key.method == .encrypted, let scheme = key.scheme, scheme != "paillier" else {
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
        let sizes = Set(rows.map { $0.key.patchSize ?? 0 }).sorted(by: >)
        return sizes.map { size in
            let members = rows.filter { ($0.key.patchSize ?? 0) == size }
            let baselines = [ResultRecord.Method.lowDose, .linearFilter, .float].flatMap { method in
                members.filter { $0.key.method == method }
            }
            return baselines + protocolRows(members)
        }
    }

    /// Per mode, network and layout the integer rows, then the encrypted ones.
    private static func protocolRows(_ rows: [ResultSummary.Row]) -> [ResultSummary.Row] {
        let measured = rows.filter { $0.key.method == .integer || $0.key.method == .encrypted }
        var seen: [[String?]] = []
        func group(_ row: ResultSummary.Row) -> [String?] { [row.key.mode, row.key.network, row.key.layout] }
        for row in measured where !seen.contains(group(row)) { seen.append(group(row)) }
        return seen.flatMap { own in
            let members = measured.filter { group($0) == own }
            return members.filter { $0.key.method == .integer } + members.filter { $0.key.method == .encrypted }
        }
    }
}
