extension Table {
    /// LaTeX for an article, ending with a newline: an environment per part, none wider than the text.
    ///
    /// A part of up to 30 rows floats, over both columns of a page where it needs them, and is scaled down if it must be. A longer one
    /// is a `longtable`, which breaks over pages; LaTeX allows it in one column only. It cannot be scaled, so that a table whose long
    /// parts are too wide is divided further. Notes stand under the last part.
    package func latex() -> String {
        let parts = latexParts()
        var lines = ["% Needs \\usepackage{array,booktabs,graphicx,longtable}."]
        let reference = "See Table~\\ref{tab:\(parts[parts.count - 1].table.label)}."
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            lines += part.table.latexLines(
                title: part.title, notes: isLast ? caption.notes.map(Self.escapedForLaTeX) : [reference])
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// As wide as they may be, and narrow enough where they are long.
    private func latexParts() -> [Part] {
        let choices = stride(from: Self.usualColumns, through: 4, by: -1).lazy.map { parts(limit: $0) }
        let fitting = choices.first { parts in
            parts.allSatisfy { part in
                part.table.rows.count <= Self.latexRowsPerPage
                    || LaTeXLayout(part.table, part.table.printed(), isScaled: false).fits
            }
        }
        return fitting ?? parts(limit: 4)
    }

    /// Rows that a page has room for beside caption and notes.
    private static let latexRowsPerPage = 30

    private func latexLines(title: String?, notes: [String]) -> [String] {
        let words = title.map { "\($0.capitalisedFirst). \(caption.text)" } ?? caption.text
        let over = Self.escapedForLaTeX(Caption(words).text)
        let under = notes.isEmpty ? [] : ["{\\scriptsize\\raggedright Notes. \(notes.joined(separator: " "))\\par}"]
        let blocks = printed()
        let isLong = rows.count > Self.latexRowsPerPage
        let layout = LaTeXLayout(self, blocks, isScaled: !isLong)
        return isLong ? latexLong(layout, blocks, over, under) : latexFloat(layout, blocks, over, under)
    }

    private func latexFloat(
        _ layout: LaTeXLayout, _ printed: [[[PrintedCell?]]], _ caption: String, _ notes: [String]
    ) -> [String] {
        let environment = layout.isNarrow ? "table" : "table*"
        return [
            "\\begin{\(environment)}", "\\centering", layout.size,
            "\\setlength{\\tabcolsep}{\(layout.gap)pt}\\setlength{\\belowcaptionskip}{4pt}",
            "\\caption{\(caption)}", "\\label{tab:\(label)}", "\\sbox0{%",
            "\\begin{tabular}{@{}\(layout.alignments)@{}}", "\\toprule",
        ] + latexHeader(printed) + latexBlocks(printed) + [
            "\\bottomrule", "\\end{tabular}}%",
            "\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi",
        ] + (notes.isEmpty ? [] : ["", "\\medskip"] + notes) + ["\\end{\(environment)}"]
    }

    private func latexLong(
        _ layout: LaTeXLayout, _ printed: [[[PrintedCell?]]], _ caption: String, _ notes: [String]
    ) -> [String] {
        let header = ["\\toprule"] + latexHeader(printed) + ["\\midrule"]
        return [
            "\\begingroup",
            "\(layout.size)\\setlength{\\tabcolsep}{\(layout.gap)pt}\\setlength{\\LTcapwidth}{\\linewidth}",
            "\\begin{longtable}{@{}\(layout.alignments)@{}}", "\\caption{\(caption)}\\label{tab:\(label)}\\\\",
        ] + header + ["\\endfirsthead", "\\caption[]{(continued)}\\\\"] + header + [
            "\\endhead", "\\bottomrule", "\\endfoot",
        ]
            + latexBlocks(printed).drop { $0 == "\\midrule" } + ["\\end{longtable}"] + notes + ["\\endgroup"]
    }

    private func latexHeader(_ printed: [[[PrintedCell?]]]) -> [String] {
        headerLines(printed.flatMap { $0 }).map { Self.latexRow($0.map(Self.escapedForLaTeX)) }
    }

    /// Rows with a rule before every block.
    private func latexBlocks(_ printed: [[[PrintedCell?]]]) -> [String] {
        printed.flatMap { block in ["\\midrule"] + block.map { Self.latexRow($0.map(Self.latexCell)) } }
    }

    private static func latexRow(_ cells: [String]) -> String {
        // A row that starts with a bracket would be taken for an argument of the line break before it.
        let first = cells.first.map { $0.hasPrefix("[") ? "{\($0)}" : $0 } ?? ""
        return ([first] + cells.dropFirst()).joined(separator: " & ") + " \\\\"
    }

    private static func latexCell(_ cell: PrintedCell?) -> String {
        guard let cell else { return "--" }
        let text = cell.isNumber ? latexNumbers(cell.text) : escapedForLaTeX(cell.text)
        return cell.isBest ? "\\textbf{\(text)}" : text
    }

    /// A minus sign, where text mode would print a hyphen, and thin spaces between thousands from five digits on.
    private static func latexNumbers(_ numbers: String) -> String {
        numbers.replacing(#/(-?)([0-9]+)(\.[0-9]+)?/#) { match in
            let digits = grouped(String(match.2), separator: "\\,") + (match.3 ?? "")
            return match.1.isEmpty ? digits : "$-\(digits)$"
        }
    }

    /// `36 684 544` with any separator; four digits and fewer stay as they are.
    static func grouped(_ digits: String, separator: String) -> String {
        guard digits.count > 4 else { return digits }
        let head = digits.count % 3
        let groups = stride(from: head, to: digits.count, by: 3).map { digits.dropFirst($0).prefix(3) }
        return ((head > 0 ? [digits.prefix(head)] : []) + groups).joined(separator: separator)
    }

    private static func escapedForLaTeX(_ text: String) -> String {
        text.onOneLine { character in
            switch character {
            case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
            case "~": "\\textasciitilde{}"
            case "^": "\\textasciicircum{}"
            case "\\": "\\textbackslash{}"
            case "<": "\\textless{}"
            case ">": "\\textgreater{}"
            default: nil
            }
        }
    }
}

/// How wide the columns of a table are in Computer Modern, and what makes it fit an article's text of 345 pt.
private struct LaTeXLayout {
    /// `llrr`, with `p{...}` for texts that are broken into lines.
    let alignments: String
    /// `\footnotesize` or smaller.
    let size: String
    /// Half the distance of columns, pt.
    let gap: Double
    /// Whether it is no wider than the text.
    let fits: Bool
    /// Whether it fits a column of a two-column article, 229 pt wide.
    let isNarrow: Bool

