/// Records that agree in the fields they were grouped by.
package struct RecordGroup: Sendable {
    /// Value per field, nil where the records have none.
    package let key: [ParameterValue?]
    package let records: [ResultRecord]
}

extension [ResultRecord] {
    /// One group per combination of values. Numbers ascend, methods stand in their usual order, other texts in the order
    /// in which the records name them; what lacks a field comes first.
    package func grouped(by fields: [RecordField]) -> [RecordGroup] {
        var order: [[ParameterValue?]] = []
        var groups: [[ParameterValue?]: [ResultRecord]] = [:]
        for record in self {
            let key = fields.map { $0.value(of: record) }
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(record)
        }
        let ranks = fields.indices.map { field in Self.ranks(order.map { $0[field] }, of: fields[field]) }
        func rank(_ key: [ParameterValue?]) -> [Int] { zip(ranks, key).map { ranks, value in ranks[value] ?? 0 } }
        return order.sorted { rank($0).lexicographicallyPrecedes(rank($1)) }.map {
            RecordGroup(key: $0, records: groups[$0] ?? [])
        }
    }

    private static func ranks(_ values: [ParameterValue?], of field: RecordField) -> [ParameterValue?: Int] {
        var distinct = values.compactMap { $0 }.distinct
        let numbers = distinct.compactMap(\.number)
        if numbers.count == distinct.count {
            distinct = numbers.sorted().map(ParameterValue.number)
        } else if field == .method {
            distinct = ResultRecord.Method.allCases.map { .text($0.rawValue) }
        }
        var ranks: [ParameterValue?: Int] = [:]
        for (index, value) in distinct.enumerated() { ranks[value] = index + 1 }
        return ranks
    }
}

extension Sequence where Element: Hashable {
    /// The elements without repetitions, in order of first appearance.
    var distinct: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
