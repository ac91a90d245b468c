import Foundation
import Experiments
import Reporting
import TestSupport
import Testing

@Suite("Reports and checks")
struct ReportAndCheckTests {
    private func withResults(
        _ body: (ResultFiles) throws -> Void
    ) throws {
        try withTemporaryFolder { root in
            let cell = ResultFolderTests.cells[0]
            try ResultFolderTests.open(root, cells: [cell]).finish(cell: cell, [ResultFolderTests.record(40)])
            try body(try ResultFiles(root: root, id: "quickstart"))
        }
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func documents(_ path: String, _ files: ResultFiles, ids: [String] = []) throws -> DocumentReport {
        try DocumentReport([path], ids: ids, results: files.root, reports: [])
    }

    @Test func reportWritesThreeTables() throws {
        try withResults { files in
            let report = try Report(files)
            #expect(report.stale() == ["md", "csv", "tex"].map { "\(files.folder)/table.\($0): stale" })
            #expect(try report.write(gnuplot: nil).count == 3)
            #expect(try text(files.folder + "/table.md") == report.tables[0].table.markdown())
            #expect(try text(files.folder + "/table.csv").contains("float,,linear-3,1,64,40,"))
            #expect(try text(files.folder + "/table.tex").contains("\\label{tab:quickstart-quality}"))
            #expect(report.stale().isEmpty)
            #expect(try report.write(gnuplot: nil) == [], "a second report changes nothing")
            try write("x", to: files.folder + "/table.tex")
            #expect(report.stale() == ["\(files.folder)/table.tex: stale"])
        }
    }

    /// Tables, figures' captions and numbers in running text, each named while it is stale.
    @Test func documentsAreFilled() throws {
        try withResults { files in
            let readme = files.root + "/README.md"
            let value = "value:quickstart psnr method=float digits=1"
            let code = "```\n<!-- table:quickstart -->\n```\n"
            try write(
                "# T\n\n<!-- table:quickstart -->\nold\n<!-- /table -->\n\(code)"
                    + "PSNR <!-- \(value) -->39<!-- /value --> dB, <!-- \(value) -->40.0<!-- /value -->.\nend\n",
                to: readme)
            let report = try documents(readme, files)
            #expect(report.stale == ["\(readme):3: stale: table:quickstart", "\(readme):9: stale: \(value)"])
            #expect(try report.write() == [readme])
            let table = try Report(files).tables[0].table.markdown()
            let expected =
                "# T\n\n<!-- table:quickstart -->\n\n\(table)\n<!-- /table -->\n\(code)"
                + "PSNR <!-- \(value) -->40.0<!-- /value --> dB, <!-- \(value) -->40.0<!-- /value -->.\nend\n"
            #expect(try text(readme) == expected)
            let again = try documents(readme, files)
            #expect(try again.stale.isEmpty && again.write() == [])
        }
    }

    /// A document with lines that end as on Windows is filled, and keeps them.
    @Test func lineEndsAreKept() throws {
        try withResults { files in
            let readme = files.root + "/README.md"
            try write("# T\r\n\r\n<!-- table:quickstart -->\r\n<!-- /table -->\r\nend\r\n", to: readme)
            #expect(try documents(readme, files).write() == [readme])
            let table = try Report(files).tables[0].table.markdown()
            let expected = "# T\n\n<!-- table:quickstart -->\n\n\(table)\n<!-- /table -->\nend\n"
            #expect(try text(readme) == expected.replacing("\n", with: "\r\n"))
            #expect(try documents(readme, files).write() == [])
        }
    }

    /// What is published goes before what was measured here, and what is not published is left alone.
    @Test func documentsShowPublishedResults() throws {
        try withResults { files in
            let readme = files.root + "/README.md"
            let block = "<!-- table:quickstart -->\nold\n<!-- /table -->"
            try write(block, to: readme)
            try FileManager.default.createDirectory(
                atPath: files.root + "/reference", withIntermediateDirectories: true)
            let unpublished = try documents(readme, files)
            #expect(try unpublished.write() == [] && unpublished.stale == [])
            #expect(
                unpublished.unfilled == [
                    "\(readme):1: quickstart has no published records in \(files.root)/reference/quickstart"
                ])
            #expect(try documents(readme, files, ids: ["other"]).unfilled == [])

            try ResultFolderTests.open(files.root + "/reference").finish(
                cell: ResultFolderTests.cells[0], [ResultFolderTests.record(38)])
            _ = try documents(readme, files).write()
            #expect(try text(readme).contains("| 38.00 |"))
        }
    }

