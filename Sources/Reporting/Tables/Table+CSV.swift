extension Table {
    /// Comma-separated values after RFC 4180 with plain newlines: full precision, empty where nothing was measured. A column with
    /// intervals is three: value, lower and upper end.
    package func csv() -> String {
        let widths = columns.indices.map { column in
            rows.contains { if case .interval = $0[column] { true } else { false } } ? 3 : 1
        }
        let header = zip(columns, widths).flatMap { column, width in
            width == 1 ? [column.title] : [column.title, "\(column.title) lower", "\(column.title) upper"]
        }
        let lines =
            [header.map(Self.quotedForCSV)]
            + rows.map { row in zip(row, widths).flatMap { cell, width in Self.csvCells(cell, width) } }
        return lines.map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static func csvCells(_ cell: Cell, _ width: Int) -> [String] {
        let cells =
            switch cell {
            case .text(let text): [quotedForCSV(text)]
            case .number(let value): [number(value)]
            case .interval(let value, let range): [value, range.lowerBound, range.upperBound].map(number)
            case .none: [""]
            }
        return cells + Array(repeating: "", count: width - cells.count)
    }

    /// Exact, and without a fraction where there is none.
    static func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? String(value) }

    static func quotedForCSV(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
