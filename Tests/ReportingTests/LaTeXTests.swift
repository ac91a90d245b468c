import Foundation
import Reporting
import TestSupport
import Testing

/// All published tables and those of these tests, set by LaTeX itself.
@Suite("Tables in LaTeX", .enabled(if: LaTeX.isInstalled, "pdflatex is not installed"))
struct LaTeXTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func files(below folder: String) -> [String] {
        let root = repository.appending(path: folder).path
        let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".tex") }.sorted().map { "\(root)/\($0)" }
    }

    /// An article on its default paper: nothing sticks out by more than 1 pt, and no float is too high for a page.
    @Test func everyPublishedTableFitsThePage() throws {
        let files = Self.files(below: "Results") + Self.files(below: "Tests/ReportingTests/Golden")
        try #require(!files.isEmpty)
        let complaints = try LaTeX.complaints(ofDocument: files.map { "\\input{\($0)}\\clearpage" }, options: "")
        #expect(complaints == [], "\(complaints.joined(separator: "\n"))")
    }

    /// Tables that float go into a two-column paper unchanged.
    @Test func floatsFitATwoColumnPaper() throws {
        let files = Self.files(below: "Results").filter { path in
            (try? String(contentsOfFile: path, encoding: .utf8))?.contains("begin{longtable}") == false
        }
        try #require(!files.isEmpty)
        let complaints = try LaTeX.complaints(
            ofDocument: files.map { "\\input{\($0)}\\clearpage" }, options: "twocolumn")
        #expect(complaints == [], "\(complaints.joined(separator: "\n"))")
    }

    /// The test itself: a line that is too wide is found.
    @Test func complaintsAreFound() throws {
        let line = "\\noindent\\rule{\\textwidth}{1pt}\\rule{2pt}{1pt}"
        #expect(try LaTeX.complaints(ofDocument: [line], options: "").count == 1)
    }
}

enum LaTeX {
    private static let program = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/pdflatex" }.first(where: FileManager.default.isExecutableFile)

    static var isInstalled: Bool { program != nil }

    /// Errors, boxes that are more than 1 pt too wide or too high, and floats that are higher than a page.
    static func complaints(ofDocument body: [String], options: String) throws -> [String] {
        let scratch = try TemporaryFolder()
        let folder = scratch.url
        let lines =
            ["\\documentclass[\(options)]{article}", "\\usepackage{array,booktabs,graphicx,longtable}"]
            + ["\\begin{document}"] + body + ["\\end{document}"]
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: "all.tex"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(program))
        process.arguments = ["-interaction=nonstopmode", "all.tex"]
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.environment = ProcessInfo.processInfo.environment.merging(["max_print_line": "1000"]) { $1 }
        try process.run()
        process.waitUntilExit()
        defer { withExtendedLifetime(scratch) {} }
        let log = String(decoding: try Data(contentsOf: folder.appending(path: "all.log")), as: UTF8.self)
        return log.split(separator: "\n").map(String.init).filter { line in
            if let match = line.firstMatch(of: #/Overfull \\[hv]box \(([0-9.]+)pt/#) { return Double(match.1) ?? 0 > 1 }
            return line.hasPrefix("!") || line.contains("Float too large")
        }
    }
}
