import Foundation

/// Curves over one axis, from records.
package enum CurveFigure {
    struct Point: Equatable {
        let x: Double
        let y: Estimate
    }

    struct Curve: Equatable {
        var name: String
        let points: [Point]
        /// The first of its columns in the data file.
        let column: Int

        var hasIntervals: Bool { points.contains { $0.y.interval != nil } }
    }

    /// A line across the figure.
    struct Level: Equatable {
        let name: String
        let value: Double
    }

    /// - Throws: `ReportingError` if the plan names what no record has, takes together what differs, or leaves nothing to draw.
    package static func make(
        _ plan: CurvePlan, name: String, title: String?, caption: String?, records: [ResultRecord],
        context: ReportContext
    ) throws(ReportingError) -> Figure {
        var plan = plan
        let asker = "figure \(context.experiment)/\(name)"
        let selection = RecordSelection(
            all: records.withDerived, filter: plan.filter, fields: plan.series + plan.pointFields, pooled: plan.pooled,
            bootstrap: context.bootstrap, asker: asker)
        let groups = try selection.groups()
        let curves = try curves(plan, groups, selection)
        guard !curves.isEmpty else { throw .nothingToShow(asker: asker) }
        let levels = try levels(plan, selection)
        // Nothing has a place on a logarithmic axis but what is positive: with anything else on it the axis is a plain one, and says so.
        if curves.contains(where: { $0.points.contains { $0.x <= 0 } }) { plan.x.isLogarithmic = false }
        if heights(curves, levels).contains(where: { $0 <= 0 }) { plan.y.isLogarithmic = false }
        let drawn = plan.merges ? merged(curves, isLogarithmic: plan.y.isLogarithmic) : curves
        let x = plan.xLabel(selection.all)
        let y = plan.yLabel(selection.all)
        return Figure(
            name: name, title: title ?? "\(y) over \(x)",
            caption: Caption(
                caption ?? "\(title ?? "\(y) over \(x)").", of: groups.flatMap(\.records),
                statistics: statistics(plan, curves, drawn, context.bootstrap), context: context),
            csv: csv(curves, x: x, y: y),
            script: CurveScript(plan: plan, name: name, curves: drawn, levels: levels, x: x, y: y).text(title: title))
    }

    /// All that the y axis shows, ends of intervals included.
    static func heights(_ curves: [Curve], _ levels: [Level]) -> [Double] {
        curves.flatMap(\.points).flatMap { point in
            [point.y.value, point.y.interval?.lowerBound, point.y.interval?.upperBound].compactMap { $0 }
        } + levels.map(\.value)
    }

    private static func levels(_ plan: CurvePlan, _ selection: RecordSelection) throws(ReportingError) -> [Level] {
        var levels: [Level] = []
        for level in plan.levels {
            switch level.height {
            case .value(let value): levels.append(Level(name: level.label, value: value))
            case .records(let filter):
                guard let measure = plan.measures.first else { continue }
                let others = RecordSelection(
                    all: selection.all, filter: filter, fields: [], pooled: plan.pooled, bootstrap: selection.bootstrap,
                    asker: selection.asker)
                let own = Measure(measure.metric, unit: measure.unit)
                guard let group = try others.groups().first, let estimate = try own.estimate(group, of: others) else {
                    throw .nothingToShow(asker: selection.asker)
                }
                levels.append(Level(name: level.label, value: estimate.value))
            }
        }
        return levels
    }

    private static func curves(
        _ plan: CurvePlan, _ groups: [RecordGroup], _ selection: RecordSelection
    ) throws(ReportingError) -> [Curve] {
        var points: [(curve: String, point: Point)] = []
        for group in groups {
            let x: Double?
            switch plan.abscissa {
            case .parameter: x = group.key.last.flatMap { $0?.number }
            case .metric(let measure, _): x = try measure.estimate(group, of: selection)?.value
            }
            for measure in plan.measures {
                guard let x, let y = try measure.estimate(group, of: selection) else { continue }
                let name = plan.curveName(measure, Array(group.key.prefix(plan.series.count)))
                points.append((name, Point(x: x, y: y)))
            }
        }
        // After that of x.
        var column = 2
        return points.inGroups(by: \.curve).map { name, own in
            let curve = Curve(name: name, points: own.map(\.point).sorted { $0.x < $1.x }, column: column)
            column += curve.hasIntervals ? 3 : 1
            return curve
        }
    }

    private static func statistics(
        _ plan: CurvePlan, _ curves: [Curve], _ drawn: [Curve], _ bootstrap: Bootstrap.Settings
    ) -> [String] {
        var notes: [String] = []
        let all = curves.flatMap(\.points).map(\.y)
        if all.contains(where: { $0.interval != nil }), let statistic = plan.measures.first?.statistic {
            notes +=
                statistic == .quartiles
                ? ["Points are medians, bars quartiles, of \(all.map(\.n).span) runs."]
                : Estimate.words(all, as: "Bars: ", bootstrap)
        }
        if let fit = plan.fit, let words = fitted(fit, curves) { notes.append(words) }
        if drawn.count < curves.count {
            notes.append(
                "Curves whose names are joined by = lie within a fiftieth of the height of the figure and are drawn as one; the data "
                    + "hold each.")
        }
        if plan.measures.contains(where: \.isNetworkTime) { notes.append(Caption.networkTimes) }
        return notes
    }

    private static func fitted(_ fit: CurvePlan.Fit, _ curves: [Curve]) -> String? {
        let words = curves.compactMap { curve in
            FittedLaw(fit, curve).map { "\(curve.name) \($0.words)" }
        }
        guard !words.isEmpty else { return nil }
        return switch fit {
        case .power:
            "Lines are power laws fitted by least squares on logarithms; exponents: \(words.joined(separator: ", "))."
        case .affine:
            "Lines are straight, fitted by least squares; what one step to the right adds: \(words.joined(separator: ", "))."
        }
    }

    /// Curves that no eye can tell apart made one, named after all of them: they share their abscissas, and nowhere differ by more
    /// than a fiftieth, the size of a marker, of what all curves span.
    static func merged(_ curves: [Curve], isLogarithmic: Bool) -> [Curve] {
        func height(_ value: Double) -> Double { isLogarithmic ? log(value) : value }
        let heights = curves.flatMap(\.points).map { height($0.y.value) }.filter(\.isFinite)
        guard let low = heights.min(), let high = heights.max() else { return curves }
        var groups: [[Curve]] = []
        for curve in curves {
            let known = groups.firstIndex { group in
                group[0].points.map(\.x) == curve.points.map(\.x)
                    && zip(group[0].points, curve.points).allSatisfy {
                        abs(height($0.y.value) - height($1.y.value)) <= 0.02 * (high - low)
                    }
            }
            if let known { groups[known].append(curve) } else { groups.append([curve]) }
        }
        return groups.map { group in
            var curve = group[0]
            curve.name = group.map(\.name).joinedWhereTheyDiffer()
            return curve
        }
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
    func startsAtZero(_ values: [Double]) -> Bool {
        let isAmount = measures.allSatisfy { measure in
            measure.statistic != .difference && ["B", "s"].contains(Metric(rawValue: measure.metric)?.unit)
        }
        return isAmount && !y.isLogarithmic && values.allSatisfy { $0 >= 0 }
    }

    /// Whether curves that lie on each other are drawn as one.
    var merges: Bool { !isScatter && fit == nil }

    /// "client, 2048 bit": what tells the curve from the others.
    fileprivate func curveName(_ measure: Measure, _ key: [ParameterValue?]) -> String {
        let values = zip(series, key).compactMap { field, value -> String? in
            guard let value else { return nil }
            let (title, unit) = field.heading
            return value.number == nil
                ? value.description.replacing("_", with: " ") : "\(title) \(value)\(unit.map { " \($0)" } ?? "")"
        }
        let metric = measures.count > 1 || values.isEmpty ? [measure.title] : []
        return (metric + values).joined(separator: ", ")
    }

    fileprivate func xLabel(_ records: [ResultRecord]) -> String {
        switch abscissa {
        case .parameter(let field): Self.label(x, field.heading.title, unit: field.heading.unit)
        case .metric(let measure, _): Self.label(x, [measure], records)
        }
    }

    fileprivate func yLabel(_ records: [ResultRecord]) -> String { Self.label(y, measures, records) }

    private static func label(_ axis: Axis, _ measures: [Measure], _ records: [ResultRecord]) -> String {
        guard let first = measures.first else { return axis.label ?? "" }
        let unit = first.printedUnit(in: records)
        let name = measures.count == 1 ? first.title : unit == "s" ? "time" : "amount"
        return label(axis, name, unit: unit)
    }

    /// "time [s], log. scale": units stand in brackets, whatever an axis is called. A label that names its unit keeps it.
    package static func label(_ axis: Axis, _ name: String, unit: String?) -> String {
        var text = axis.label ?? name
        if let match = text.firstMatch(of: #/ ?[(\[]([^()\[\]]+)[)\]]$/#), unit == nil || match.1 == unit ?? "" {
            text = "\(text[..<match.range.lowerBound]) [\(match.1)]"
        } else if let unit {
            text += " [\(unit)]"
        }
        return axis.isLogarithmic ? text + ", log. scale" : text
    }
}

extension [String] {
    /// Names that share their first and last words, with what differs joined by "=": "activations 10 = 12 bit".
    func joinedWhereTheyDiffer() -> String {
        guard count > 1 else { return first ?? "" }
        let words = map { $0.split(separator: " ") }
        let shortest = words.map(\.count).min() ?? 0
        let head = (0..<shortest).prefix { index in words.allSatisfy { $0[index] == words[0][index] } }.count
        let tail = (0..<shortest - head).prefix { index in
            words.allSatisfy { $0[$0.count - 1 - index] == words[0][words[0].count - 1 - index] }
        }.count
        let parts = words.map { $0[head..<$0.count - tail].joined(separator: " ") }
        // "up = down, linear" of "up, linear" and "down, linear".
        let middle =
            parts.dropLast().map { $0.hasSuffix(",") ? String($0.dropLast()) : $0 }.joined(separator: " = ")
            + " = " + (parts.last ?? "")
        return (words[0].prefix(head).map(String.init) + [middle] + words[0].suffix(tail).map(String.init))
            .joined(separator: " ")
    }
}
