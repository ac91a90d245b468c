import Foundation

/// A figure as text: its data and the gnuplot script that draws them. Both are the same on every machine.
package struct Figure: Equatable, Sendable {
    /// Of the files: `<name>.csv`, `<name>.gnuplot`, `<name>.svg`, `<name>.png`.
    package let name: String
    package let title: String
    package let caption: Caption
    package let csv: String
    package let script: String

    package init(name: String, title: String, caption: Caption, csv: String, script: String) {
        self.name = name
        self.title = title
        self.caption = caption
        self.csv = csv
        self.script = script
    }

    /// Formats that `Gnuplot` draws.
    package static let formats = ["svg", "png"]

    /// The picture over its caption and its folded notes, ending with a newline.
    /// - Parameter folder: Where the files are, seen from the document.
    package static func markdown(name: String, title: String, caption: Caption, folder: String) -> String {
        let data = "Data: [\(name).csv](\(folder)/\(name).csv)."
        let words = caption.text.isEmpty ? data : "\(Table.escapedForMarkdown(caption.text)) \(data)"
        return "![\(Table.escapedForMarkdown(title))](\(folder)/\(name).svg)\n\n\(words)\n"
            + Table.markdown(notes: caption.notes)
    }
}

extension Figure {
    /// The SVG with the figure's own title in place of the program's name: what readers of screens and tabs of browsers show.
    func titled(_ svg: Data) -> Data {
        let text = String(decoding: svg, as: UTF8.self)
        return Data(text.replacing("<title>Gnuplot</title>", with: "<title>\(HTML.escaped(title))</title>").utf8)
    }
}

/// Text of gnuplot scripts.
enum GnuplotText {
    /// A string expression in which nothing has a meaning but a new line: single quotes know no commands and no escapes.
    static func quoted(_ text: String) -> String {
        text.components(separatedBy: "\n").map { "'\($0.replacing("'", with: "''"))'" }.joined(separator: ".\"\\n\".")
    }

    /// A title over the whole width of a figure, broken into lines that fit it.
    /// - Parameters:
    ///   - height: Of the figure, in points.
    ///   - top: Where its first line's middle is, in points below the upper edge.
    static func title(_ text: String, height: Int, top: Int = 14) -> String {
        let middle = Table.NumberFormat.significant(5).text(1 - Double(top) / Double(height))
        return "set label 1 \(quoted(lines(text).joined(separator: "\n"))) at screen 0.5,\(middle) center font ',10'\n"
    }

    /// A title of a figure 360 points wide, in lines.
    static func lines(_ title: String) -> [String] { title.wrapped(at: 46) }

    /// Height of one such line, in points.
    static let lineHeight = 14

    /// The first lines of a script: two terminals that differ in nothing but the format.
    /// - Parameter size: In points of the SVG; the PNG has 2.5 pixels per point.
    static func head(name: String, size: (width: Int, height: Int)) -> String {
        // A comment ends with its line, and a backslash at the end would go on with it.
        let comment = name.replacing(/[\r\n\\]/, with: " ")
        return """
            # Draws \(comment).svg from \(comment).csv; gnuplot -e "format='png'" \(comment).gnuplot draws \(comment).png.
            if (!exists("format")) format = 'svg'
            if (format eq 'png') {
                set terminal pngcairo noenhanced size \(size.width * 5 / 2),\(size.height * 5 / 2) font 'DejaVu Sans,10' \
            fontscale 2.5 linewidth 2.5 pointscale 2.5
            } else {
                set terminal svg noenhanced size \(size.width),\(size.height) font 'DejaVu Sans,10' background 'white'
            }
            set output \(quoted(name + ".")) . format
            set datafile separator comma

            """
    }

    /// Curves that stay apart without colour: each has its own grey, dashes and marker, and a colour on top.
    static let lineStyles: String = {
        let colours = ["#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#666666"]
        let dashes = ["1", "(12,4)", "(3,4)", "(12,4,3,4)", "(8,3)", "(2,2)", "(14,3,2,3,2,3)", "(6,6)"]
        let markers = [7, 4, 9, 12, 5, 6, 8, 13]
        return colours.indices.map { index in
            "set style line \(index + 1) linecolor rgb '\(colours[index])' linewidth 1.5 dashtype \(dashes[index]) "
                + "pointtype \(markers[index]) pointsize 0.8\n"
        }.joined()
    }()

    /// Number of `lineStyles`; more curves repeat them.
    static let lineStyleCount = 8
}
