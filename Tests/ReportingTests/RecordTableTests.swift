import Foundation
import Reporting
import TestSupport
import Testing

@Suite("Declared tables")
struct RecordTableTests {
    private static let plan = RecordTablePlan(
        filter: RecordFilter([RecordField("patch_size"): [64]]),
        rows: [RecordField("method"), RecordField("mode"), RecordField("network")], blocks: RecordField("method"),
        columns: [
            ColumnPlan(Measure("psnr", statistic: .interval), format: .decimals(3), best: .largest),
            ColumnPlan(
                Measure("psnr", statistic: .difference, against: RecordFilter([RecordField("method"): ["float"]])),
                title: "to float"),
            ColumnPlan(Measure("seconds.total", statistic: .quartiles), best: .smallest),
            ColumnPlan(Measure("seconds.wan")),
            ColumnPlan(Measure("bytes.up", unit: "MiB"), format: .significant(2)),
        ])

    private static func table() throws -> Table {
        try RecordTable.make(
            plan, name: "declared", caption: "All of it.", records: Sample.quickstart, context: Sample.context())
    }

    @Test func declaredMarkdown() throws { try expectGolden(try Self.table().markdown(), "declared.md") }
    @Test func declaredCSV() throws { try expectGolden(try Self.table().csv(), "declared.csv") }
    @Test func declaredLaTeX() throws { try expectGolden(try Self.table().latex(), "declared.tex") }

    /// What prints alike is equally good; a single value is not the best of anything.
    @Test func bestValuesAreMarked() {
        func marked(_ values: [Double?], _ best: Table.Best) -> [Bool] {
            let table = Table(
                columns: [.init("x", .decimals(1), best: best)], blocks: [values.map { [Table.Cell($0)] }], caption: "",
                label: "x")
            return table.markdown().split(separator: "\n").dropFirst(2).map { $0.contains("**") }
        }
        #expect(marked([1, 2.01, nil, 1.99], .largest) == [false, true, false, true])
        #expect(marked([1, 2, -3], .smallest) == [false, false, true])
        #expect(marked([1, nil], .largest) == [false, false])
    }

    @Test func sweptSettingsBecomeColumns() {
        let records = [8, 10].flatMap { bits in
            Sample.quality(.integer, mode: "client-aided", weights: Sample.relu, psnr: 40).map { record in
                var record = record
                record.parameters[ParameterName.weightBits] = .integer(bits)
                return record
            }
        }
        let table = DenoisingTable.make(records, name: "table", context: Sample.context())
        #expect(table.columns[3].title == "weights [bit]")
        #expect(table.blocks[0].map { $0[3] } == [.number(8), .number(10)])
        #expect(
            ResultSummary(records).rows.map(\.name) == [
                "integer client-aided relu-3.h5 64x64 weight_bits 8",
                "integer client-aided relu-3.h5 64x64 weight_bits 10",
            ])
    }

    @Test func anchorsAreReadStrictly() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("anchors.jsonl")
        let line = #"{"system":"A","task":"t","seconds":"< 2","kind":"reported","source":"s"}"#
        try Data((line + "\n").utf8).write(to: URL(fileURLWithPath: path))
        let table = Anchor.table(try Anchor.read(path), caption: nil, label: "anchors")
        #expect(
            table.blocks == [
                [[.text("A"), .text("t"), .text("< 2"), .none, .text("reported"), .text("s")]]
            ])
        try Data((line + "\n\n" + line.replacing("source", with: "sauce")).utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ReportingError.self) { try Anchor.read(path) }
        #expect(error?.description == "\(path):3: 'sauce': unknown key")
    }

    @Test func inlineValues() throws {
        func text(_ measure: Measure, _ format: Table.NumberFormat? = nil) throws -> String {
            try InlineValue(measure, format: format).text(
                Sample.quickstart, bootstrap: Bootstrap.Settings(), asker: "x.md:3")
        }
        let row: [RecordField: [ParameterValue]] = [
            RecordField("method"): ["encrypted"], RecordField("mode"): ["linear"],
        ]
        #expect(try text(Measure("psnr", filter: RecordFilter(row))) == "41.50")
        #expect(try text(Measure("bytes.up", unit: "kB", filter: RecordFilter(row)), .decimals(1)) == "12345.7")
        #expect(
            try text(Measure("psnr", statistic: .interval, filter: RecordFilter(row))) == "41.50 [41.00, 42.00]")
        #expect(throws: ReportingError.mixedRecords(asker: "x.md:3", metric: "psnr", field: "method")) {
            try text(Measure("psnr"))
        }
        #expect(throws: ReportingError.nothingToShow(asker: "x.md:3")) {
            try text(Measure("psnr", filter: RecordFilter([RecordField("mode"): ["shared"]])))
        }
    }
}
