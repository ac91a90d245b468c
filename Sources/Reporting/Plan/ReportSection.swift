package import Configuration
import Foundation

/// The `report:` section of an experiment file, read, and as it was written so that `config.yaml` can repeat it.
package struct ReportSection: Sendable {
    package var plan = ReportPlan()
    private let node: ConfigurationNode?

    package init() { node = nil }
}

/// By what they ask for, not by how they are written.
extension ReportSection: Equatable {
    package static func == (left: ReportSection, right: ReportSection) -> Bool { left.plan == right.plan }
}

extension ReportSection: Encodable {
    /// As it was written.
    package func encode(to encoder: any Encoder) throws {
        try (node ?? .mapping([], line: nil)).encode(to: encoder)
    }
}

extension ReportSection {
    package enum Key: String, ConfigurationKey { case seed, resamples, tables, figures }
    enum TableKey: String, ConfigurationKey {
        case name, caption, `where`, rows, blocks, pool, columns, anchors
    }
    enum ColumnKey: String, ConfigurationKey {
        case metric, title, unit, digits, significant, statistic, `where`, against, best
    }
    enum FigureKey: String, ConfigurationKey {
        case name, kind, title, caption
        case `where`, x, y, series, points, pool, scatter, diagonal, fit, levels
        case metric, unit, statistic, against, digits
        case group, patch, panels, differences, window, scale
    }
    enum AbscissaKey: String, ConfigurationKey {
        case parameter, metric, label, log, unit, statistic, `where`, against
    }
    enum OrdinateKey: String, ConfigurationKey {
        case metrics, label, log, unit, statistic, `where`, against
    }
    enum DifferenceKey: String, ConfigurationKey { case of, from, range, times }
    enum LevelKey: String, ConfigurationKey { case label, value, `where` }
    enum WindowKey: String, ConfigurationKey { case low, high }
    enum Kind: String, CaseIterable { case curve, heatMap = "heat-map", panels }

    /// Reads the section under `key`; without it, an experiment has the standard table.
    package init<Outer: ConfigurationKey>(_ root: StrictMapping<Outer>, _ key: Outer) throws(ConfigurationError) {
        node = root.node(key)
        guard let section = try root.optionalMapping(key, of: Key.self) else { return }
        let usual = Bootstrap.Settings()
        plan.bootstrap = Bootstrap.Settings(
            seed: UInt64(try section.integer(.seed, in: 0...Int.max, default: Int(usual.seed))),
            resamples: try section.integer(.resamples, in: 100...100_000, default: usual.resamples))
        if section.contains(.tables) { plan.tables = try section.mappings(.tables).map(TablePlan.init) }
        if section.contains(.figures) { plan.figures = try section.mappings(.figures).map(FigurePlan.init) }
        let names = plan.tables.map(\.name) + plan.figures.map(\.name)
        if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw root.refusal(key, "names '\(names[twice])' twice; expected names that differ, as files go by them")
        }
    }
}

extension ReportSection {
    /// What can be said of the section without its records.
    package static var form: SettingForm {
        let names = SettingForm.list(.text)
        let statistic = SettingForm.choice(Measure.Statistic.self)
        let column = members(ColumnKey.self, required: [.metric]) { key in
            switch key {
            case .metric, .title, .unit: .text
            case .digits: .integer(0...12)
            case .significant: .integer(1...12)
            case .statistic: statistic
            case .where, .against: .values
            case .best: .choice(Table.Best.self)
            }
        }
        let table = members(TableKey.self, required: [.name]) { key in
            switch key {
            case .name, .caption, .blocks, .anchors: .text
            case .where: .values
            case .rows, .pool: names
            case .columns: .list(column)
            }
        }
        let figure = members(FigureKey.self, required: [.name, .kind]) { key in
            switch key {
            case .name, .title, .caption, .metric, .unit, .group: .text
            case .kind: .choice(Kind.self)
            case .where, .against: .values
            case .x: .either(.text, abscissa)
            case .y: .either(.text, ordinate)
            case .series, .points, .pool, .panels: names
            case .scatter, .diagonal, .scale: .flag
            case .fit: .either(.flag, .choice(CurvePlan.Fit.self))
            case .levels: .list(level)
            case .statistic: statistic
            case .digits: .integer(0...12)
            case .patch: .integer(0...1_000_000)
            case .differences: .list(difference)
            case .window: members(WindowKey.self, required: [.low, .high]) { _ in .number(-100_000...100_000) }
            }
        }
        return members(Key.self, required: []) { key in
            switch key {
            case .seed: .seed
            case .resamples: .integer(100...100_000)
            case .tables: .list(table)
            case .figures: .list(figure)
            }
        }
    }

    private static var abscissa: SettingForm {
        members(AbscissaKey.self, required: []) { key in
            switch key {
            case .parameter, .metric, .label, .unit: .text
            case .log: .flag
            case .statistic: .choice(Measure.Statistic.self)
            case .where, .against: .values
            }
        }
    }

    private static var ordinate: SettingForm {
        members(OrdinateKey.self, required: [.metrics]) { key in
            switch key {
            case .metrics: .list(.text)
            case .label, .unit: .text
            case .log: .flag
            case .statistic: .choice(Measure.Statistic.self)
            case .where, .against: .values
            }
        }
    }

    private static var level: SettingForm {
        members(LevelKey.self, required: [.label]) { key in
            switch key {
            case .label: .text
            case .value: .number(-1e12...1e12)
            case .where: .values
            }
        }
    }

    private static var difference: SettingForm {
        members(DifferenceKey.self, required: [.of, .from]) { key in
            switch key {
            case .of, .from: .text
            case .range: .number(0.001...100_000)
            case .times: .number(0.001...1_000_000)
            }
        }
    }

