import Foundation

/// A law fitted to the points of a curve: as gnuplot draws it, and in a caption's words.
struct FittedLaw {
    let expression: String
    /// The exponent, or what a step to the right adds.
    let words: String

    /// Nil if the points do not determine it.
    init?(_ fit: CurvePlan.Fit, _ curve: CurveFigure.Curve) {
        let (x, y) = (curve.points.map(\.x), curve.points.map(\.y.value))
        // Digits that another processor's logarithm does not change.
        switch fit {
        case .power:
            guard let law = PowerLaw(x: x, y: y) else { return nil }
            expression = String(format: "%.6g * x**(%.5f)", law.factor, law.exponent)
            words = Table.NumberFormat.decimals(2).text(law.exponent)
        case .affine:
            guard let law = AffineLaw(x: x, y: y) else { return nil }
            expression = String(format: "%.8g + %.8g * x", law.offset, law.slope)
            words = Table.NumberFormat.significant(4).text(law.slope)
        }
    }
}

/// The gnuplot script of curves over one axis. The legend stands below the axis and its title, never in the plot.
struct CurveScript {
    let plan: CurvePlan
    let name: String
    /// As they are drawn.
    let curves: [CurveFigure.Curve]
    let levels: [CurveFigure.Level]
    /// Titles of the axes.
    let x, y: String

    // In points of the SVG; at a column's width of a paper, 240 points, ten-point letters become seven.
    private static let (width, plotHeight, line) = (360, 200, 14)

    func text(title: String?) -> String {
        let entries = legend
        let longest = entries.map(\.count).max() ?? 0
        // More would be fewer where gnuplot finds the plot too narrow for them.
        let perRow = min(max(1, 40 / (longest + 9)), entries.count)
        let rows = entries.count > 1 ? (entries.count + perRow - 1) / perRow : 0
        let foot = 52 + (rows + 1) * Self.line
        let head = title.map { 14 + GnuplotText.lineHeight * GnuplotText.lines($0).count } ?? 10
        let height = Self.plotHeight + foot + head
        func share(_ points: Int) -> String { Table.NumberFormat.significant(4).text(Double(points) / Double(height)) }
        var text = GnuplotText.head(name: name, size: (Self.width, height)) + GnuplotText.lineStyles
        text += """
            set grid linecolor rgb '#dddddd' linewidth 0.6
            set border 3
            set tics nomirror
            set tmargin at screen 1 - \(share(head))
            set bmargin at screen \(share(foot))
            set rmargin 2
            set xlabel \(GnuplotText.quoted(x))
            set ylabel \(GnuplotText.quoted(y))

            """
        if let title { text += GnuplotText.title(title, height: height) }
        if rows == 0 {
            text += "unset key\n"
        } else {
            text +=
                "set key at screen 0.5, screen \(share(Self.line + 3)) center bottom horizontal "
                + "maxcols \(perRow) Left reverse samplen 4 width 1 font ',9'\n"
        }
        text +=
            "set label 2 \(GnuplotText.quoted(sizes)) at screen 0.98, screen \(share(8)) right font ',8' "
            + "textcolor rgb '#555555'\n"
        return text + axes + "plot " + plots.joined(separator: ", \\\n     ") + "\n"
    }

    private var legend: [String] {
        curves.map(\.name) + levels.map(\.name) + (plan.hasDiagonal ? ["y = x"] : [])
    }

    /// "bars: 95 % intervals, n = 62".
    private var sizes: String {
        let estimates = curves.flatMap(\.points).map(\.y)
        let law = plan.fit.map { $0 == .power ? "dashed: power laws, " : "dashed: straight lines, " } ?? ""
        let size = "\(law)n = \(estimates.map(\.n).span)"
        guard estimates.contains(where: { $0.interval != nil }), let statistic = plan.measures.first?.statistic else {
            return size
        }
        return "bars: \(statistic == .quartiles ? "quartiles" : Estimate.barName(estimates)), \(size)"
    }

    // MARK: - Axes

