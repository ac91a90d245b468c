extension Reference {
    /// One difference between a run and its reference.
    package enum Finding: Equatable, Sendable {
        /// A value moved; `rule` says whether it may.
        case moved(row: String, metric: String, from: Double, to: Double, rule: Rule)
        case missingRow(String)
        /// A row the reference does not know, so nothing guards it.
        case unexpectedRow(String)
        case missingMetric(row: String, metric: String)
        case unexpectedMetric(row: String, metric: String)
        /// Data or weights other than those of the reference.
        case otherInputs(expected: String, found: String)

        /// Whether the check fails over it. A metric that the reference was recorded without is news, not a fault.
        package var isFailure: Bool {
            switch self {
            case .moved(_, _, let from, let to, let rule): !rule.allows(from, to)
            case .unexpectedMetric: false
            case .missingRow, .unexpectedRow, .missingMetric, .otherInputs: true
            }
        }
    }

    /// Every difference from what was found, recorded in the same way, in the order of the reference's rows. An empty result means that
    /// nothing moved at all.
    package func compare(_ found: Reference) -> [Finding] {
        let foundRows = Dictionary(found.rows.map { ($0.row, $0) }) { first, _ in first }
        let expectedNames = Set(rows.map(\.row))
        return inputFindings(found)
            + rows.flatMap { row in foundRows[row.row].map { compare(row, $0) } ?? [.missingRow(row.row)] }
            + found.rows.filter { !expectedNames.contains($0.row) }.map { .unexpectedRow($0.row) }
    }

    private func inputFindings(_ found: Reference) -> [Finding] {
        func finding(_ expected: [String], _ found: [String]) -> Finding {
            .otherInputs(expected: expected.joined(separator: ", "), found: found.joined(separator: ", "))
        }
        return (found.datasets == datasets ? [] : [finding(datasets, found.datasets)])
            + (found.weights == weights
                ? [] : [finding(weights.map(\.shortDescription), found.weights.map(\.shortDescription))])
    }

    private func compare(_ expected: Row, _ found: Row) -> [Finding] {
        let name = expected.row
        var findings: [Finding] = []
        // 0 stands for a number that nothing told when the reference was made.
        if expected.patches != found.patches, expected.patches != 0 {
            findings.append(
                .moved(
                    row: name, metric: "patches", from: Double(expected.patches), to: Double(found.patches),
                    rule: .exact))
        }
        for (metric, value) in expected.values.sorted(by: { $0.key < $1.key }) {
            if let other = found.values[metric], let rule = rules[metric] {
                if other != value {
                    findings.append(.moved(row: name, metric: metric, from: value, to: other, rule: rule))
                }
            } else {
                findings.append(.missingMetric(row: name, metric: metric))
            }
        }
        let unexpected = found.values.keys.filter { expected.values[$0] == nil }.sorted()
        return findings + unexpected.map { .unexpectedMetric(row: name, metric: $0) }
    }
}

extension Reference.Finding: CustomStringConvertible {
    package var description: String {
        switch self {
        case .moved(let row, let metric, let from, let to, let rule):
            "\(isFailure ? "FAILED" : "moved ") \(row): \(metric) \(Self.text(from)) -> \(Self.text(to)), "
                + "by \(Self.text(to - from)) (\(rule))"
        case .missingRow(let row): "FAILED \(row): row is missing from the results"
        case .unexpectedRow(let row): "FAILED \(row): row is not in the reference"
        case .missingMetric(let row, let metric): "FAILED \(row): \(metric) is missing from the results"
        case .unexpectedMetric(let row, let metric): "new    \(row): \(metric) is not in the reference"
        case .otherInputs(let expected, let found): "FAILED inputs: expected \(expected); found \(found)"
        }
    }

    private static func text(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? Table.NumberFormat.significant(6).text(value)
    }
}
