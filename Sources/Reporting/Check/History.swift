/// Exact counts - ciphertexts, bytes, products, rounds - of one experiment over time, and where they stepped.
///
/// A count is the same on every machine and in every run of the same program, so that any change is a step; whether it was meant, a note
/// says.
package struct History: Sendable {
    /// The counts at one time.
    package struct Point: Sendable, Equatable {
        /// A commit, or a result folder.
        package let label: String
        /// `2026-11-25`; nil where it is not known.
        package let date: String?
        /// Why counts differ from the point before, in the words of whoever changed them; nil where nobody said.
        package let note: String?
        package let reference: Reference

        package init(label: String, date: String?, note: String?, reference: Reference) {
            self.label = label
            self.date = date
            self.note = note
            self.reference = reference
        }
    }

    /// A count that differs from what it was when it was last recorded.
    package struct Step: Sendable, Equatable {
        package let experiment, row, metric: String
        package let before, after: Double
        package let label: String
        package let date: String?
        package let note: String?
    }

    package let experiment: String
    package let points: [Point]
    package let steps: [Step]
    /// Counts that were compared at least once: a row and a metric each.
    package let series: Int

    /// - Parameter points: the oldest first.
    package init(experiment: String, points: [Point]) {
        self.experiment = experiment
        self.points = points
        var (last, steps): ([Key: Double], [Step]) = ([:], [])
        var compared: Set<Key> = []
        for point in points {
            for (key, value) in Self.counts(point.reference) {
                if let before = last[key] {
                    compared.insert(key)
                    if before != value {
                        steps.append(
                            Step(
                                experiment: experiment, row: key.row, metric: key.metric, before: before, after: value,
                                label: point.label, date: point.date, note: point.note))
                    }
                }
                last[key] = value
            }
        }
        self.steps = steps
        series = compared.count
    }

    /// Steps that nobody explained.
    package var unexplained: [Step] { steps.filter { $0.note == nil } }

    private struct Key: Hashable {
        let row, metric: String
    }

    /// Ordered, so that the same history is told in the same words. A checksum is no count: other weights have another.
    private static func counts(_ reference: Reference) -> [(key: Key, value: Double)] {
        reference.rows.flatMap { row in
            row.values.sorted { $0.key < $1.key }
                .filter { reference.rules[$0.key] == .exact && $0.key != Metric.outputChecksum.rawValue }
                .map { (Key(row: row.row, metric: $0.key), $0.value) }
        }
    }
}

extension [History] {
    /// A line a step, in blocks by experiment.
    package var table: Table {
        Table(
            columns: [
                .text("experiment"), .text("at"), .text("date"), .text("row"), .text("metric"),
                .init("before", .significant(6)), .init("after", .significant(6)), .text("change"), .text("note"),
            ],
            blocks: map { history in history.steps.map(\.cells) },
            caption: Caption(
                "Exact counts that differ from what they were when they were last recorded: in commits of the references, or in "
                    + "result folders in the order named. A row under another name is another row."),
            label: "history")
    }

    /// An object a step, a line each.
    package func json() throws -> String { try JSON.lines(flatMap(\.steps)) }
}

extension History.Step {
    /// Times what it was, or from nothing.
    private var change: String {
        before == 0 ? "from 0" : "x " + Table.NumberFormat.significant(4).text(after / before)
    }

    fileprivate var cells: [Table.Cell] {
        [
            .text(experiment), .text(label), Table.Cell(date), .text(row), .text(metric), .number(before),
            .number(after),
            .text(change), .text(note ?? "none"),
        ]
    }
}

extension History.Step: Encodable {
    private enum CodingKeys: String, CodingKey { case experiment, row, metric, before, after, at, date, note }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(experiment, forKey: .experiment)
        try container.encode(row, forKey: .row)
        try container.encode(metric, forKey: .metric)
        try container.encode(before, forKey: .before)
        try container.encode(after, forKey: .after)
        try container.encode(label, forKey: .at)
        try container.encode(date, forKey: .date)
        try container.encode(note, forKey: .note)
    }
}