    private var axes: String {
        let values = Set(curves.flatMap(\.points).map(\.x)).sorted()
        let heights = CurveFigure.heights(curves, levels)
        var text = Self.axis("x", values, isLogarithmic: plan.x.isLogarithmic)
        if case .parameter = plan.abscissa, values.count <= 10 {
            let marks = values.map { "\(GnuplotText.quoted(Self.tick($0))) \(Table.number($0))" }
            text += "set xtics (\(marks.joined(separator: ", ")))\n"
        }
        if plan.y.isLogarithmic {
            text += Self.axis("y", heights, isLogarithmic: true)
        } else if plan.startsAtZero(heights) {
            text += "set yrange [0:*]\n"
        }
        // 50 M, where gnuplot would print 5e+07.
        if !plan.y.isLogarithmic, heights.contains(where: { $0 >= 1e5 }) { text += "set format y '%.0s%c'\n" }
        return text
    }

    /// A range just wider than the values, and on logarithmic axes marks at 1, 2 and 5 where powers of ten would be few.
    static func axis(_ axis: String, _ values: [Double], isLogarithmic: Bool) -> String {
        guard let low = values.min(), let high = values.max() else { return "" }
        func text(_ value: Double) -> String { Table.NumberFormat.significant(6).text(value) }
        guard isLogarithmic, low > 0 else {
            let margin = (high > low ? high - low : max(abs(high), 1)) * 0.05
            return "set \(axis)range [\(text(low - margin)):\(text(high + margin))]\n"
        }
        let margin = max(1.12, pow(high / low, 0.05))
        let steps = log10(high / low) < 2.3 ? [1.0, 2, 5] : [1]
        let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        let range = low / margin...high * margin
        var marks = decades.flatMap { decade in steps.map { $0 * pow(10, Double(decade)) } }.filter(range.contains)
        // Within a fraction of a decade: round numbers at equal distances.
        if marks.count < 2 { marks = roundMarks(range) }
        let tics = marks.map { "\(GnuplotText.quoted(tick($0))) \(text($0))" }
        return "set logscale \(axis)\nset \(axis)range [\(text(low / margin)):\(text(high * margin))]\n"
            + "set \(axis)tics (\(tics.joined(separator: ", ")))\n"
    }

    /// The multiples of a round step in a range.
    static func roundMarks(_ range: ClosedRange<Double>) -> [Double] {
        let step = roundStep(range.upperBound - range.lowerBound)
        return Array(
            stride(from: (range.lowerBound / step).rounded(.up) * step, through: range.upperBound, by: step))
    }

    /// The distance of at most five marks over a span: 1, 2 or 5 times a power of ten.
    static func roundStep(_ span: Double) -> Double {
        let power = pow(10, log10(span / 4).rounded(.down))
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= span / 4 } ?? 10 * power
    }

    /// Large numbers as 100k, 2M and 1G.
    private static func tick(_ value: Double) -> String {
        for (size, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where abs(value) >= max(size, 1e5) {
            return Table.number((value / size * 1e6).rounded() / 1e6) + letter
        }
        return Table.number(Double(String(format: "%.9g", value)) ?? value)
    }

    // MARK: - Curves

    private var plots: [String] {
        var plots: [String] = []
        for (position, curve) in curves.enumerated() {
            let style = "linestyle \(position % GnuplotText.lineStyleCount + 1)"
            let column = curve.column
            let file = "\(GnuplotText.quoted(name + ".csv")) using"
            let law = plan.fit.flatMap { FittedLaw($0, curve) }
            let kind = plan.isScatter || law != nil ? "points" : "linespoints"
            if curve.hasIntervals {
                plots.append(
                    "\(file) 1:\(column):\(column + 1):\(column + 2) with yerrorbars \(style) dashtype 1 linewidth 1 "
                        + "pointtype 0 notitle")
            }
            plots.append("\(file) 1:\(column) with \(kind) \(style) title \(GnuplotText.quoted(curve.name))")
            if let law { plots.append("\(law.expression) with lines \(style) dashtype 2 notitle") }
        }
        for (index, level) in levels.enumerated() {
            plots.append(
                "\(String(format: "%.8g", level.value)) with lines linecolor rgb '#555555' linewidth 1 "
                    + "dashtype (\(2 + 4 * index),3) title \(GnuplotText.quoted(level.name))")
        }
        if plan.hasDiagonal {
            plots.append("x with lines linecolor rgb '#888888' linewidth 1 dashtype 2 title 'y = x'")
        }
        return plots
    }
}
