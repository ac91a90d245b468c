extension Table {
    /// A table per part, which sort by a click on a heading, with the caption over them and the notes folded below.
    package func html() -> String {
        let parts = parts().map { part in
            (part.title.map { "<h4>\(HTML.escaped($0.capitalisedFirst))</h4>\n" } ?? "") + part.table.htmlElement()
        }
        let caption = caption.text.isEmpty ? "" : "<p class=\"caption\">\(HTML.escaped(caption.text))</p>\n"
        let notes = self.caption.notes.isEmpty ? "" : HTML.details("Notes", HTML.list(self.caption.notes))
        return "<section class=\"table\" id=\"table-\(label)\">\n\(caption)\(parts.joined())\(notes)</section>\n"
    }

    private func htmlElement() -> String {
        let headings = columns.map { column in
            let unit = column.unit.map { " <span class=\"unit\">[\(HTML.escaped($0))]</span>" } ?? ""
            let kind = column.alignment == .left ? "" : " class=\"number\""
            return
                "<th scope=\"col\"\(kind)><button type=\"button\">\(HTML.escaped(column.header))\(unit)</button></th>"
        }
        // Blocks are told apart by a rule, until a reader sorts.
        let bodies = zip(blocks, printed()).map { block, printed in
            "<tbody>\n" + zip(block, printed).map { htmlRow($0, $1) }.joined() + "</tbody>\n"
        }
        return "<div class=\"scroll\" tabindex=\"0\">\n<table>\n<thead><tr>\(headings.joined())</tr></thead>\n"
            + bodies.joined() + "</table>\n</div>\n"
    }

    private func htmlRow(_ cells: [Cell], _ printed: [PrintedCell?]) -> String {
        "<tr>" + columns.indices.map { Self.htmlCell(cells[$0], printed[$0], columns[$0]) }.joined() + "</tr>\n"
    }

    private static func htmlCell(_ cell: Cell, _ printed: PrintedCell?, _ column: Column) -> String {
        guard let printed else { return column.alignment == .left ? "<td>-</td>" : "<td class=\"number\">-</td>" }
        guard printed.isNumber, let value = cell.value else { return "<td>\(HTML.escaped(printed.text))</td>" }
        let text = printed.text.replacing(#/([0-9]+)(\.[0-9]+)?/#) { match in
            grouped(String(match.1), separator: "\u{202f}") + (match.2 ?? "")
        }
        let words = printed.isBest ? "<strong>\(text)</strong>" : text
        return "<td class=\"number\" data-value=\"\(number(value))\">\(words)</td>"
    }
}
