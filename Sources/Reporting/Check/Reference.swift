package import Foundation
package import Support

/// The numbers an experiment is expected to reproduce: `Results/reference/<id>.json`.
package struct Reference: Codable, Equatable, Sendable {
    package static let schema = 1

    /// How far a metric may move.
    package enum Rule: Equatable, Sendable {
        /// Not at all: counts, bytes, mismatches.
        case exact
        /// By at most this much, in the metric's unit.
        case absolute(Double)
        /// By at most this share of the expected value.
        case relative(Double)
        /// Any amount: timings of another machine. Moves are printed, never failed.
        case informational
    }

    package struct Row: Encodable, Equatable, Sendable {
        /// Name of the row in a `ResultSummary`.
        package var row: String
        package var patches: Int
        /// Expected value per metric.
        package var values: [String: Double]

        package init(row: String, patches: Int, values: [String: Double]) {
            self.row = row
            self.patches = patches
            self.values = values
        }
    }

    package private(set) var schema = Reference.schema
    package var experiment: String
    /// Names of the patch files. Their sums may differ between machines: the dose simulation is floating point.
    package var datasets: [String]
    /// Weights files with their sums: other weights are another network.
    package var weights: [Artifact]
    /// One rule for every metric in `rows`.
    package var rules: [String: Rule]
    package var rows: [Row]

    private enum CodingKeys: String, CodingKey, CaseIterable { case schema, experiment, datasets, weights, rules, rows }

    /// Takes the measurements of a run as the expected ones, with the usual rules.
    package init(experiment: String, recording records: [ResultRecord]) {
        // Counts are the same on every machine, and times only informational.
        let records = records.map { record in
            var record = record
            record.parameters[ParameterName.machine] = nil
            return record
        }
        self.init(
            experiment: experiment,
            rows: ResultSummary(records).rows.map { Row(row: $0.name, patches: $0.patches, values: $0.values) })
        datasets = Set(records.map(\.dataset.name)).sorted()
        weights = Set(records.compactMap(\.weights)).sorted { $0.description < $1.description }
    }

    /// Rows that depend on no data and no weights, with the usual rules.
    package init(experiment: String, rows: [Row]) {
        self.experiment = experiment
        (datasets, weights) = ([], [])
        self.rows = rows
        let metrics = Set(rows.flatMap(\.values.keys))
        rules = Dictionary(uniqueKeysWithValues: metrics.map { ($0, Rule.usual(for: $0)) })
    }
}

extension Reference.Rule {
    /// How far a metric may move unless a reference says otherwise.
    package static func usual(for metric: String) -> Reference.Rule {
        Metric(rawValue: metric)?.definition.rule ?? usual(forParts: Set(metric.split { $0 == "." || $0 == "_" }))
    }

    /// What the parts of the name of a benchmark's or attack's metric say: `network.bytes.up` counts, `network.seconds` times.
    private static func usual(forParts parts: Set<Substring>) -> Reference.Rule {
        // Keys and masks are drawn anew in every run: whether an attack succeeds may not move, how well it does may.
        if parts.contains("leak") { return parts.contains("success") ? .exact : .informational }
        if !parts.isDisjoint(with: ["products", "bytes", "ciphertexts", "rounds", "checksum", "checksums"]) {
            return .exact
        }
        return parts.isDisjoint(with: ["seconds", "second"]) ? .relative(0.01) : .informational
    }

    /// Whether a value may have moved from `expected` to `found`.
    func allows(_ expected: Double, _ found: Double) -> Bool {
        switch self {
        case .exact: found == expected
        case .absolute(let tolerance): abs(found - expected) <= tolerance
        case .relative(let tolerance): abs(found - expected) <= tolerance * abs(expected)
        case .informational: true
        }
    }
}

extension Reference.Rule: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exact: "exact"
        case .absolute(let tolerance): "within \(tolerance)"
        case .relative(let tolerance): "within \(Table.NumberFormat.significant(2).text(100 * tolerance)) %"
        case .informational: "informational"
        }
    }
}

extension Reference.Rule: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case `class`, tolerance
    }

    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let tolerance = try container.decodeIfPresent(Double.self, forKey: .tolerance)
        switch (try container.decode(String.self, forKey: .class), tolerance) {
        case ("exact", nil): self = .exact
        case ("informational", nil): self = .informational
        case ("absolute", let tolerance?) where tolerance >= 0: self = .absolute(tolerance)
        case ("relative", let tolerance?) where tolerance >= 0: self = .relative(tolerance)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .class, in: container,
                debugDescription: "expected exact or informational, or absolute or relative with a tolerance")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        let (name, tolerance): (String, Double?) =
            switch self {
            case .exact: ("exact", nil)
            case .absolute(let tolerance): ("absolute", tolerance)
            case .relative(let tolerance): ("relative", tolerance)
            case .informational: ("informational", nil)
            }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .class)
        try container.encodeIfPresent(tolerance, forKey: .tolerance)
    }
}

extension Reference.Row: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case row, patches, values
    }

    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        row = try container.decode(String.self, forKey: .row)
        patches = try container.decode(Int.self, forKey: .patches)
        values = try container.decode([String: Double].self, forKey: .values)
    }
}

extension Reference {
    /// Reads a reference file strictly.
    package init(path: String) throws(ReportingError) {
        let data = try ResultFile.contents(path)
        try self.init(json: data, file: path)
    }

    package init(json: Data, file: String) throws(ReportingError) {
        do {
            self = try JSONDecoder().decode(Strict<Reference, CodingKeys>.self, from: json).value
        } catch {
            throw .malformedFile(file: file, problem: JSON.problem(error))
        }
        guard schema == Self.schema else {
            throw .malformedFile(file: file, problem: "'schema' is \(schema); expected \(Self.schema)")
        }
        guard !rows.isEmpty else { throw .malformedFile(file: file, problem: "holds no rows") }
        if let metric = rows.flatMap(\.values.keys).filter({ rules[$0] == nil }).min() {
            throw .malformedFile(file: file, problem: "no rule for metric '\(metric)'")
        }
    }

    package func write(to path: String) throws(FileError) { try JSON.write(self, to: path) }
}
