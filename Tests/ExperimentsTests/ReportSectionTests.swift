import Configuration
import Experiments
import Foundation
import Reporting
import Testing

@Suite("The report section of an experiment file")
struct ReportSectionTests {
    private static let head = """
        id: e
        title: t
        data: {file: d.h5, patches: 1}
        seed: 1
        cases: [{mode: linear, weights: w.h5}]

        """

    private static func read(_ section: String) throws -> Experiment {
        try Experiment(ConfigurationFile(text: head + section, name: "e.yaml"))
    }

    @Test func withoutASectionThereIsTheStandardTable() throws {
        #expect(try Self.read("").report.plan == ReportPlan())
        #expect(ReportPlan().tables == [TablePlan(name: "table")])
    }

    @Test func everythingIsRead() throws {
        let plan = try Self.read(
            """
            report:
              seed: 7
              resamples: 500
              tables:
                - {name: table}
                - {name: anchors, caption: Others., anchors: a.yaml}
                - name: t2
                  caption: "Title: 1"
                  where: {method: [integer, encrypted], key_bits: 2048, fast: true, mode: none}
                  rows: [method, key_bits]
                  blocks: method
                  pool: [seed]
                  columns:
                    - {metric: psnr, statistic: interval, title: P, digits: 1, best: max}
                    - {metric: bytes.up, unit: MiB, significant: 2, where: {side: client}}
                    - {metric: seconds.total, statistic: ratio, against: {key_bits: 2048}, best: min}
              figures:
                - name: f1
                  kind: curve
                  title: T
                  x: {parameter: key_bits, label: L, log: true}
                  y: {metrics: [seconds.client, seconds.server], unit: min, statistic: quartiles}
                  series: [mode]
                - {name: f2, kind: curve, x: {metric: products.predicted}, y: {metrics: [products]}, points: [depth], scatter: true, diagonal: true}
                - name: f3
                  kind: panels
                  group: case-1
                  panels: [low_dose, float]
                  differences: [{of: float, from: low_dose}]
                  window: {low: -10, high: 2.5}

            """
        ).report.plan
        #expect(plan.bootstrap == Bootstrap.Settings(seed: 7, resamples: 500))
        #expect(plan.tables[0] == TablePlan(name: "table"))
        #expect(plan.tables[1] == TablePlan(name: "anchors", caption: "Others.", content: .anchors(file: "a.yaml")))
        let filter: [RecordField: [ParameterValue]] = [
            RecordField("method"): ["integer", "encrypted"], RecordField("key_bits"): [2048],
            RecordField("fast"): [true], RecordField("mode"): ["none"],
        ]
        let records = RecordTablePlan(
            filter: RecordFilter(filter), rows: [RecordField("method"), RecordField("key_bits")],
            blocks: RecordField("method"), pooled: [RecordField("seed")],
            columns: [
                ColumnPlan(Measure("psnr", statistic: .interval), title: "P", format: .decimals(1), best: .largest),
                ColumnPlan(
                    Measure("bytes.up", unit: "MiB", filter: RecordFilter([RecordField("side"): ["client"]])),
                    format: .significant(2)),
                ColumnPlan(
                    Measure(
                        "seconds.total", statistic: .ratio,
                        against: RecordFilter([RecordField("key_bits"): [2048]])), best: .smallest),
            ])
        #expect(plan.tables[2] == TablePlan(name: "t2", caption: "Title: 1", content: .records(records)))
        #expect(
            plan.figures[0].content
                == .curve(
                    CurvePlan(
                        abscissa: .parameter(RecordField("key_bits")), x: .init(label: "L", isLogarithmic: true),
                        measures: [
                            Measure("seconds.client", unit: "min", statistic: .quartiles),
                            Measure("seconds.server", unit: "min", statistic: .quartiles),
                        ], series: [RecordField("mode")])))
        #expect(
            plan.figures[1].content
                == .curve(
                    CurvePlan(
                        abscissa: .metric(Measure("products.predicted"), points: [RecordField("depth")]),
                        measures: [Measure("products")], isScatter: true, hasDiagonal: true)))
        #expect(
            plan.figures[2].content
                == .panels(
                    PanelPlan(
                        group: "case-1", index: 0, panels: ["low_dose", "float"],
                        differences: [.init(of: "float", from: "low_dose", range: 50)], window: -10...2.5)))
    }

    /// `config.yaml` repeats the section as it was asked for.
    @Test func writtenSectionReadsBack() throws {
        let experiment = try Self.read(
            "report: {tables: [{name: t, caption: 'no', where: {a: '12', b: 12, c: true}, rows: [a], columns: [{metric: psnr}]}]}\n"
        )
        let again = try Experiment(ConfigurationFile(text: experiment.yaml(), name: "config.yaml"))
        #expect(again == experiment && again.report.plan != ReportPlan())
    }

    @Test(arguments: [
        ("report: {tabels: []}", "e.yaml:6: unknown key 'report.tabels'; did you mean 'report.tables'?"),
        (
            "report: {tables: []}",
            "e.yaml:6: 'report.tables' is an empty list; expected a list of mappings, each starting with '- '"
        ),
        ("report:\n  tables:\n    - {caption: x}", "e.yaml:8: missing key 'report.tables[1].name'"),
        (
            "report:\n  tables:\n    - {name: ../x}",
            "e.yaml:8: 'report.tables[1].name' is refused: is '../x'; expected lowercase letters, digits and hyphens, a letter or digit first"
        ),
        (
            "report: {tables: [{name: a}, {name: a}]}",
            "e.yaml:6: 'report' is refused: names 'a' twice; expected names that differ, as files go by them"
        ),
        ("report: {tables: [{name: a, rows: [mode]}]}", "e.yaml:6: missing key 'report.tables[1].columns'"),
        (
            "report: {tables: [{name: a, rows: [mode], columns: [{metric: psnr, statistic: meen}]}]}",
            "e.yaml:6: 'report.tables[1].columns[1].statistic' is 'meen'; did you mean 'mean'?"
        ),
        (
            "report: {tables: [{name: a, rows: [mode], columns: [{metric: psnr, statistic: ratio}]}]}",
            "e.yaml:6: 'report.tables[1].columns[1].statistic' is refused: ratio needs 'against': the fields that differ in what is compared"
        ),
        (
            "report: {tables: [{name: a, rows: [mode], columns: [{metric: bytes.up, unit: MBit}]}]}",
            "e.yaml:6: 'report.tables[1].columns[1].unit' is refused: of 'bytes.up' cannot be 'MBit'; expected one of: B, kB, MB, GB, KiB, MiB, GiB"
        ),
        (
            "report: {tables: [{name: a, rows: [mode], blocks: size, columns: [{metric: psnr}]}]}",
            "e.yaml:6: 'report.tables[1].blocks' is refused: is 'size'; expected one of the rows: mode"
        ),
        (
            "report: {tables: [{name: a, rows: [mode], where: {mode: [[x]]}, columns: [{metric: psnr}]}]}",
            "e.yaml:6: 'report.tables[1].where' is a list; expected a value of 'mode', or a list of them"
        ),
        (
            "report: {figures: [{name: a, kind: panels, x: {parameter: k}}]}",
            "e.yaml:6: 'report.figures[1].x' is refused: does not go with kind panels; expected no such key"
        ),
        (
            "report: {figures: [{name: a, kind: curve, x: {metric: p}, y: {metrics: [q]}}]}",
            "e.yaml:6: 'report.figures[1].x.metric' is refused: needs 'points' in the figure: the fields whose values make a point each"
        ),
        (
            "report: {figures: [{name: a, kind: panels, group: g, panels: [p], window: {low: 3, high: 3}}]}",
            "e.yaml:6: 'report.figures[1].window.high' is refused: is not above 'low'; expected a larger number"
        ),
    ])
    func malformedSectionIsNamed(section: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(section + "\n") }
        #expect(error?.description == message)
    }
}
