extension Table {
    /// Columns that fit a page, a screen and a reader.
    package static let usualColumns = 10

    /// One of the tables that a wide one is divided into.
    package struct Part: Equatable, Sendable {
        /// `quality`, `cost-2`; nil if the table was narrow enough.
        package let name: String?
        /// What the part is about, and what is the same in all its rows: "cost; method encrypted".
        package let title: String?
        /// With the label of the part, and the caption of the whole.
        package let table: Table
    }

    /// The table as it is if it has at most `limit` columns or none that holds a value, otherwise a table per topic.
    ///
    /// Every part repeats the columns that name a row, but for those that are the same in all its rows where they do not fit; rows
    /// that hold none of the part's values are left out. A topic with still too many columns makes several parts of like width.
    package func parts(limit: Int = Table.usualColumns) -> [Part] {
        guard columns.count > limit, columns.contains(where: { $0.topic != .key }) else {
            return [Part(name: nil, title: nil, table: self)]
        }
        let keys = columns.indices.filter { columns[$0].topic == .key }
        return Topic.allCases.filter { $0 != .key }.flatMap { topic -> [Part] in
            let values = columns.indices.filter { columns[$0].topic == topic }
            return values.isEmpty ? [] : parts(topic, keys: keys, values: values, limit: limit)
        }
    }

    private func parts(_ topic: Topic, keys: [Int], values: [Int], limit: Int) -> [Part] {
        let measured = Table(
            columns: columns, blocks: blocks.map { $0.filter { row in values.contains { row[$0] != .none } } },
            caption: caption, label: label)
        let rows = measured.rows
        let constant = keys.filter { key in rows.allSatisfy { $0[key] == rows[0][key] } }
        // A row keeps one name, where all of them are the same: there is one row.
        let dropped = constant.count < keys.count ? constant : Array(constant.dropFirst())
        let isTight = keys.count + values.count > limit
        let kept = isTight ? keys.filter { !dropped.contains($0) } : keys
        let same = isTight ? dropped.compactMap { named($0, rows) } : []
        // At least two values beside however many names.
        let room = max(limit - kept.count, 2)
        let count = (values.count + room - 1) / room
        let width = (values.count + count - 1) / count
        return (0..<count).map { index in
            let own = kept + values.dropFirst(index * width).prefix(width)
            let name = count == 1 ? topic.rawValue : "\(topic.rawValue)-\(index + 1)"
            return Part(
                name: name, title: ([topic.title(index, of: count)] + same).joined(separator: "; "),
                table: measured.selecting(own, label: "\(label)-\(name)"))
        }
    }

    /// "mode linear": a cell of the first row beside its heading.
    private func named(_ column: Int, _ rows: [[Cell]]) -> String? {
        switch rows.first?[column] {
        case .text(let text)?: "\(columns[column].header) \(text)"
        case .number(let number)?:
            [columns[column].header, columns[column].format.text(number), columns[column].unit]
                .compactMap { $0 }.joined(separator: " ")
        case .interval?, Cell.none?, nil: nil
        }
    }
}

extension Table.Topic {
    /// "quality", "cost 2", "part 1 of 2": of what has no name but its number the number is told.
    fileprivate func title(_ index: Int, of count: Int) -> String {
        switch self {
        case .other where count > 1: "part \(index + 1) of \(count)"
        case .key, .quality, .cost, .traffic, .other: count > 1 ? "\(rawValue) \(index + 1)" : rawValue
        }
    }
}
