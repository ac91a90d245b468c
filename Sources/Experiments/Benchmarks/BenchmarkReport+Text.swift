import Foundation

extension BenchmarkReport {
    /// One record a line.
    package func jsonLines() throws -> String {
        try records.map { try $0.jsonLine() }.joined(separator: "\n")
    }

    /// The table for people, with what there is to say about it.
    package func text() -> String {
        var rows = [["metric", "kernel", "value", "unit", "quartiles", "minimum", "n", "baseline", "ratio"]]
        for record in records {
            let isMeasured = record.n > 1
            rows.append([
                record.metric, record.kernel, Self.number(record.value), record.unit,
                isMeasured ? record.quartiles.map(Self.number).joined(separator: "-") : "",
                isMeasured ? Self.number(record.minimum) : "", "\(record.n)",
                record.baseline.map { "\($0.name) \(Self.number($0.value))" } ?? "",
                record.ratio.map { Self.number($0) + "x" } ?? "",
            ])
        }
        let head = records.first.map { record in
            (record.keyBits.map { "\($0)-bit n, " } ?? "") + (record.layout.map { "layout \($0), " } ?? "")
                + "\(record.threads) thread(s)\n"
        }
        return ([(head ?? "") + TextColumns.aligned(rows)] + notes).joined(separator: "\n\n")
    }

    /// Counts in full, measurements to four digits.
    private static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return "\(whole)" }
        return value.magnitude >= 1000 ? String(format: "%.0f", value) : String(format: "%.4g", value)
    }
}
