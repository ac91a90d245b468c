import Foundation

/// Curves over one axis, from records.
package enum CurveFigure {
    private struct Point {
        let x: Double
        let y: Estimate
    }

    private struct Curve {
        let name: String
        let points: [Point]

        var hasIntervals: Bool { points.contains { $0.y.interval != nil } }
        var fit: PowerLaw? { PowerLaw(x: points.map(\.x), y: points.map(\.y.value)) }
    }

    /// - Throws: `ReportingError` if the plan names what no record has, takes together what differs, or leaves nothing to draw.
    package static func make(
        _ plan: CurvePlan, name: String, title: String?, caption: String?, records: [ResultRecord],
        context: ReportContext
    ) throws(ReportingError) -> Figure {
        let asker = "figure \(context.experiment)/\(name)"
        let selection = RecordSelection(
            all: records.withDerived, filter: plan.filter, fields: plan.series + plan.pointFields, pooled: plan.pooled,
            bootstrap: context.bootstrap, asker: asker)
        let groups = try selection.groups()
        let curves = try curves(plan, groups, selection)
        guard !curves.isEmpty else { throw .nothingToShow(asker: asker) }
        let x = plan.xLabel(selection.all)
        let y = plan.yLabel(selection.all)
        return Figure(
            name: name, title: title ?? "\(y) over \(x)",
            caption: Caption.text(
                groups.flatMap(\.records), lead: caption, notes: notes(plan, curves, context.bootstrap),
                environment: context.environment, modeNotes: context.modeNotes),
            csv: csv(curves, x: x, y: y),
            script: script(plan, name: name, title: title, curves: curves, x: x, y: y))
    }

    private static func curves(
        _ plan: CurvePlan, _ groups: [RecordGroup], _ selection: RecordSelection
    ) throws(ReportingError) -> [Curve] {
        var order: [String] = []
        var points: [String: [Point]] = [:]
        for group in groups {
            let x: Double?
            switch plan.abscissa {
            case .parameter: x = group.key.last.flatMap { $0?.number }
            case .metric(let measure, _): x = try measure.estimate(group, of: selection)?.value
            }
            for measure in plan.measures {
                guard let x, let y = try measure.estimate(group, of: selection) else { continue }
                let name = plan.curveName(measure, Array(group.key.prefix(plan.series.count)))
                if points[name] == nil { order.append(name) }
                points[name, default: []].append(Point(x: x, y: y))
            }
        }
        return order.map { Curve(name: $0, points: (points[$0] ?? []).sorted { $0.x < $1.x }) }
    }

    private static func notes(_ plan: CurvePlan, _ curves: [Curve], _ bootstrap: Bootstrap.Settings) -> [String] {
        var notes: [String] = []
        let all = curves.flatMap(\.points).map(\.y)
        if all.contains(where: { $0.interval != nil }), let statistic = plan.measures.first?.statistic {
            let sizes = all.map(\.n)
            let range = Set(sizes).count == 1 ? "\(sizes[0])" : "\(sizes.min() ?? 0) to \(sizes.max() ?? 0)"
            notes.append(
                statistic == .quartiles
                    ? "Points are medians, bars quartiles, of \(range) runs."
                    : "Bars are 95 % intervals, percentile bootstrap (\(bootstrap.resamples) resamples, seed "
                        + "\(bootstrap.seed)) of \(range) values.")
        }
        let exponents = curves.compactMap { curve in
            curve.fit.map { "\(curve.name) \(Table.NumberFormat.decimals(2).text($0.exponent))" }
        }
        if plan.hasFit, !exponents.isEmpty {
            notes.append(
                "Lines are power laws fitted by least squares on logarithms; exponents: "
                    + exponents.joined(separator: ", ") + ".")
        }
        if plan.measures.contains(where: { measure in NetworkLink.all.contains { $0.metric == measure.metric } }) {
            notes.append(Caption.networkTimes)
        }
        return notes
    }

    /// A column per curve beside x; where two points of a curve share their x, a line more.
    private static func csv(_ curves: [Curve], x: String, y: String) -> String {
        var header = [x]
        for curve in curves {
            header.append("\(curve.name): \(y)")
            if curve.hasIntervals { header += ["\(curve.name): lower", "\(curve.name): upper"] }
        }
        var lines: [(x: Double, cells: [Point?])] = []
        for (index, curve) in curves.enumerated() {
            for point in curve.points {
                if let line = lines.firstIndex(where: { $0.x == point.x && $0.cells[index] == nil }) {
                    lines[line].cells[index] = point
                } else {
                    lines.append((point.x, curves.indices.map { $0 == index ? point : nil }))
                }
            }
        }
        let rows = lines.sorted { $0.x < $1.x }.map { line in
            [Table.number(line.x)]
                + zip(line.cells, curves).flatMap { point, curve -> [String] in
                    let ends = point.map { $0.y.interval ?? $0.y.value...$0.y.value }
                    let value = point.map { Table.number($0.y.value) } ?? ""
                    guard curve.hasIntervals else { return [value] }
                    return [value] + [ends?.lowerBound, ends?.upperBound].map { $0.map(Table.number) ?? "" }
                }
        }
        return ([header.map(Table.quotedForCSV)] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static func script(
        _ plan: CurvePlan, name: String, title: String?, curves: [Curve], x: String, y: String
    ) -> String {
        var text = GnuplotText.head(name: name, size: (460, 340)) + GnuplotText.lineStyles
        text += """
            set key below left Left reverse samplen 4 width 2 font ',9'
            set grid linecolor rgb '#cccccc' linewidth 0.8
            set border 3
            set tics nomirror
            set xlabel \(GnuplotText.quoted(x)) offset 0,0.6
            set ylabel \(GnuplotText.quoted(y))

            """
        if let title { text += "set title \(GnuplotText.quoted(title))\n" }
        if plan.x.isLogarithmic { text += "set logscale x\n" }
        if plan.y.isLogarithmic { text += "set logscale y\n" }
        text += tics(plan, curves)
        if plan.startsAtZero(curves.flatMap(\.points).map(\.y.value)) { text += "set yrange [0:*]\n" }
        var plots: [String] = []
        var column = 2
        for (index, curve) in curves.enumerated() {
            let style = index % GnuplotText.lineStyleCount + 1
            let x = plan.shifts(curves.map(\.hasIntervals)) ? shifted(index, of: curves) : "1"
            let columns = curve.hasIntervals ? "\(x):\(column):\(column + 1):\(column + 2)" : "1:\(column)"
            let kind =
                switch (plan.isScatter, curve.hasIntervals) {
                case (true, true): "yerrorbars"
                case (true, false): "points"
                case (false, true): plan.hasFit ? "yerrorbars" : "yerrorlines"
                case (false, false): plan.hasFit ? "points" : "linespoints"
                }
            plots.append(
                "\(GnuplotText.quoted(name + ".csv")) using \(columns) with \(kind) linestyle \(style) "
                    + "title \(GnuplotText.quoted(curve.name))")
            column += curve.hasIntervals ? 3 : 1
            if plan.hasFit, let fit = curve.fit {
                // Digits that another processor's logarithm does not change.
                let (factor, exponent) = (String(format: "%.6g", fit.factor), String(format: "%.5f", fit.exponent))
                plots.append("\(factor) * x**(\(exponent)) with lines linestyle \(style) dashtype 2 notitle")
            }
        }
        if plan.hasDiagonal {
            plots.append("x with lines linecolor rgb '#888888' linewidth 1 dashtype 2 title 'y = x'")
        }
        return text + "plot " + plots.joined(separator: ", \\\n     ") + "\n"
    }

    /// Large numbers as 10k and 1M, rather than with exponents.
    private static func format(_ values: [Double]) -> String { (values.max() ?? 0) < 1e5 ? "%g" : "%.0s%c" }

    /// Curves with bars stand a little beside each other, so that no bar hides another.
    private static func shifted(_ index: Int, of curves: [Curve]) -> String {
        let values = Set(curves.flatMap(\.points).map(\.x)).sorted()
        guard let gap = zip(values, values.dropFirst()).map({ $1 - $0 }).min() else { return "1" }
        let range = (values.last ?? 0) - (values.first ?? 0)
        let shift = min(gap * 0.1, range * 0.01) * (Double(index) - Double(curves.count - 1) / 2)
        return "($1 + \(Table.NumberFormat.significant(3).text(shift)))".replacing("+ -", with: "- ")
    }

    /// Few values of x are what the axis names, and nothing in between.
    private static func tics(_ plan: CurvePlan, _ curves: [Curve]) -> String {
        let values = Set(curves.flatMap(\.points).map(\.x)).sorted()
        guard let low = values.first, let high = values.last else { return "" }
        var text = ""
        if case .parameter = plan.abscissa, values.count <= 10 {
            let marks = values.map { "\(GnuplotText.quoted(Table.number($0))) \(Table.number($0))" }
            text += "set xtics (\(marks.joined(separator: ", ")))\n"
        }
        if plan.x.isLogarithmic {
            text += "set xrange [\(low / 1.15):\(high * 1.15)]\n"
        } else {
            let margin = (high > low ? high - low : max(abs(high), 1)) * 0.05
            text += "set xrange [\(low - margin):\(high + margin)]\n"
        }
        // With less than a decade, powers of ten name next to nothing.
        let heights = curves.flatMap(\.points).map(\.y.value)
        if plan.y.isLogarithmic { text += "set mytics 10\nset format y '\(format(heights))'\n" }
        if plan.x.isLogarithmic { text += "set format x '\(format(values))'\n" }
        return text
    }
}

extension CurvePlan {
    /// What groups differ in beside the curves.
    fileprivate var pointFields: [RecordField] {
        switch abscissa {
        case .parameter(let field): [field]
        case .metric(_, let points): points
        }
    }

    /// Amounts of time and traffic are read by their height.
    fileprivate func startsAtZero(_ values: [Double]) -> Bool {
        let isAmount = measures.allSatisfy { measure in
            measure.statistic != .difference && ["B", "s"].contains(Metric(rawValue: measure.metric)?.unit)
        }
        return isAmount && !y.isLogarithmic && values.allSatisfy { $0 >= 0 }
    }

    fileprivate func shifts(_ haveIntervals: [Bool]) -> Bool {
        !x.isLogarithmic && !isScatter && haveIntervals.count > 1 && haveIntervals.contains(true)
    }

    /// "client, 2048 bit": what tells the curve from the others.
    fileprivate func curveName(_ measure: Measure, _ key: [ParameterValue?]) -> String {
        let values = zip(series, key).compactMap { field, value -> String? in
            guard let value else { return nil }
            let (title, unit) = field.heading
            return value.number == nil
                ? value.description.replacing("_", with: " ") : "\(title) \(value)\(unit.map { " \($0)" } ?? "")"
        }
        let metric =
            measures.count > 1 || values.isEmpty ? [RecordTable.title(measure, MetricDisplay(measure.metric))] : []
        return (metric + values).joined(separator: ", ")
    }

    fileprivate func xLabel(_ records: [ResultRecord]) -> String {
        if let label = x.label { return label }
        switch abscissa {
        case .parameter(let field):
            let (title, unit) = field.heading
            return unit.map { "\(title) [\($0)]" } ?? title
        case .metric(let measure, _): return Self.label([measure], records)
        }
    }

    fileprivate func yLabel(_ records: [ResultRecord]) -> String { y.label ?? Self.label(measures, records) }

    private static func label(_ measures: [Measure], _ records: [ResultRecord]) -> String {
        guard let first = measures.first else { return "" }
        let unit = first.printedUnit(in: records).flatMap { $0 == "1" ? nil : $0 }
        let name =
            measures.count == 1
            ? RecordTable.title(first, MetricDisplay(first.metric)) : unit == "s" ? "time" : "amount"
        return unit.map { "\(name) [\($0)]" } ?? name
    }
}
