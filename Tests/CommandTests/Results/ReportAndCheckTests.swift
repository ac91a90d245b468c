import Foundation
import Harness
import Reporting
import Testing

@Suite("Reports and checks")
struct ReportAndCheckTests {
    private func withResults(_ body: (ResultFiles) throws -> Void) throws {
        try withTemporaryFolder { root in
            try ResultFolderTests.open(root).finish(cell: ResultFolderTests.cells[0], [ResultFolderTests.record(40)])
            try body(try ResultFiles(root: root, id: "quickstart"))
        }
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func reportWritesThreeTablesAndTheReadme() throws {
        try withResults { files in
            let readme = files.root + "/README.md"
            let start =
                "# Title\n\n<!-- table:quickstart -->\nold figures\n<!-- /table -->\n\n<!-- table:other -->\nkeep\n"
            try Data((start + "<!-- /table -->\nend\n").utf8).write(to: URL(fileURLWithPath: readme))
            let markdown = try TableReport.write(files, readme: readme)
            #expect(try text(files.markdown) == markdown)
            #expect(try text(files.csv).contains("float,,linear-3,1,64,40,"))
            #expect(try text(files.latex).contains("\\label{tab:quickstart}"))
            let expected =
                "# Title\n\n<!-- table:quickstart -->\n\n\(markdown)\n<!-- /table -->\n\n"
                + "<!-- table:other -->\nkeep\n<!-- /table -->\nend\n"
            #expect(try text(readme) == expected)
            _ = try TableReport.write(files, readme: readme)
            #expect(try text(readme) == expected, "a second report changes nothing")
        }
    }

    @Test(arguments: [
        ("<!-- table:quickstart -->\nx\n", 1, "<!-- table:quickstart --> ... <!-- /table -->"),
        ("<!-- table:quickstart -->\n<!-- table:b -->\n<!-- /table -->\n", 2, "<!-- /table -->"),
        ("a\n<!-- table:quickstart -->\n<!-- table:quickstart -->\n<!-- /table -->\n", 3, "<!-- /table -->"),
    ])
    func brokenMarkerLeavesTheFileAlone(content: String, line: Int, expected: String) throws {
        try withTemporaryFolder { root in
            let path = root + "/README.md"
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: ResultsError.brokenMarker(file: path, line: line, expected: expected)) {
                try TableMarkers(id: "quickstart").fill(path, with: "table")
            }
            #expect(try text(path) == content)
        }
    }

    @Test func missingResultsAreNamed() throws {
        try withTemporaryFolder { root in
            let files = try ResultFiles(root: root, id: "nothing")
            #expect(throws: ResultsError.noResults(folder: root + "/nothing")) {
                try TableReport.write(files, readme: root + "/README.md")
            }
            #expect(throws: ResultsError.noReference(file: root + "/reference/nothing.json")) {
                try RegressionCheck(files)
            }
            #expect(throws: ResultsError.badIdentifier("../x")) { try ResultFiles(root: root, id: "../x") }
            #expect(throws: ResultsError.noResults(folder: root)) { try ResultFiles.reported([], in: root) }
            #expect(throws: ResultsError.noReference(file: root + "/reference/*.json")) {
                try ResultFiles.checked([], in: root)
            }
        }
    }

    @Test func checkPassesThenFailsOnAMovedValue() throws {
        try withResults { files in
            try RegressionCheck.record(files)
            let same = try RegressionCheck(files)
            #expect(same.isPassed)
            #expect(same.lines == ["quickstart: passed; 1 rows agree with \(files.reference)"])

            let folder = try ResultFolderTests.open(files.root, restart: true)
            try folder.finish(cell: ResultFolderTests.cells[0], [ResultFolderTests.record(40.5)])
            let moved = try RegressionCheck(files)
            #expect(!moved.isPassed)
            #expect(
                moved.lines == [
                    "quickstart: FAILED float linear-3.h5 64x64: psnr 40 -> 40.5000 (within 0.02)",
                    "quickstart: FAILED; 1 of 1 differences are not allowed by \(files.reference)",
                ])
        }
    }

    /// Recording again keeps rules that were edited by hand.
    @Test func recordingKeepsTheRules() throws {
        try withResults { files in
            try RegressionCheck.record(files)
            var reference = try Reference(path: files.reference)
            reference.rules["psnr"] = .relative(0.5)
            try reference.write(to: files.reference)
            try RegressionCheck.record(files)
            #expect(try Reference(path: files.reference).rules["psnr"] == .relative(0.5))
        }
    }
}
