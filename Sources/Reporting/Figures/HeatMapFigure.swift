import Foundation

/// A map of greys over two parameters, with the number in every cell: it reads without colour.
package enum HeatMapFigure {
    private struct Cell {
        let x, y: ParameterValue
        let estimate: Estimate
    }

    /// - Throws: `ReportingError` if the plan names what no record has, takes together what differs, or leaves nothing to draw.
    package static func make(
        _ plan: HeatMapPlan, name: String, title: String?, caption: String?, records: [ResultRecord],
        context: ReportContext
    ) throws(ReportingError) -> Figure {
        let asker = "figure \(context.experiment)/\(name)"
        let selection = RecordSelection(
            all: records.withDerived, filter: plan.filter, fields: [plan.y, plan.x], pooled: plan.pooled,
            bootstrap: context.bootstrap, asker: asker)
        let groups = try selection.groups()
        var cells: [Cell] = []
        for group in groups {
            guard let y = group.key[0], let x = group.key[1],
                let estimate = try plan.measure.estimate(group, of: selection)
            else { continue }
            cells.append(Cell(x: x, y: y, estimate: estimate))
        }
        guard !cells.isEmpty else { throw .nothingToShow(asker: asker) }
        let quantity = CurvePlan.label(
            CurvePlan.Axis(), plan.measure.title, unit: plan.measure.printedUnit(in: selection.all))
        return Figure(
            name: name, title: title ?? quantity,
            caption: Caption(
                caption ?? "\(title ?? quantity).", of: groups.flatMap(\.records),
                statistics: statistics(cells, plan, context),
                context: context),
            csv: csv(cells, plan, quantity),
            script: script(cells, plan, name: name, title: title ?? quantity, quantity: quantity))
    }

    private static func statistics(_ cells: [Cell], _ plan: HeatMapPlan, _ context: ReportContext) -> [String] {
        let difference = plan.measure.statistic == .difference ? " Differences are paired, patch by patch." : ""
        return ["Every number is made from \(cells.map(\.estimate.n).span) values.\(difference)"]
    }

    private static func heading(_ field: RecordField) -> String {
        field.heading.unit.map { "\(field.heading.title) [\($0)]" } ?? field.heading.title
    }

    /// A line per cell, with the ends of its interval where it has one.
    private static func csv(_ cells: [Cell], _ plan: HeatMapPlan, _ quantity: String) -> String {
        let header = [heading(plan.x), heading(plan.y), quantity, "lower", "upper", "n"].map(Table.quotedForCSV)
        let rows = cells.map { cell in
            [Table.quotedForCSV(cell.x.description), Table.quotedForCSV(cell.y.description)]
                + [cell.estimate.value, cell.estimate.interval?.lowerBound, cell.estimate.interval?.upperBound]
                .map { $0.map(Table.number) ?? "" } + ["\(cell.estimate.n)"]
        }
        return ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    // In points of the SVG.
    private static let (width, left, right, foot, row) = (360, 62, 12, 50, 30)

    private static func script(
        _ cells: [Cell], _ plan: HeatMapPlan, name: String, title: String, quantity: String
    ) -> String {
        let (xs, ys) = (cells.map(\.x).distinct, cells.map(\.y).distinct)
        let values = cells.map(\.estimate.value)
        let low = values.min() ?? 0
        let span = (values.max() ?? 0) - low
        let format = plan.format ?? plan.measure.usualFormat
        let head = 14 + GnuplotText.lineHeight * GnuplotText.lines(title).count
        let height = head + foot + ys.count * row
        func number(_ value: Double) -> String { Table.NumberFormat.significant(6).text(value) }
        func marks(_ values: [ParameterValue]) -> String {
            values.enumerated().map { "\(GnuplotText.quoted($1.description)) \($0)" }.joined(separator: ", ")
        }
        var text =
            GnuplotText.head(name: name, size: (width, height))
            + GnuplotText.title(title, height: height) + """
                set xlabel \(GnuplotText.quoted(heading(plan.x)))
                set ylabel \(GnuplotText.quoted(heading(plan.y)))
                set lmargin at screen \(number(Double(left) / Double(width)))
                set rmargin at screen \(number(1 - Double(right) / Double(width)))
                set tmargin at screen \(number(1 - Double(head) / Double(height)))
                set bmargin at screen \(number(Double(foot) / Double(height)))
                unset key
                unset colorbox
                set tics scale 0 nomirror
                set xtics (\(marks(xs)))
                set ytics (\(marks(ys)))
                set xrange [-0.5:\(xs.count - 1).5]
                set yrange [-0.5:\(ys.count - 1).5]

                """
        for (index, cell) in cells.enumerated() {
            guard let column = xs.firstIndex(of: cell.x), let line = ys.firstIndex(of: cell.y) else { continue }
            // From white, the largest, to a grey on which black letters still read.
            let share = span > 0 && span.isFinite ? (cell.estimate.value - low) / span : 1
            let grey = String(format: "%02x", Int((140 + 115 * share).rounded()))
            text +=
                "set object \(index + 1) rectangle from \(Double(column) - 0.5),\(Double(line) - 0.5) to "
                + "\(Double(column) + 0.5),\(Double(line) + 0.5) fillcolor rgb '#\(grey)\(grey)\(grey)' fillstyle solid noborder\n"
            text +=
                "set label \(index + 2) \(GnuplotText.quoted(format.text(cell.estimate.value))) at \(column),\(line) center "
                + "front font ',8'\n"
        }
        return text + "plot NaN notitle\n"
    }
}
