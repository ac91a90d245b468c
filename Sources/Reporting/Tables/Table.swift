/// A table as a value: typed cells under columns with units, in blocks of rows, with a caption.
///
/// Rendering rounds; the cells themselves keep full precision, and CSV writes it.
package struct Table: Equatable, Sendable {
    package enum Alignment: Sendable { case left, right }

    /// Which value of a column is the best one of a block.
    package enum Best: String, CaseIterable, Sendable {
        case smallest = "min"
        case largest = "max"
    }

    /// How numbers of a column are printed in Markdown and LaTeX.
    package enum NumberFormat: Equatable, Sendable {
        /// A fixed number of decimals.
        case decimals(Int)
        /// That many significant digits, without exponent; integral digits are never dropped.
        case significant(Int)
    }

    /// What a column is about, by which a wide table is divided.
    package enum Topic: String, CaseIterable, Sendable {
        /// Names the row: method, mode, a setting.
        case key
        case quality
        /// Time and work.
        case cost
        /// What goes over the network.
        case traffic
        case other
    }

    package struct Column: Equatable, Sendable {
        package let header: String
        /// Nil for text and counts.
        package let unit: String?
        package let format: NumberFormat
        package let alignment: Alignment
        /// Which value of a block is marked; nil marks none.
        package let best: Best?
        package let topic: Topic

        package init(
            _ header: String, unit: String? = nil, _ format: NumberFormat = .decimals(0), alignment: Alignment = .right,
            best: Best? = nil, topic: Topic = .other
        ) {
            self.header = header
            self.unit = unit
            self.format = format
            self.alignment = alignment
            self.best = best
            self.topic = topic
        }

        /// A column of text, which names the row.
        package static func text(_ header: String) -> Column { Column(header, alignment: .left, topic: .key) }

        /// Header with unit, as printed.
        package var title: String { unit.map { "\(header) [\($0)]" } ?? header }
    }

    package enum Cell: Equatable, Sendable {
        case text(String)
        case number(Double)
        /// A number with the ends of its interval.
        case interval(Double, ClosedRange<Double>)
        /// Not measured, or does not apply.
        case none

        package init(_ text: String?) { self = text.map(Cell.text) ?? .none }
        package init(_ number: Double?) { self = number.map(Cell.number) ?? .none }
    }

    package let columns: [Column]
    /// Rows in blocks; a rule is drawn between blocks.
    package let blocks: [[[Cell]]]
    package let caption: Caption
    /// Identifier for references to the table.
    package let label: String

    /// - Precondition: Every row has one cell per column.
    package init(columns: [Column], blocks: [[[Cell]]], caption: Caption, label: String) {
        precondition(
            blocks.allSatisfy { $0.allSatisfy { $0.count == columns.count } }, "every row needs one cell per column")
        self.columns = columns
        self.blocks = blocks.filter { !$0.isEmpty }
        self.caption = caption
        self.label = label
    }

    var rows: [[Cell]] { blocks.flatMap { $0 } }

    /// Some of the columns, with all rows.
    func selecting(_ own: [Int], label: String? = nil) -> Table {
        Table(
            columns: own.map { columns[$0] }, blocks: blocks.map { $0.map { row in own.map { row[$0] } } },
            caption: caption, label: label ?? self.label)
    }
}

extension Table.Cell {
    /// The number, without its interval.
    package var value: Double? {
        switch self {
        case .number(let value), .interval(let value, _): value
        case .text, .none: nil
        }
    }
}

/// A cell as it is printed in Markdown and LaTeX, before anything is escaped.
struct PrintedCell {
    let text: String
    let isNumber: Bool
    let isBest: Bool
}

extension Table {
    /// Every block with its numbers as text, the best ones marked. What prints alike is equally good, and a block with one value
    /// has no best one.
    func printed() -> [[[PrintedCell?]]] {
        blocks.map { block in
            let best = columns.indices.map { column in bestText(block.map { $0[column] }, columns[column]) }
            return block.map { row in
                columns.indices.map { column in
                    let format = columns[column].format
                    func number(_ value: Double, _ interval: ClosedRange<Double>? = nil) -> PrintedCell {
                        let isBest = format.text(value) == best[column]
                        return PrintedCell(text: format.text(value, interval), isNumber: true, isBest: isBest)
                    }
                    return switch row[column] {
                    case .none: nil
                    case .text(let text): PrintedCell(text: text, isNumber: false, isBest: false)
                    case .number(let value): number(value)
                    case .interval(let value, let range): number(value, range)
                    }
                }
            }
        }
    }

    private func bestText(_ cells: [Cell], _ column: Column) -> String? {
        let values = cells.compactMap(\.value)
        guard let best = column.best, values.count > 1 else { return nil }
        return (best == .largest ? values.max() : values.min()).map(column.format.text)
    }
}
