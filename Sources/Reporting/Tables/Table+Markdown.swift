extension Table {
    /// GitHub-flavoured Markdown, ending with a newline: the caption, a table per part, and the notes folded.
    package func markdown() -> String { markdown(parts(), notes: caption.notes) }

    /// The caption, one part of the table, and the notes folded; nil if there is no such part.
    package func markdown(part name: String) -> String? {
        parts().first { $0.name == name }.map { markdown([$0], notes: caption.notes) }
    }

    private func markdown(_ parts: [Part], notes: [String]) -> String {
        var lines = caption.text.isEmpty ? [] : [Self.escapedForMarkdown(caption.text), ""]
        for part in parts {
            if let title = part.title { lines += ["**\(Self.escapedForMarkdown(title.capitalisedFirst))**", ""] }
            lines += part.table.markdownRows() + [""]
        }
        return lines.joined(separator: "\n") + Self.markdown(notes: notes)
    }

    /// Folded where the document is shown as a page; empty without notes.
    static func markdown(notes: [String]) -> String {
        guard !notes.isEmpty else { return "" }
        let lines = notes.map { "- \(escapedForMarkdown($0))" }.joined(separator: "\n")
        return "\n<details><summary>Notes</summary>\n\n\(lines)\n\n</details>\n"
    }

    private func markdownRows() -> [String] {
        [
            Self.markdownRow(columns.map { Self.escapedForMarkdown($0.title) }),
            Self.markdownRow(columns.map { $0.alignment == .left ? ":--" : "--:" }),
        ] + printed().joined().map { Self.markdownRow($0.map(Self.markdownCell)) }
    }

    private static func markdownRow(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private static func markdownCell(_ cell: PrintedCell?) -> String {
        guard let cell else { return "-" }
        let text = cell.isNumber ? cell.text : escapedForMarkdown(cell.text)
        return cell.isBest ? "**\(text)**" : text
    }

    static func escapedForMarkdown(_ text: String) -> String {
        text.onOneLine { "|_*`<\\".contains($0) ? "\\\($0)" : nil }
    }
}

extension String {
    /// With blanks for new lines, and in place of other characters what `escape` gives.
    func onOneLine(_ escape: (Character) -> String?) -> String {
        map { $0.isNewline ? " " : escape($0) ?? String($0) }.joined()
    }

    /// With its first letter in upper case.
    var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