    @Test(arguments: [
        ("<!-- table:quickstart -->\nx\n", 1, "<!-- table:quickstart --> ... <!-- /table -->"),
        ("<!-- table:quickstart -->\n<!-- table:b -->\n<!-- /table -->\n", 2, "<!-- /table -->"),
        ("a\n<!-- table:quickstart -->\n<!-- table:quickstart -->\n<!-- /table -->\n", 3, "<!-- /table -->"),
        ("<!-- figure:quickstart/a -->\n<!-- /table -->\n", 1, "<!-- figure:quickstart/a --> ... <!-- /figure -->"),
        (
            "<!-- figure:quickstart -->\n<!-- /figure -->\n", 1,
            "<!-- table:ID[/NAME[/PART]] --> or <!-- figure:ID/NAME --> on a line of its own"
        ),
        (
            "a\nx <!-- value:quickstart psnr -->1\n<!-- /value -->", 2,
            "<!-- value:ID METRIC [field=value ...] -->...<!-- /value --> on one line"
        ),
        (
            "<!-- value:quickstart psnr statistic=meen -->1<!-- /value -->", 1,
            "<!-- value:ID METRIC [field=value ...] -->...<!-- /value --> on one line"
        ),
    ])
    func brokenMarkerLeavesTheFileAlone(content: String, line: Int, expected: String) throws {
        try withResults { files in
            let path = files.root + "/README.md"
            try write(content, to: path)
            #expect(throws: ResultsError.brokenMarker(file: path, line: line, expected: expected)) {
                try documents(path, files)
            }
            #expect(try text(path) == content)
        }
    }

    @Test(arguments: [
        ("table:quickstart/tabel", "table", "nothing has 'table tabel'; expected one of: table"),
        ("figure:quickstart/a", "figure", "nothing has 'figure a'; expected one of: "),
        (
            "table:quickstart/table/costs", "table",
            "nothing has 'part costs of table table'; expected one of: quality, cost, traffic"
        ),
        ("value:quickstart psnr mode=linear", "value", "no record is like that; expected at least one"),
        ("value:quickstart psnr modus=linear", "value", "nothing has 'modus'; expected one of: "),
        ("value:quickstart psn", "value", "nothing has 'psn'; expected one of: psnr"),
    ])
    func blockThatNothingFillsIsNamed(marker: String, kind: String, message: String) throws {
        try withResults { files in
            let path = files.root + "/README.md"
            try write(
                kind == "value" ? "<!-- \(marker) -->1<!-- /value -->" : "<!-- \(marker) -->\n<!-- /\(kind) -->",
                to: path)
            let error = #expect(throws: ReportingError.self) { try documents(path, files) }
            #expect(error?.description.hasPrefix("\(path):1: \(message)") == true, "\(error?.description ?? "")")
        }
    }

    @Test func missingResultsAreNamed() throws {
        try withTemporaryFolder { root in
            let files = try ResultFiles(root: root, id: "nothing")
            #expect(throws: ResultsError.noResults(folder: root + "/nothing")) {
                try ResultFiles.reported(["nothing"], in: root)
            }
            #expect(throws: ResultsError.noReference(file: root + "/reference/nothing.json")) {
                try RegressionCheck(.results(files))
            }
            #expect(throws: ResultsError.badIdentifier("../x")) { try ResultFiles(root: root, id: "../x") }
            #expect(throws: ResultsError.noResults(folder: root)) { try ResultFiles.reported([], in: root) }
            #expect(throws: ResultsError.noReference(file: root + "/reference/*.json")) {
                try RegressionCheck.Subject.all([], results: root, references: nil)
            }
        }
    }

    @Test func checkPassesThenFailsOnAMovedValue() throws {
        try withResults { files in
            try RegressionCheck.record(.results(files))
            let same = try RegressionCheck(.results(files))
            #expect(same.isPassed)
            #expect(same.lines == ["quickstart: passed; 1 rows agree with \(files.reference)"])

            let folder = try ResultFolderTests.open(files.root, cells: [ResultFolderTests.cells[0]], restart: true)
            try folder.finish(cell: ResultFolderTests.cells[0], [ResultFolderTests.record(40.5)])
            let moved = try RegressionCheck(.results(files))
            #expect(!moved.isPassed)
            #expect(
                moved.lines == [
                    "quickstart: FAILED float linear-3.h5 64x64: psnr 40 -> 40.5000, by 0.500000 (within 0.02)",
                    "quickstart: FAILED; 1 of 1 differences are not allowed by \(files.reference)",
                ])
        }
    }

    /// Beside references there may be files that are none.
    @Test(arguments: ["My notes.json", "._quickstart.json"]) func onlyReferencesAreChecked(name: String) throws {
        try withResults { files in
            try RegressionCheck.record(.results(files))
            try write("[]", to: "\(files.root)/reference/\(name)")
            let found = try RegressionCheck.Subject.all([], results: files.root, references: nil)
            #expect(found.map(\.name) == ["quickstart"])
        }
    }

    /// Recording again keeps rules that were edited by hand.
    @Test func recordingKeepsTheRules() throws {
        try withResults { files in
            try RegressionCheck.record(.results(files))
            var reference = try Reference(path: files.reference)
            reference.rules["psnr"] = .relative(0.5)
            try reference.write(to: files.reference)
            try RegressionCheck.record(.results(files))
            #expect(try Reference(path: files.reference).rules["psnr"] == .relative(0.5))
        }
    }
}
