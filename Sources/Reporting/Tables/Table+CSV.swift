extension Table {
    /// Comma-separated values after RFC 4180 with plain newlines: full precision, empty where nothing was measured.
    package func csv() -> String {
        let lines = [columns.map { Self.quotedForCSV($0.title) }] + rows.map { $0.map(Self.csvCell) }
        return lines.map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static func csvCell(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): quotedForCSV(text)
        case .number(let value): Int(exactly: value).map(String.init) ?? String(value)
        case .none: ""
        }
    }

    private static func quotedForCSV(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
