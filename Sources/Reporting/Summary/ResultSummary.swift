/// The records of one experiment, summed up into one row per method, mode, network and setting.
package struct ResultSummary: Equatable, Sendable {
    /// What distinguishes one row of a table from the next.
    package struct Key: Hashable, Sendable {
        package let method: ResultRecord.Method
        package let mode: String?
        /// File name of the weights.
        package let network: String?
        /// Settings that may differ from case to case; those absent from the records are nil.
        package let patchSize: Int?
        package let scheme: String?
        package let layout: String?
        package let keyBits: Int?
        package let maskBits: Int?
    }

    package struct Row: Equatable, Sendable {
        package let key: Key
        /// Distinct patches measured.
        package let patches: Int
        /// Distinct trials measured.
        package let trials: Int
        /// One number per metric; `Metric.aggregation` says how it came about.
        package let values: [String: Double]

        package subscript(_ metric: Metric) -> Double? { values[metric.rawValue] }
    }

    /// In order of first appearance in the records.
    package let rows: [Row]

    /// Sums up measurements; records about a single layer are left out.
    package init(_ records: [ResultRecord]) {
        var order: [Key] = []
        var groups: [Key: [ResultRecord]] = [:]
        for record in records where record.layer == nil {
            let key = Key(record)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(record)
        }
        rows = order.map { Row($0, groups[$0] ?? []) }
    }
}

extension ResultSummary.Key {
    init(_ record: ResultRecord) {
        method = record.method
        mode = record.mode
        network = record.weights?.name
        patchSize = record.parameters[ParameterName.patchSize]?.number.flatMap { Int(exactly: $0) }
        scheme = record.parameters[ParameterName.scheme]?.text
        layout = record.parameters[ParameterName.layout]?.text
        keyBits = record.parameters[ParameterName.keyBits]?.number.flatMap { Int(exactly: $0) }
        maskBits = record.parameters[ParameterName.maskBits]?.number.flatMap { Int(exactly: $0) }
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

    init(_ key: ResultSummary.Key, _ records: [ResultRecord]) {
        self.key = key
        patches =
            Set(
                records.compactMap { record in
                    record.patch.map { PatchIdentity(patient: record.patient, slice: record.slice, patch: $0) }
                }
            ).count
        trials = Set(records.map(\.trial)).count
        values = Dictionary(grouping: records, by: \.metric).compactMapValues(Self.aggregate)
    }

    /// One number from the records of one metric, not empty; `Metric.aggregation` says how.
    static func aggregate(_ records: [ResultRecord]) -> Double? {
        switch Metric(rawValue: records[0].metric)?.aggregation ?? .mean {
        case .mean:
            return SampleStatistics(records.map(\.value))?.mean
        case .maximum:
            return records.map(\.value).max()
        case .total:
            return records.reduce(0) { $0 + $1.value }
        case .runTotal:
            let runs = Dictionary(grouping: records, by: \.trial).values
            return SampleStatistics(runs.map { run in run.reduce(0) { $0 + $1.value } })?.median
        }
    }
}
