import Reporting
import Testing

@Suite("Tables")
struct TableTests {
    /// Every special character of every format, rounding, missing cells and two blocks.
    private let awkward = Table(
        columns: [
            .text("name | _x_"), .init("value", unit: "µs", .decimals(2)), .init("n"), .init("s", .significant(3)),
        ],
        blocks: [
            [[.text("a|b, \"c\" <d>"), .number(0.005), .number(1_234_567), .number(9.996)]],
            [],
            [
                [.text("50% & $5 #1 {x}~^\\"), .number(-0.001), .none, .number(1234.5)],
                [.text("[first]"), .number(-12.345), .number(0), .number(0.000123456)],
                [.text("two\nlines"), .none, .none, .number(0)],
            ],
        ],
        caption: "Half & half, 100% of_it | \"quoted\".", label: "awkward")

    @Test func awkwardMarkdown() throws { try expectGolden(awkward.markdown(), "awkward.md") }
    @Test func awkwardCSV() throws { try expectGolden(awkward.csv(), "awkward.csv") }
    @Test func awkwardLaTeX() throws { try expectGolden(awkward.latex(), "awkward.tex") }

    private var quickstart: Table {
        DenoisingTable.make(Sample.quickstart, name: "table", context: Sample.context())
    }

    @Test func quickstartMarkdown() throws { try expectGolden(quickstart.markdown(), "quickstart.md") }
    @Test func quickstartCSV() throws { try expectGolden(quickstart.csv(), "quickstart.csv") }
    @Test func quickstartLaTeX() throws { try expectGolden(quickstart.latex(), "quickstart.tex") }

    @Test func quickstartText() throws { try expectGolden(quickstart.text(width: 100, notes: true), "quickstart.txt") }

    /// Ten columns at most by default; every value of the whole table stands in exactly one part, beside names that tell its row.
    @Test func wideTablesAreDivided() throws {
        let parts = quickstart.parts()
        #expect(parts.map(\.name) == ["quality", "cost", "traffic"])
        #expect(parts.allSatisfy { $0.table.columns.count <= 10 })
        func values(_ table: Table) -> [String: Int] {
            var counts: [String: Int] = [:]
            for row in table.blocks.joined() {
                for (cell, column) in zip(row, table.columns) where column.topic != .key {
                    if let value = cell.value { counts["\(column.title) \(value)", default: 0] += 1 }
                }
            }
            return counts
        }
        let divided = parts.map { values($0.table) }.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        #expect(divided == values(quickstart))
        for part in parts {
            let keys = part.table.columns.indices.filter { part.table.columns[$0].topic == .key }
            let names = part.table.blocks.joined().map { row in keys.map { row[$0] } }
            #expect(names.indices.allSatisfy { !names[..<$0].contains(names[$0]) }, "two rows of one name")
        }
        #expect(parts[2].title == "traffic; method encrypted; patches 2")
        #expect(quickstart.markdown(part: "cost")?.contains("server [s]") == true)
        #expect(quickstart.markdown(part: "none") == nil)
    }

    /// A topic that is too wide by itself makes parts of like width.
    @Test func manyColumnsOfOneTopicAreDivided() {
        func row(_ a: String, _ b: String) -> [Table.Cell] {
            [.text(a), .text(b)] + (0..<17).map { .number(Double($0)) }
        }
        let columns = [.text("a"), .text("b")] + (0..<17).map { Table.Column("c\($0)") }
        let table = Table(columns: columns, blocks: [[row("x", "y"), row("u", "v")]], caption: "", label: "t")
        #expect(table.parts().map(\.name) == ["other-1", "other-2", "other-3"])
        #expect(table.parts().map(\.table.columns.count) == [8, 8, 7])
        #expect(table.parts(limit: 19).count == 1)
        #expect(table.parts().map(\.title) == ["part 1 of 3", "part 2 of 3", "part 3 of 3"])
        // One row needs one name, and the others are told once.
        let single = Table(columns: columns, blocks: [[row("x", "y")]], caption: "", label: "t")
        #expect(single.parts().map(\.table.columns.count) == [10, 9])
        #expect(single.parts()[0].title == "part 1 of 2; b y")
    }

