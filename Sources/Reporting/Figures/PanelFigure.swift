/// Images of one patch side by side: each in the same window, then differences about zero.
package struct PanelFigure: Sendable {
    /// Pixels row by row, in HU.
    package struct Panel: Sendable {
        package let title: String
        package let width: Int
        package let values: [Float]

        /// - Precondition: `values` fill whole rows.
        package init(title: String, width: Int, values: [Float]) {
            precondition(
                width > 0 && !values.isEmpty && values.count.isMultiple(of: width), "panel: expected whole rows")
            self.title = title
            self.width = width
            self.values = values
        }

        var height: Int { values.count / width }
    }

    private let images: [Panel]
    private let differences: [Panel]
    private let window: ClosedRange<Double>

    /// - Precondition: at least one image; all panels of one size.
    package init(images: [Panel], differences: [Panel], window: ClosedRange<Double>) {
        precondition(!images.isEmpty && Set((images + differences).map { [$0.width, $0.height] }).count == 1)
        self.images = images
        self.differences = differences
        self.window = window
    }

    package func figure(name: String, title: String, caption: String) -> Figure {
        Figure(name: name, title: title, caption: caption, csv: csv, script: script(name, title))
    }

    private var panels: [Panel] { images + differences }

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

    // In points of the SVG.
    private static let (side, gap, margin, head, foot) = (150, 8, 10, 56, 36)

    private func script(_ name: String, _ title: String) -> String {
        let (side, gap, margin, head, foot) = (Self.side, Self.gap, Self.margin, Self.head, Self.foot)
        let rows = side * images[0].height / images[0].width
        let width = 2 * margin + panels.count * side + (panels.count - 1) * gap
        let height = head + rows + foot
        func x(_ points: Int) -> Double { Double(points) / Double(width) }
        func y(_ points: Int) -> Double { Double(points) / Double(height) }
        func left(_ index: Int) -> Int { margin + index * (side + gap) }
        // Leaves room for the labels at the ends of a scale.
        let inset = 20
        // Differences are shown about zero in a range as wide as the window.
        let half = (window.upperBound - window.lowerBound) / 2
        var text =
            GnuplotText.head(name: name, size: (width, height)) + """
                set multiplot
                set label 1 \(GnuplotText.quoted(title)) at screen 0.5,\(y(height - 12)) center font ',11'
                unset key
                unset tics
                set border linewidth 0.5
                set palette gray
                set xrange [-0.5:\(images[0].width).0-0.5]
                set yrange [\(images[0].height).0-0.5:-0.5]

                """
        for (index, panel) in panels.enumerated() {
            let isDifference = index >= images.count
            let range = isDifference ? -half...half : window
            text += """
                set lmargin at screen \(x(left(index)))
                set rmargin at screen \(x(left(index) + side))
                set bmargin at screen \(y(foot))
                set tmargin at screen \(y(foot + rows))
                set title \(GnuplotText.quoted(panel.title)) font ',9' offset 0,-0.7
                set cbrange [\(range.lowerBound):\(range.upperBound)]

                """
            // One scale under the images, one under the differences.
            if index == 0 || index == images.count {
                let count = isDifference ? differences.count : images.count
                let tics = [range.lowerBound, (range.lowerBound + range.upperBound) / 2, range.upperBound]
                text += """
                    set colorbox horizontal user origin screen \(x(left(index) + inset)),\(y(foot - 12)) \
                    size screen \(x(count * side + (count - 1) * gap - 2 * inset)),\(y(6))
                    set cbtics (\(tics.map { "\(GnuplotText.quoted(Self.text($0) + " HU")) \($0)" }.joined(separator: ", "))) \
                    scale 0.3 offset 0,0.7 font ',8'

                    """
            } else {
                text += "unset colorbox\n"
            }
            text += "plot \(GnuplotText.quoted(name + ".csv")) index \(index) matrix with image\n"
            if index == 0 { text += "unset label 1\n" }
        }
        return text + "unset multiplot\n"
    }

    fileprivate static func text(_ value: Double) -> String { ParameterValue.number(value).description }
}

extension PanelPlan {
    /// What the plan says, and the window that images are shown in.
    package func title(_ own: String?) -> String {
        let ends = "\(PanelFigure.text(window.lowerBound)) to \(PanelFigure.text(window.upperBound))"
        return [own, "window \(ends) HU"].compactMap { $0 }.joined(separator: "; ")
    }
}
