extension Table {
    /// A `table` environment for the booktabs package, ending with a newline.
    package func latex() -> String {
        let alignments = columns.indices.map(latexAlignment).joined()
        var lines = [
            "% Needs \\usepackage{booktabs}.",
            "\\begin{table}", "\\centering", "\\footnotesize", "\\setlength{\\tabcolsep}{3pt}",
            "\\caption{\(Self.escapedForLaTeX(caption))}", "\\label{tab:\(label)}",
            "\\begin{tabular}{@{}\(alignments)@{}}", "\\toprule",
            Self.latexRow(columns.map { Self.escapedForLaTeX($0.header) }),
            Self.latexRow(columns.map { column in column.unit.map { "[\(Self.escapedForLaTeX($0))]" } ?? "" }),
        ]
        for block in printed() {
            lines.append("\\midrule")
            lines += block.map { Self.latexRow($0.map(Self.latexCell)) }
        }
        lines += ["\\bottomrule", "\\end{tabular}", "\\end{table}"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Long texts are broken into lines, so that the table fits a page.
    private func latexAlignment(_ column: Int) -> String {
        guard columns[column].alignment == .left else { return "r" }
        let longest = rows.map { if case .text(let text) = $0[column] { text.count } else { 0 } }.max() ?? 0
        return longest > 40 ? "p{5cm}" : "l"
    }

    private static func latexRow(_ cells: [String]) -> String {
        // A row that starts with a bracket would be taken for an argument of the line break before it.
        let first = cells.first.map { $0.hasPrefix("[") ? "{\($0)}" : $0 } ?? ""
        return ([first] + cells.dropFirst()).joined(separator: " & ") + " \\\\"
    }

    private static func latexCell(_ cell: PrintedCell?) -> String {
        guard let cell else { return "--" }
        let text = cell.isNumber ? minusSigned(cell.text) : escapedForLaTeX(cell.text)
        return cell.isBest ? "\\textbf{\(text)}" : text
    }

    /// In text mode a hyphen would stand for the minus sign.
    private static func minusSigned(_ numbers: String) -> String {
        numbers.replacing(#/-([0-9.]+)/#) { "$-\($0.1)$" }
    }

    private static func escapedForLaTeX(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
            case "~": result += "\\textasciitilde{}"
            case "^": result += "\\textasciicircum{}"
            case "\\": result += "\\textbackslash{}"
            case "<": result += "\\textless{}"
            case ">": result += "\\textgreater{}"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
        return result
    }
}
