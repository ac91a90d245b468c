/// What a report shows of an experiment's records: the `report:` section of an experiment file.
///
/// It changes no measurement, so it may be edited after a run.
package struct ReportPlan: Equatable, Sendable {
    /// The table of an experiment that asks for none.
    package static let defaultTableName = "table"

    package var bootstrap = Bootstrap.Settings()
    package var tables: [TablePlan] = [TablePlan(name: defaultTableName)]
    package var figures: [FigurePlan] = []

    package init() {}
}

/// One table: `<name>.md`, `.csv` and `.tex`.
package struct TablePlan: Equatable, Sendable {
    package var name: String
    /// Put before the sentences about threat model, data and machine, which every caption has.
    package var caption: String?
    package var content: Content

    package enum Content: Equatable, Sendable {
        /// All methods with quality and costs; what was swept is added as columns.
        case standard
        case records(RecordTablePlan)
        /// Figures of other systems, from a file of `Anchor`s.
        case anchors(file: String)
    }

    package init(name: String, caption: String? = nil, content: Content = .standard) {
        self.name = name
        self.caption = caption
        self.content = content
    }
}

/// Which records make a table, and how.
package struct RecordTablePlan: Equatable, Sendable {
    package var filter: RecordFilter
    /// One row per combination of values; each is a column, too.
    package var rows: [RecordField]
    /// A rule is drawn, and the best value marked anew, where this field changes; one of `rows`.
    package var blocks: RecordField?
    /// Fields that may differ among the records of a row; in all others they must agree.
    package var pooled: [RecordField]
    package var columns: [ColumnPlan]

    package init(
        filter: RecordFilter = RecordFilter(), rows: [RecordField], blocks: RecordField? = nil,
        pooled: [RecordField] = [], columns: [ColumnPlan]
    ) {
        self.filter = filter
        self.rows = rows
        self.pooled = pooled
        self.blocks = blocks
        self.columns = columns
    }
}

package struct ColumnPlan: Equatable, Sendable {
    package var measure: Measure
    package var title: String?
    package var format: Table.NumberFormat?
    /// Which value of a block is marked.
    package var best: Table.Best?

    package init(
        _ measure: Measure, title: String? = nil, format: Table.NumberFormat? = nil, best: Table.Best? = nil
    ) {
        self.measure = measure
        self.title = title
        self.format = format
        self.best = best
    }
}

/// One number made from a group of records.
package struct Measure: Hashable, Sendable {
    package enum Statistic: String, CaseIterable, Sendable {
        /// As the metric is usually summed up; see `Metric.aggregation`.
        case value
        case mean
        case median
        /// Median with lower and upper quartile.
        case quartiles
        /// Mean with its bootstrap 95 % interval.
        case interval
        /// Mean of the differences from paired records, with their bootstrap 95 % interval; needs `against`.
        case difference
        /// Value over the value of another group; needs `against`.
        case ratio
        /// Number of values.
        case count

        package var needsCounterpart: Bool { self == .difference || self == .ratio }
    }

    package var metric: String
    /// Unit to print in, one that the metric's own can be converted to; nil keeps the usual one.
    package var unit: String?
    package var statistic: Statistic
    /// Further conditions, for this number alone.
    package var filter: RecordFilter
    /// The group compared with: these fields take these values, all others that it has agree.
    package var against: RecordFilter

    package init(
        _ metric: String, unit: String? = nil, statistic: Statistic = .value, filter: RecordFilter = RecordFilter(),
        against: RecordFilter = RecordFilter()
    ) {
        self.metric = metric
        self.unit = unit
        self.statistic = statistic
        self.filter = filter
        self.against = against
    }
}