    /// Names alone are of no topic; the table stays whole.
    @Test func namesAloneAreNotDivided() {
        let table = Table(
            columns: (0..<12).map { .text("c\($0)") }, blocks: [[(0..<12).map { .text("\($0)") }]], caption: "",
            label: "t")
        #expect(table.parts().map(\.table) == [table])
        #expect(table.latex().contains("0 & 1 & 2") && table.markdown().contains("| c11 |"))
    }

    @Test(
        arguments: [
            ("One. Two.", "One. Two.", nil),
            (String(repeating: "x", count: 250) + ". " + String(repeating: "y", count: 80) + ".", nil, "y"),
            (String(repeating: "word ", count: 100), nil, "word"),
        ] as [(String, String?, String?)])
    func longCaptionsMoveToNotes(words: String, text: String?, note: String?) {
        let caption = Caption(words, notes: ["last"])
        #expect(caption.text.count <= Caption.limit)
        if let text { #expect(caption.text == text) }
        #expect(caption.notes.last == "last")
        #expect(caption.notes.count == (note == nil ? 1 : 2))
        if let note { #expect(caption.notes[0].hasPrefix(note)) }
    }

    /// What does not fit a terminal's width makes further tables; nothing is cut.
    @Test(arguments: [40, 60, 80, 120]) func textFitsTheTerminal(width: Int) {
        let text = quickstart.text(width: width, notes: true)
        // Names alone may be wider than a very narrow terminal; then a value has a table of its own.
        if width >= 80 { #expect(text.split(separator: "\n").allSatisfy { $0.count <= width }) }
        #expect(text.contains("926") && text.contains("39.48"))
        #expect(!text.contains("|") && !text.contains("\\"))
    }

    /// An integer row stands right before its encrypted row, and crops have baselines of their own.
    @Test func rowsStandInTheirOrder() {
        let order = quickstart.blocks.map { $0.map { row in [row[0], row[1], row[4]] } }
        func row(_ method: String, _ mode: String?, _ size: Double) -> [Table.Cell] {
            [.text(method), Table.Cell(mode), .number(size)]
        }
        #expect(
            order == [
                [
                    row("low_dose", nil, 64), row("linear_filter", nil, 64), row("float", nil, 64),
                    row("float", nil, 64), row("integer", "client-aided", 64), row("encrypted", "client-aided", 64),
                    row("integer", "linear", 64), row("encrypted", "linear", 64),
                ],
                [
                    row("low_dose", nil, 16), row("linear_filter", nil, 16), row("float", nil, 16),
                    row("integer", "positive-mask", 16), row("encrypted", "positive-mask", 16),
                ],
            ])
    }

    /// A run on the scheme that does not encrypt must never pass for an encrypted one.
    @Test func cleartextSchemeIsNamed() {
        var records = Sample.cost(mode: "linear", weights: Sample.linear, seconds: 1)
        for index in records.indices { records[index].parameters[ParameterName.scheme] = .text("cleartext") }
        let table = DenoisingTable.make(records, name: "table", context: Sample.context())
        #expect(table.blocks[0][0][0] == .text("encrypted (cleartext)"))
    }

    /// Another layout is named where a reader meets the figures, and what the schemes say of their keys is passed on.
    @Test func whatDiffersFromTheUsualIsNamed() {
        var records = Sample.cost(mode: "client-aided", weights: Sample.relu, seconds: 1)
        for index in records.indices {
            records[index].parameters[ParameterName.randomness] = .text("djn-short")
            records[index].parameters[ParameterName.layout] = .text("tile")
        }
        let table = DenoisingTable.make(records, name: "table", context: Sample.context())
        #expect(table.caption.notes.joined().contains("Paillier key: 2048 bits, randomness djn-short."))
        #expect(table.blocks[0][0][1] == .text("client-aided, tile"))
    }

    @Test func noRecordsMakeAnEmptyTable() {
        let table = DenoisingTable.make([], name: "table", context: Sample.context())
        #expect(table.blocks.isEmpty)
        #expect(table.csv().split(separator: "\n").count == 1)
    }
}