    private static func members<Section: ConfigurationKey & Equatable>(
        _ keys: Section.Type, required: [Section], form: (Section) -> SettingForm
    ) -> SettingForm {
        .mapping(keys.allCases.map { ($0.rawValue, Setting(form($0), isRequired: required.contains($0))) })
    }
}

extension TablePlan {
    private static let recordKeys: [ReportSection.TableKey] = [.where, .rows, .blocks, .pool, .columns]

    init(_ table: StrictMapping<ReportSection.TableKey>) throws(ConfigurationError) {
        self.init(name: try table.fileName(.name), caption: try table.optionalText(.caption))
        if table.contains(.anchors) {
            if let other = Self.recordKeys.first(where: table.contains) {
                throw table.refusal(other, "does not go with 'anchors'; expected one of them")
            }
            content = .anchors(file: try table.text(.anchors))
        } else if Self.recordKeys.contains(where: table.contains) {
            content = .records(try RecordTablePlan(table))
        }
    }
}

extension RecordTablePlan {
    init(_ table: StrictMapping<ReportSection.TableKey>) throws(ConfigurationError) {
        let columns = try table.mappings(.columns).map(ColumnPlan.init)
        self.init(
            filter: try table.filter(.where), rows: try table.fields(.rows), pooled: try table.optionalFields(.pool),
            columns: columns)
        guard table.contains(.blocks) else { return }
        let field = RecordField(try table.text(.blocks))
        guard rows.contains(field) else {
            throw table.refusal(
                .blocks, "is '\(field.name)'; expected one of the rows: \(rows.map(\.name).joined(separator: ", "))")
        }
        blocks = field
    }
}

extension ColumnPlan {
    init(_ column: StrictMapping<ReportSection.ColumnKey>) throws(ConfigurationError) {
        let measure = try column.measure(
            try column.text(.metric), unit: .unit, statistic: .statistic, where: .where, against: .against)
        self.init(measure, title: try column.optionalText(.title))
        if column.contains(.best) { best = try column.choice(.best) }
        switch (column.contains(.digits), column.contains(.significant)) {
        case (true, true): throw column.refusal(.significant, "does not go with 'digits'; expected one of them")
        case (true, false): format = .decimals(try column.integer(.digits, in: 0...12))
        case (false, true): format = .significant(try column.integer(.significant, in: 1...12))
        case (false, false): break
        }
    }
}

extension StrictMapping {
    /// Text of a key that may be absent.
    func optionalText(_ key: Key) throws(ConfigurationError) -> String? {
        contains(key) ? try text(key) : nil
    }

    /// A name that files can go by.
    func fileName(_ key: Key) throws(ConfigurationError) -> String {
        let name = try text(key)
        guard name.isFolderName else {
            throw refusal(
                key, "is '\(name)'; expected lowercase letters, digits and hyphens, a letter or digit first")
        }
        return name
    }

    func fields(_ key: Key) throws(ConfigurationError) -> [RecordField] {
        try texts(key).map { RecordField($0) }
    }

    func optionalFields(_ key: Key) throws(ConfigurationError) -> [RecordField] {
        try contains(key) ? fields(key) : []
    }

    /// Values accepted per field, one or a list: `{method: [integer, encrypted], key_bits: 2048}`.
    func filter(_ key: Key) throws(ConfigurationError) -> RecordFilter {
        guard let node = node(key) else { return RecordFilter() }
        guard case .mapping(let entries, _) = node, !entries.isEmpty else {
            throw unexpected(key, node, expected: "a mapping of fields to a value or a list of values")
        }
        var accepted: [RecordField: [ParameterValue]] = [:]
        for entry in entries {
            var nodes = [entry.value]
            if case .sequence(let elements, _) = entry.value { nodes = elements }
            let values = nodes.compactMap(ParameterValue.init)
            guard values.count == nodes.count, !values.isEmpty else {
                throw unexpected(key, entry.value, expected: "a value of '\(entry.key)', or a list of them")
            }
            accepted[RecordField(entry.key)] = values
        }
        return RecordFilter(accepted)
    }

    /// A measure whose parts stand under the keys given.
    func measure(
        _ metric: String, unit key: Key, statistic: Key, where condition: Key?, against: Key
    ) throws(ConfigurationError) -> Measure {
        let measure = Measure(
            metric, unit: try optionalText(key), statistic: try choice(statistic, default: .value),
            filter: try condition.map { key throws(ConfigurationError) in try filter(key) } ?? RecordFilter(),
            against: try filter(against))
        guard measure.statistic.needsCounterpart == contains(against) else {
            throw contains(against)
                ? refusal(against, "needs 'statistic: difference' or 'statistic: ratio'")
                : refusal(
                    statistic,
                    "\(measure.statistic.rawValue) needs 'against': the fields that differ in what is compared")
        }
        if let unit = measure.unit, let own = Metric(rawValue: metric)?.unit,
            UnitScale.conversion(from: own, to: unit) == nil
        {
            let valid = UnitScale.units(from: own).joined(separator: ", ")
            throw refusal(key, "of '\(metric)' cannot be '\(unit)'; expected one of: \(valid)")
        }
        return measure
    }
}

extension ParameterValue {
    /// A scalar that is text, a number or a flag.
    package init?(_ node: ConfigurationNode) {
        guard case .scalar(let string, let kind, _) = node else { return nil }
        switch kind {
        case .text: self = .text(string)
        case .integer, .number:
            guard let number = Double(string), number.isFinite else { return nil }
            self = .number(number)
        case .flag:
            guard let flag = Bool(string) else { return nil }
            self = .flag(flag)
        case .nothing, .other: return nil
        }
    }
}
