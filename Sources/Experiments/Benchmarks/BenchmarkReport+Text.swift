import Foundation

extension BenchmarkReport {
    /// One record a line.
    package func jsonLines() throws -> String {
        try records.map { try $0.jsonLine() }.joined(separator: "\n")
    }

    /// The table for people, with what there is to say about it.
    package func text() -> String {
        let settings = records.map { record in
            [record.keyBits.map { "\($0)-bit n" }, record.layout.map { "layout \($0)" }].compactMap(\.self)
                .joined(separator: ", ")
        }
        var rows = [["metric", "of", "kernel", "value", "unit", "quartiles", "minimum", "n", "baseline", "ratio"]]
        for (record, setting) in zip(records, settings) {
            let isMeasured = record.n > 1
            rows.append([
                record.metric, setting, record.kernel, Self.number(record.value), record.unit,
                isMeasured ? record.quartiles.map(Self.number).joined(separator: "-") : "",
                isMeasured ? Self.number(record.minimum) : "", "\(record.n)",
                record.baseline.map { "\($0.name) \(Self.number($0.value))" } ?? "",
                record.ratio.map { Self.number($0) + "x" } ?? "",
            ])
        }
        var head = records.first.map { ["\($0.threads) thread(s)\n"] } ?? []
        // What all are of stands above them.
        if Set(settings).count < 2 {
            for index in rows.indices { rows[index].remove(at: 1) }
            head = settings.prefix(1).filter { !$0.isEmpty } + head
        }
        return ([head.joined(separator: ", ") + TextColumns.aligned(rows)] + notes).joined(separator: "\n\n")
    }

    /// Counts in full, measurements to four digits.
    private static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return "\(whole)" }
        return value.magnitude >= 1000 ? String(format: "%.0f", value) : String(format: "%.4g", value)
    }
}
