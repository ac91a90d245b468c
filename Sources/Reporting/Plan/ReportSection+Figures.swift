import Configuration

extension FigurePlan {
    init(_ figure: StrictMapping<ReportSection.FigureKey>) throws(ConfigurationError) {
        let kind = try figure.choice(.kind, of: ReportSection.Kind.self)
        if let other = Self.keys(notOf: kind).first(where: figure.contains) {
            throw figure.refusal(other, "does not go with kind \(kind.rawValue); expected no such key")
        }
        let content: Content =
            switch kind {
            case .curve: .curve(try CurvePlan(figure))
            case .heatMap: .heatMap(try HeatMapPlan(figure))
            case .panels: .panels(try PanelPlan(figure))
            }
        self.init(
            name: try figure.fileName(.name), title: try figure.optionalText(.title),
            caption: try figure.optionalText(.caption), content: content)
    }

    private static func keys(notOf kind: ReportSection.Kind) -> [ReportSection.FigureKey] {
        let curve: [ReportSection.FigureKey] = [.series, .points, .scatter, .diagonal, .fit, .levels]
        let records: [ReportSection.FigureKey] = [.where, .x, .y, .pool]
        let map: [ReportSection.FigureKey] = [.metric, .unit, .statistic, .against, .digits]
        let panels: [ReportSection.FigureKey] = [.group, .patch, .panels, .differences, .window, .scale]
        return switch kind {
        case .curve: map + panels
        case .heatMap: curve + panels
        case .panels: curve + records + map
        }
    }
}

extension HeatMapPlan {
    init(_ figure: StrictMapping<ReportSection.FigureKey>) throws(ConfigurationError) {
        let measure = try figure.measure(
            try figure.text(.metric), unit: .unit, statistic: .statistic, where: nil, against: .against)
        self.init(
            filter: try figure.filter(.where), x: RecordField(try figure.text(.x)), y: RecordField(try figure.text(.y)),
            measure: measure, pooled: try figure.optionalFields(.pool))
        if figure.contains(.digits) { format = .decimals(try figure.integer(.digits, in: 0...12)) }
    }
}

extension CurvePlan.Level {
    init(_ level: StrictMapping<ReportSection.LevelKey>) throws(ConfigurationError) {
        let label = try level.text(.label)
        switch (level.contains(.value), level.contains(.where)) {
        case (true, false):
            self.init(label: label, height: .value(try level.number(.value, in: -1e12...1e12)))
        case (false, true): self.init(label: label, height: .records(try level.filter(.where)))
        default: throw level.refusal(.label, "must stand beside one of: value, where")
        }
    }
}

extension CurvePlan.Fit {
    /// `power` or `affine`; `true` says power, as files of before affine fits do.
    init?(_ figure: StrictMapping<ReportSection.FigureKey>) throws(ConfigurationError) {
        guard figure.contains(.fit) else { return nil }
        if case .scalar(let text, .flag, _)? = figure.node(.fit) {
            guard text == "true" else { return nil }
            self = .power
            return
        }
        self = try figure.choice(.fit)
    }
}

extension CurvePlan {
    init(_ figure: StrictMapping<ReportSection.FigureKey>) throws(ConfigurationError) {
        let x = try figure.mapping(.x, of: ReportSection.AbscissaKey.self)
        let y = try figure.mapping(.y, of: ReportSection.OrdinateKey.self)
        let points = try figure.optionalFields(.points)
        let abscissa: Abscissa
        switch (x.contains(.parameter), x.contains(.metric)) {
        case (true, false):
            if let other = [ReportSection.AbscissaKey.unit, .statistic, .where, .against].first(where: x.contains) {
                throw x.refusal(other, "does not go with 'parameter'; expected 'metric' beside it")
            }
            guard points.isEmpty else {
                throw figure.refusal(.points, "needs a metric as x; a parameter has a point per value anyway")
            }
            abscissa = .parameter(RecordField(try x.text(.parameter)))
        case (false, true):
            guard !points.isEmpty else {
                throw x.refusal(.metric, "needs 'points' in the figure: the fields whose values make a point each")
            }
            abscissa = .metric(
                try x.measure(
                    try x.text(.metric), unit: .unit, statistic: .statistic, where: .where, against: .against),
                points: points)
        default:
            throw figure.refusal(.x, "must state one of: parameter, metric")
        }
        let measures = try y.texts(.metrics).map { metric throws(ConfigurationError) in
            try y.measure(metric, unit: .unit, statistic: .statistic, where: .where, against: .against)
        }
        let levels = try figure.contains(.levels) ? figure.mappings(.levels).map(Level.init) : []
        self.init(
            filter: try figure.filter(.where), abscissa: abscissa,
            x: Axis(label: try x.optionalText(.label), isLogarithmic: try x.flag(.log, default: false)),
            measures: measures,
            y: Axis(label: try y.optionalText(.label), isLogarithmic: try y.flag(.log, default: false)),
            series: try figure.optionalFields(.series), pooled: try figure.optionalFields(.pool),
            isScatter: try figure.flag(.scatter, default: false),
            hasDiagonal: try figure.flag(.diagonal, default: false), fit: try Fit(figure), levels: levels)
    }
}

extension PanelPlan {
    init(_ figure: StrictMapping<ReportSection.FigureKey>) throws(ConfigurationError) {
        let window = try figure.mapping(.window, of: ReportSection.WindowKey.self)
        let low = try window.number(.low, in: -100_000...100_000)
        let high = try window.number(.high, in: -100_000...100_000)
        guard low < high else { throw window.refusal(.high, "is not above 'low'; expected a larger number") }
        let differences =
            try figure.contains(.differences)
            ? figure.mappings(.differences).map { item throws(ConfigurationError) in
                try Difference(item, window: low...high)
            } : []
        self.init(
            group: try figure.text(.group), index: try figure.integer(.patch, in: 0...1_000_000, default: 0),
            panels: try figure.texts(.panels), differences: differences, window: low...high,
            hasScale: try figure.flag(.scale, default: true))
    }
}

extension PanelPlan.Difference {
    /// `range` HU are white and minus as many black. `times` of older files magnifies the window instead.
    init(
        _ item: StrictMapping<ReportSection.DifferenceKey>, window: ClosedRange<Double>
    ) throws(ConfigurationError) {
        if item.contains(.range), item.contains(.times) {
            throw item.refusal(.times, "does not go with 'range'; expected one of them")
        }
        var range = try item.number(.range, in: 0.001...100_000, default: 50)
        if item.contains(.times) {
            range = (window.upperBound - window.lowerBound) / 2 / (try item.number(.times, in: 0.001...1_000_000))
        }
        self.init(of: try item.text(.of), from: try item.text(.from), range: range)
    }
}
