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

    /// Weaker randomness and another layout are named where a reader meets the figures.
    @Test func whatDiffersFromTheUsualIsNamed() {
        var records = Sample.cost(mode: "client-aided", weights: Sample.relu, seconds: 1)
        for index in records.indices {
            records[index].parameters[ParameterName.randomness] = .text("djn-short")
            records[index].parameters[ParameterName.layout] = .text("tile")
        }
        let table = DenoisingTable.make(records, name: "table", context: Sample.context())
        #expect(table.markdown().contains("djn-short (about 80 bits of security against the key's owner at 2048)"))
        #expect(table.blocks[0][0][1] == .text("client-aided, tile"))
    }

    @Test func noRecordsMakeAnEmptyTable() {
        let table = DenoisingTable.make([], name: "table", context: Sample.context())
        #expect(table.blocks.isEmpty)
        #expect(table.csv().split(separator: "\n").count == 1)
    }
}
