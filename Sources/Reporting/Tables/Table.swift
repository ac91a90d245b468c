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

    package struct Column: Equatable, Sendable {
        package let header: String
        /// Nil for text and counts.
        package let unit: String?
        package let format: NumberFormat
        package let alignment: Alignment

        package init(
            _ header: String, unit: String? = nil, _ format: NumberFormat = .decimals(0), alignment: Alignment = .right
        ) {
            self.header = header
            self.unit = unit
            self.format = format
            self.alignment = alignment
        }

        /// A column of text.
        package static func text(_ header: String) -> Column { Column(header, alignment: .left) }

        /// Header with unit, as printed.
        package var title: String { unit.map { "\(header) [\($0)]" } ?? header }
    }

    package enum Cell: Equatable, Sendable {
        case text(String)
        case number(Double)
        /// Not measured, or does not apply.
        case none

        package init(_ text: String?) { self = text.map(Cell.text) ?? .none }
        package init(_ number: Double?) { self = number.map(Cell.number) ?? .none }
    }

    package let columns: [Column]
    /// Rows in blocks; LaTeX draws a rule between blocks.
    package let blocks: [[[Cell]]]
    /// One sentence or more, without markup.
    package let caption: String
    /// Identifier for references to the table.
    package let label: String

    /// - Precondition: Every row has one cell per column.
    package init(columns: [Column], blocks: [[[Cell]]], caption: String, label: String) {
        precondition(
            blocks.allSatisfy { $0.allSatisfy { $0.count == columns.count } }, "every row needs one cell per column")
        self.columns = columns
        self.blocks = blocks.filter { !$0.isEmpty }
        self.caption = caption
        self.label = label
    }

    var rows: [[Cell]] { blocks.flatMap { $0 } }
}
