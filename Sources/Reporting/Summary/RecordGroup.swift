/// Records that agree in the fields they were grouped by.
package struct RecordGroup: Sendable {
    /// Value per field, nil where the records have none.
    package let key: [ParameterValue?]
    package let records: [ResultRecord]
}

extension [ResultRecord] {
    /// One group per combination of values, by the first field, then the second, and so on. Numbers ascend, methods stand in their
    /// usual order, other texts in the order in which the records name them; what lacks a field comes first.
    package func grouped(by fields: [RecordField]) -> [RecordGroup] {
        guard let field = fields.first else { return [RecordGroup(key: [], records: self)] }
        let groups = Dictionary(grouping: self) { field.value(of: $0) }
        return Self.sorted(compactMap { field.value(of: $0) }.distinct, of: field).flatMap { value in
            guard let members = groups[value] else { return [RecordGroup]() }
            return members.grouped(by: Array<RecordField>(fields.dropFirst())).map {
                RecordGroup(key: [value] + $0.key, records: $0.records)
            }
        }
    }

    /// With nil before all others; not every value need have records.
    private static func sorted(_ distinct: [ParameterValue], of field: RecordField) -> [ParameterValue?] {
        let numbers = distinct.compactMap(\.number)
        if numbers.count == distinct.count { return [nil] + numbers.sorted().map { .number($0) } }
        if field == .method { return [nil] + ResultRecord.Method.allCases.map { .text($0.rawValue) } }
        return [nil] + distinct
    }
}

extension Sequence {
    /// The elements that agree in a key; groups stand in order of first appearance, as do their members.
    package func inGroups<Key: Hashable>(by key: (Element) -> Key) -> [(key: Key, members: [Element])] {
        var places: [Key: Int] = [:]
        var groups: [(key: Key, members: [Element])] = []
        for element in self {
            let own = key(element)
            let place = places[own] ?? groups.count
            if place == groups.count {
                places[own] = place
                groups.append((own, []))
            }
            groups[place].members.append(element)
        }
        return groups
    }
}

extension Sequence where Element: Hashable {
    /// The elements without repetitions, in order of first appearance.
    package var distinct: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
