extension Table {
    /// Aligned text for a terminal, ending with a newline: the caption, and a table per part.
    /// - Parameters:
    ///   - width: Characters of a line. Columns that do not fit make a table of their own; a single one may be wider.
    ///   - notes: Whether the notes stand below.
    package func text(width: Int, notes: Bool = false) -> String {
        var lines = caption.text.isEmpty ? [] : caption.text.wrapped(at: width)
        for part in parts() {
            if let title = part.title { lines += [""] + title.capitalisedFirst.wrapped(at: width) }
            for narrow in part.table.fitting(width) { lines += [""] + narrow.textLines() }
        }
        if notes, !caption.notes.isEmpty {
            lines +=
                [""]
                + caption.notes.flatMap { note -> [String] in
                    let wrapped = note.wrapped(at: width - 2)
                    return wrapped.indices.map { ($0 == 0 ? "- " : "  ") + wrapped[$0] }
                }
        }
        return lines.drop(while: \.isEmpty).map { line in line.replacing(#/ +$/#, with: "") + "\n" }.joined()
    }

    /// The table in pieces that each fit, all of them with the columns that name a row.
    private func fitting(_ width: Int) -> [Table] {
        let widths = textWidths()
        let keys = columns.indices.filter { columns[$0].topic == .key }
        let gap = Self.textGap.count
        let left = keys.reduce(0) { $0 + widths[$1] + gap }
        var pieces: [[Int]] = []
        var used = 0
        for column in columns.indices where columns[column].topic != .key {
            if pieces.isEmpty || used + widths[column] > width {
                pieces.append([])
                used = left
            }
            pieces[pieces.count - 1].append(column)
            used += widths[column] + gap
        }
        guard pieces.count > 1 else { return [self] }
        return pieces.map { selecting(keys + $0) }
    }

    private static let textGap = "  "

    private func textWidths() -> [Int] {
        let rows = printed().flatMap { $0 }
        let lines = headerLines(rows) + rows.map(textCells)
        return columns.indices.map { index in lines.map { $0[index].count }.max() ?? 0 }
    }

    private func textLines() -> [String] {
        let (widths, blocks) = (textWidths(), printed())
        func line(_ cells: [String]) -> String {
            columns.indices.map { index in
                let padding = String(repeating: " ", count: max(0, widths[index] - cells[index].count))
                return columns[index].alignment == .left ? cells[index] + padding : padding + cells[index]
            }.joined(separator: Self.textGap)
        }
        let gaps = Self.textGap.count * max(0, widths.count - 1)
        let rule = String(repeating: "-", count: widths.reduce(0, +) + gaps)
        return headerLines(blocks.flatMap { $0 }).map(line)
            + blocks.flatMap { block in [rule] + block.map { line(textCells($0)) } }
    }

    /// Where a column marks its best value, it carries a star and the others a blank, so that digits stay aligned.
    private static func textCell(_ cell: PrintedCell?, _ column: Column) -> String {
        let text = (cell?.text ?? "-").replacing("\n", with: " ")
        return column.best == nil ? text : text + (cell?.isBest == true ? "*" : " ")
    }

    private func textCells(_ row: [PrintedCell?]) -> [String] { zip(row, columns).map(Self.textCell) }
}
