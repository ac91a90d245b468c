extension Table {
    /// A GitHub-flavoured Markdown table under its caption, ending with a newline.
    package func markdown() -> String {
        var lines = [Self.escapedForMarkdown(caption), ""]
        lines.append(Self.markdownRow(columns.map { Self.escapedForMarkdown($0.title) }))
        lines.append(Self.markdownRow(columns.map { $0.alignment == .left ? ":--" : "--:" }))
        lines += printed().joined().map { Self.markdownRow($0.map(Self.markdownCell)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func markdownRow(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private static func markdownCell(_ cell: PrintedCell?) -> String {
        guard let cell else { return "-" }
        let text = cell.isNumber ? cell.text : escapedForMarkdown(cell.text)
        return cell.isBest ? "**\(text)**" : text
    }

    static func escapedForMarkdown(_ text: String) -> String {
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
