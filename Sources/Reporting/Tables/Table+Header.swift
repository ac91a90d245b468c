extension Table {
    /// Headings broken into lines no wider than the cells below, or 9 characters; units stand in the last line. All columns have
    /// the same number of lines, blank ones first.
    /// - Parameter printed: Cells of every row, as printed.
    func headerLines(_ printed: [[PrintedCell?]]) -> [[String]] {
        let wrapped = columns.indices.map { index in
            let widest = printed.map { $0[index]?.text.count ?? 1 }.max() ?? 0
            return columns[index].header.wrapped(at: max(widest, 9))
        }
        let height = wrapped.map(\.count).max() ?? 0
        let units = columns.map { column in column.unit.map { "[\($0)]" } ?? "" }
        let padded = wrapped.map { Array(repeating: "", count: height - $0.count) + $0 }
        return (0..<height).map { line in padded.map { $0[line] } } + (units.allSatisfy(\.isEmpty) ? [] : [units])
    }
}

extension String {
    /// Words on lines of at most `width` characters; a longer word has a line of its own.
    func wrapped(at width: Int) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.isEmpty ? [""] : lines
    }
}
