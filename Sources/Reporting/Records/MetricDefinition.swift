/// What the harness knows of a metric.
package struct MetricDefinition: Sendable {
    /// Heading of its column; nil takes the metric's name: `seconds.client` is headed "client", as its unit says that it is a time.
    var title: String?
    /// Of the records; `1` for counts and ratios.
    let unit: String
    /// Another unit that values are printed in.
    var shown: String?
    let format: Table.NumberFormat
    /// The part of a wide table it stands in.
    let topic: Table.Topic
    let aggregation: Metric.Aggregation
    /// How far it may move from a recorded reference.
    let rule: Reference.Rule
    /// For the documentation.
    let meaning: String

    /// Quality of an image, which may move by what another compiler's float rounding moves it.
    static func quality(
        _ title: String, _ unit: String = "1", digits: Int, within tolerance: Double, _ meaning: String
    ) -> MetricDefinition {
        MetricDefinition(
            title: title, unit: unit, format: .decimals(digits), topic: .quality, aggregation: .mean,
            rule: .absolute(tolerance), meaning: meaning)
    }

    static func seconds(title: String? = nil, _ meaning: String) -> MetricDefinition {
        MetricDefinition(
            title: title, unit: "s", format: .significant(3), topic: .cost, aggregation: .runTotal,
            rule: .informational, meaning: meaning)
    }

    static func bytes(title: String? = nil, shown: String? = nil, _ meaning: String) -> MetricDefinition {
        MetricDefinition(
            title: title, unit: "B", shown: shown, format: .significant(3), topic: .traffic, aggregation: .runTotal,
            rule: .exact, meaning: meaning)
    }

    static func count(
        _ topic: Table.Topic, as aggregation: Metric.Aggregation = .runTotal, _ meaning: String
    ) -> MetricDefinition {
        MetricDefinition(
            unit: "1", format: .decimals(0), topic: topic, aggregation: aggregation, rule: .exact, meaning: meaning)
    }
}
