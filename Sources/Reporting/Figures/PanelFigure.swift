import Foundation

/// Images of one patch or slice: all in the same window, then differences about zero, each with its own scale in true HU.
package struct PanelFigure: Sendable {
    /// Pixels row by row, in HU.
    package struct Panel: Sendable {
        package let title: String
        /// What stands under the picture: its PSNR.
        package let score: String?
        package let width: Int
        package let values: [Float]

        /// - Precondition: `values` fill whole rows.
        package init(title: String, score: String? = nil, width: Int, values: [Float]) {
            precondition(
                width > 0 && !values.isEmpty && values.count.isMultiple(of: width), "panel: expected whole rows")
            self.title = title
            self.score = score
            self.width = width
            self.values = values
        }

        var height: Int { values.count / width }
    }

    /// A difference, with the HU that are shown white.
    package typealias Difference = (panel: Panel, range: Double)

    private let images: [Panel]
    private let differences: [Difference]
    private let window: ClosedRange<Double>
    private let hasScale: Bool

    /// - Precondition: at least one image; all panels of one size.
    package init(
        images: [Panel], differences: [Difference], window: ClosedRange<Double>, hasScale: Bool = true
    ) {
        precondition(!images.isEmpty)
        precondition(Set((images + differences.map(\.panel)).map { [$0.width, $0.height] }).count == 1)
        self.images = images
        self.differences = differences
        self.window = window
        self.hasScale = hasScale
    }

    package func figure(name: String, title: String, caption: Caption) -> Figure {
        Figure(name: name, title: title, caption: caption, csv: csv, script: script(name, title))
    }

    private var panels: [Panel] { images + differences.map(\.panel) }

    /// One block of rows per panel, with a tenth of a HU, which no display resolves.
    private var csv: String {
        panels.map { panel in
            let rows = (0..<panel.height).map { row in
                panel.values[row * panel.width..<(row + 1) * panel.width]
                    .map { Table.NumberFormat.decimals(1).text(Double($0)) }.joined(separator: ",")
            }
            return "# \(panel.title.replacing("\n", with: " "))\n" + rows.joined(separator: "\n") + "\n"
        }.joined(separator: "\n\n")
    }

    // In points of the SVG. Three pictures fill a row, so that letters can be read at the width of a column.
    private static let (width, gap, margin) = (360, 8, 6)
    /// Room below the pictures, for the scale if there is one.
    private var foot: Int { hasScale ? 34 : 6 }
    /// Of a line of a picture's title, over it, and of its score, under it.
    private static let (titleLine, scoreHeight) = (14, 14)

    private func script(_ name: String, _ title: String) -> String {
        let columns = panels.count == 4 ? 2 : min(panels.count, 3)
        let lines = (panels.count + columns - 1) / columns
        let side = (Self.width - 2 * Self.margin - (columns - 1) * Self.gap) / columns
        let rows = side * images[0].height / images[0].width
        let titles = panels.map { $0.title.wrapped(at: columns == 3 ? 17 : 28) }
        let titleHeight = 4 + Self.titleLine * (titles.map(\.count).max() ?? 1)
        let step = rows + titleHeight + (panels.contains { $0.score != nil } ? Self.scoreHeight : 4)
        let head = 10 + GnuplotText.lineHeight * GnuplotText.lines(title).count
        let height = head + lines * step + foot
        func x(_ points: Int) -> String { Self.share(points, of: Self.width) }
        func y(_ points: Int) -> String { Self.share(points, of: height) }
        var text =
            GnuplotText.head(name: name, size: (Self.width, height)) + """
                set multiplot
                \(GnuplotText.title(title, height: height, top: 12))unset key
                unset tics
                set border linewidth 0.5
                set palette gray
                set xrange [-0.5:\(images[0].width).0-0.5]
                set yrange [\(images[0].height).0-0.5:-0.5]

                """
        for (index, panel) in panels.enumerated() {
            let left = Self.margin + index % columns * (side + Self.gap)
            let top = height - head - index / columns * step - titleHeight
            let over = top + 7 + Self.titleLine * (titles[index].count - 1)
            let range =
                index < images.count
                ? window : -differences[index - images.count].range...differences[index - images.count].range
            text += """
                set lmargin at screen \(x(left))
                set rmargin at screen \(x(left + side))
                set bmargin at screen \(y(top - rows))
                set tmargin at screen \(y(top))
                set label 2 \(GnuplotText.quoted(titles[index].joined(separator: "\n"))) at screen \(x(left + side / 2)),\(y(over)) center font ',9'
                set cbrange [\(range.lowerBound):\(range.upperBound)]

                """
            if let score = panel.score {
                text +=
                    "set label 3 \(GnuplotText.quoted(score)) at screen \(x(left + side / 2)),\(y(top - rows - 8)) center font ',8'\n"
            }
            text += scale(index, range, height: height)
            text += "plot \(GnuplotText.quoted(name + ".csv")) index \(index) matrix with image\n"
            text += "unset label\n"
        }
        return text + "unset multiplot\n"
    }

    /// One scale for the images, one for the first difference, side by side at the foot.
    private func scale(_ index: Int, _ range: ClosedRange<Double>, height: Int) -> String {
        let isFirst = index == 0 || index == images.count
        guard hasScale, isFirst else { return "unset colorbox\n" }
        let isAlone = differences.isEmpty
        let left = index == 0 ? 26 : 236
        let width = isAlone ? Self.width - 52 : index == 0 ? 168 : 96
        let tics = Self.ticks(range).map { "\(GnuplotText.quoted(Table.number($0))) \($0)" }
        return """
            set colorbox horizontal user origin screen \(Self.share(left, of: Self.width)),\(Self.share(20, of: height)) \
            size screen \(Self.share(width, of: Self.width)),\(Self.share(6, of: height))
            set cbtics (\(tics.joined(separator: ", "))) scale 0.3 offset 0,0.6 font ',8'
            set label 4 'HU' at screen \(Self.share(left + width + 6, of: Self.width)),\(Self.share(23, of: height)) left font ',8'

            """
    }

    /// The ends of a range, and round numbers that stand well apart from them.
    private static func ticks(_ range: ClosedRange<Double>) -> [Double] {
        let span = range.upperBound - range.lowerBound
        let inner = CurveScript.roundMarks(range).filter {
            min($0 - range.lowerBound, range.upperBound - $0) > span / 6
        }
        return [range.lowerBound] + inner + [range.upperBound]
    }

    private static func share(_ points: Int, of total: Int) -> String {
        Table.NumberFormat.significant(5).text(Double(points) / Double(total))
    }
}

extension PanelPlan {
    /// What the plan says, and the window that images are shown in.
    package func title(_ own: String?) -> String {
        let ends = "\(Table.number(window.lowerBound)) to \(Table.number(window.upperBound))"
        return [own, hasScale ? "window \(ends) HU" : nil].compactMap { $0 }.joined(separator: "; ")
    }
}
