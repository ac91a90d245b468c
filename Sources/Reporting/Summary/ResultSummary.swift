/// The records of one experiment, summed up into one row per method, mode, network and setting.
package struct ResultSummary: Equatable, Sendable {
    /// What distinguishes one row of a table from the next.
    package struct Key: Hashable, Sendable {
        package let method: ResultRecord.Method
        package let mode: String?
        /// File name of the weights.
        package let network: String?
        /// All parameters but the cell and the measured noise.
        package let settings: [String: ParameterValue]
    }

    package struct Row: Equatable, Sendable {
        package let key: Key
        /// The key in words; rows that would be called the same add the settings in which they differ.
        package let name: String
        /// Distinct patches measured, or those that a run says it took; 0 if nothing tells.
        package let patches: Int
        /// Distinct trials measured.
        package let trials: Int
        let records: [ResultRecord]
        /// One number per metric; `Metric.aggregation` says how it came about.
        package let values: [String: Double]

        package subscript(_ metric: Metric) -> Double? { values[metric.rawValue] }
    }

    /// In order of first appearance in the records.
    package let rows: [Row]

    /// Sums up measurements; records about a single layer are left out.
    package init(_ records: [ResultRecord]) {
        let groups = records.filter { $0.layer == nil }.inGroups { Key($0) }
        let names = Self.names(groups.map(\.key))
        rows = groups.map { Row($0, name: names[$0] ?? $0.description, $1) }
    }

    private static func names(_ keys: [Key]) -> [Key: String] {
        var names: [Key: String] = [:]
        for (name, keys) in Dictionary(grouping: keys, by: \.description) {
            let differing = Key.differing(keys)
            for key in keys {
                names[key] =
                    ([name] + differing.map { "\($0) \(key.settings[$0]?.description ?? "-")" }).joined(separator: " ")
            }
        }
        return names
    }

    /// Whether any row has the metric.
    func holds(_ metric: String) -> Bool { rows.contains { $0.values[metric] != nil } }

    /// Settings in which rows differ that otherwise look the same in a table, sorted: what was swept.
    package var swept: [String] {
        let groups = Dictionary(grouping: rows.map(\.key)) { key in
            [key.method.rawValue, key.mode, key.network, key.patchSize.map(String.init), key.scheme, key.layout]
        }
        return Set(groups.values.flatMap(Key.differing)).sorted()
    }
}

extension ResultSummary.Key {
    init(_ record: ResultRecord) {
        method = record.method
        mode = record.mode
        network = record.weights?.name
        settings = record.parameters.filter { $0.key != ParameterName.cell && $0.key != ParameterName.noise }
    }

    package var patchSize: Int? { integer(ParameterName.patchSize) }
    package var scheme: String? { settings[ParameterName.scheme]?.text }
    package var layout: String? { settings[ParameterName.layout]?.text }
    package var keyBits: Int? { integer(ParameterName.keyBits) }
    package var maskBits: Int? { integer(ParameterName.maskBits) }

    private func integer(_ name: String) -> Int? { settings[name]?.number.flatMap { Int(exactly: $0) } }

    /// Names of the settings that are not the same in all keys, sorted.
    static func differing(_ keys: [ResultSummary.Key]) -> [String] {
        Set(keys.flatMap(\.settings.keys)).filter { name in Set(keys.map { $0.settings[name] }).count > 1 }.sorted()
    }
}

extension ResultSummary.Key: CustomStringConvertible {
    /// The layout where it is not the usual one, `batch`.
    var unusualLayout: String? { layout == "batch" ? nil : layout }

    /// Every setting that is present, in a fixed order: `encrypted client-aided relu3.h5 64x64 paillier 2048 bits`.
    package var description: String {
        let parts = [
            method.rawValue, mode, network, patchSize.map { "\($0)x\($0)" }, scheme, keyBits.map { "\($0) bits" },
            unusualLayout, maskBits.map { "\($0)-bit mask" },
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}

extension ResultSummary.Row {
    private struct PatchIdentity: Hashable {
        let patient: String?
        let slice: Int?
        let patch: Int
    }

    init(_ key: ResultSummary.Key, name: String, _ records: [ResultRecord]) {
        self.key = key
        self.name = name
        self.records = records
        let measured = Set(
            records.compactMap { record in
                record.patch.map { PatchIdentity(patient: record.patient, slice: record.slice, patch: $0) }
            }
        ).count
        let stated = records.filter { $0.metric == Metric.patches.rawValue }.map(\.value).max() ?? 0
        patches = measured > 0 ? measured : Int(exactly: stated) ?? 0
        trials = Set(records.map(\.trial)).count
        values = Dictionary(grouping: records, by: \.metric).mapValues(Self.aggregate)
    }

    /// One number from the records of one metric, not empty; `Metric.aggregation` says how.
    static func aggregate(_ records: [ResultRecord]) -> Double {
        switch Metric(rawValue: records[0].metric)?.aggregation ?? .mean {
        case .mean:
            return SampleStatistics.mean(records.map(\.value))
        case .maximum:
            return records.reduce(records[0].value) { max($0, $1.value) }
        case .total:
            return records.reduce(0) { $0 + $1.value }
        case .runTotal:
            let runs = Dictionary(grouping: records, by: \.trial).values
            return SampleStatistics.quantile(0.5, ofSorted: runs.map { $0.reduce(0) { $0 + $1.value } }.sorted())
        }
    }
}