    private static let textWidth = 340.0
    /// Sizes in points, and how much wider their letters are than those of ten points scaled down: small fonts are cut wider.
    private static let sizes = [
        ("\\footnotesize", 8.0, 1.06, 3.0), ("\\scriptsize", 7.0, 1.14, 2.0), ("\\tiny", 5.0, 1.38, 2.0),
    ]

    /// - Parameter isScaled: Whether what is too wide is scaled down anyway, so that small letters are not needed.
    init(_ table: Table, _ blocks: [[[PrintedCell?]]], isScaled: Bool) {
        let rows = blocks.flatMap { $0 }
        let lines = table.headerLines(rows) + rows.map { $0.map { $0?.text ?? "--" } }
        let ems = table.columns.indices.map { column in lines.map { Self.ems($0[column]) }.max() ?? 0 }
        let isText = table.columns.map { $0.alignment == .left }
        var chosen = Self.sizes[0]
        var widths: [Double] = []
        for candidate in isScaled ? [Self.sizes[0]] : Self.sizes {
            chosen = candidate
            widths = ems.map { $0 * candidate.1 * candidate.2 }
            let free = Self.textWidth - 2 * candidate.3 * Double(ems.count - 1)
            if widths.reduce(0, +) <= free { break }
            let narrowed = Self.narrowed(widths, isText: isText, to: free)
            if narrowed.reduce(0, +) <= free {
                widths = narrowed
                break
            }
        }
        (size, gap) = (chosen.0, chosen.3)
        let natural = ems.map { $0 * chosen.1 * chosen.2 }
        alignments = table.columns.indices.map { index in
            guard isText[index] else { return "r" }
            return widths[index] < natural[index]
                ? ">{\\raggedright\\arraybackslash}p{\(Int(widths[index]))pt}" : "l"
        }.joined()
        let width = widths.reduce(0, +) + 2 * chosen.3 * Double(ems.count - 1)
        fits = width <= Self.textWidth
        isNarrow = width <= 225
    }

    /// Texts of more than 90 pt made narrower, the widest most, but none below 70 pt.
    private static func narrowed(_ widths: [Double], isText: [Bool], to total: Double) -> [Double] {
        let isFlexible = widths.indices.map { isText[$0] && widths[$0] > 90 }
        let fixed = widths.indices.reduce(0) { $0 + (isFlexible[$1] ? 0 : widths[$1]) }
        let flexible = widths.indices.reduce(0) { $0 + (isFlexible[$1] ? widths[$1].squareRoot() : 0) }
        guard flexible > 0 else { return widths }
        return widths.indices.map { index in
            guard isFlexible[index] else { return widths[index] }
            return min(widths[index], max(70, (total - fixed) * widths[index].squareRoot() / flexible))
        }
    }

    /// Width in ems of Computer Modern Roman at ten points: cmr10's own widths, bold digits at most a sixth wider.
    private static func ems(_ text: String) -> Double {
        text.reduce(0) { sum, character in
            switch character {
            case "0"..."9", "a", "g", "o", "k", "q", "v", "x", "y": sum + 0.54
            case "i", "j", "l", "t", "f", ".", ",", ":", ";", "'", "[", "]", "|", "!": sum + 0.32
            case "c", "e", "r", "s", "z", "(", ")", "-", " ": sum + 0.43
            case "m", "w", "M", "W", "<", ">", "=", "+", "\\", "~", "%", "&": sum + 0.85
            case "A"..."Z": sum + 0.74
            case "b", "d", "h", "n", "p", "u": sum + 0.57
            default: sum + 0.6
            }
        }
    }
}
