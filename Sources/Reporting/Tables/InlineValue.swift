/// A single number for running text.
package struct InlineValue: Equatable, Sendable {
    package var measure: Measure
    package var format: Table.NumberFormat?

    package init(_ measure: Measure, format: Table.NumberFormat? = nil) {
        self.measure = measure
        self.format = format
    }

    /// The number as it is printed, with its interval in brackets if the measure has one.
    /// - Parameter asker: Where the text stands, for messages.
    /// - Throws: `ReportingError` if no record is like that, or if records are like that which differ in a setting.
    package func text(
        _ records: [ResultRecord], bootstrap: Bootstrap.Settings, asker: String
    ) throws(ReportingError) -> String {
        let selection = RecordSelection(
            all: records.withDerived, filter: measure.filter, fields: [], pooled: [], bootstrap: bootstrap,
            asker: asker)
        guard let group = try selection.groups().first,
            let estimate = try measure.estimate(group, of: selection)
        else { throw .nothingToShow(asker: asker) }
        return (format ?? measure.usualFormat).text(estimate.value, estimate.interval)
    }
}
