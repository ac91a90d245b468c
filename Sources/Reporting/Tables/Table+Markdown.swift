extension Table {
    /// A GitHub-flavoured Markdown table under its caption, ending with a newline.
    package func markdown() -> String {
        var lines = [Self.escapedForMarkdown(caption), ""]
        lines.append(Self.markdownRow(columns.map { Self.escapedForMarkdown($0.title) }))
        lines.append(Self.markdownRow(columns.map { $0.alignment == .left ? ":--" : "--:" }))
        lines += rows.map { row in
            Self.markdownRow(zip(columns, row).map { column, cell in Self.markdownCell(cell, column) })
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func markdownRow(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private static func markdownCell(_ cell: Cell, _ column: Column) -> String {
        switch cell {
        case .text(let text): escapedForMarkdown(text)
        case .number(let value): column.format.text(value)
        case .none: "-"
        }
    }

    private static func escapedForMarkdown(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "|", "_", "*", "`", "<", "\\": result += "\\\(character)"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
        return result
    }
}
