/// Text in columns: the first left-aligned, the others right.
enum TextColumns {
    /// - Precondition: every row has as many cells as the first.
    static func aligned(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let fill = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + fill : fill + cell
            }
            return cells.joined(separator: "  ").replacing(#/\ +$/#, with: "")
        }.joined(separator: "\n")
    }
}
