import Foundation
import Experiments
import HDF5
import Reporting
import Testing

@Suite("ldct report, check and compare")
struct ReportCommandTests {
    private static let report = """
        report:
          tables:
            - name: table
            - name: quality
              where: {patch_size: 16}
              rows: [method, mode, network]
              columns: [{metric: psnr, statistic: interval, best: max}, {metric: seconds.wan}]
          figures:
            - name: bytes
              kind: curve
              where: {method: encrypted}
              x: {parameter: patch_size}
              y: {metrics: [bytes.up, bytes.down]}
              series: [mode]
            - {name: images, kind: panels, group: case-2, panels: [low_dose, encrypted], window: {low: -1000, high: 1000}}

        """
    private static let experiment =
        Program.experiment.replacing("mode: ", with: "scheme: cleartext\n    mode: ") + report

    private func withRun(_ results: String = "Results", _ body: (Program) throws -> Void) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("run e.yaml --quiet --results \(results)")
            try body(program)
        }
    }

    @Test func reportMakesEverythingThatIsDeclared() throws {
        try withRun { program in
            let output = try program.succeed("report tiny")
            #expect(output.contains("| encrypted (cleartext) |") && output.contains("| encrypted | client-aided |"))
            let texts = ["bytes", "images"].flatMap { ["\($0).csv", "\($0).gnuplot"] }
            let tables = ["table", "quality"].flatMap { name in ["md", "csv", "tex"].map { "\(name).\($0)" } }
            let pictures = ["bytes", "images"].flatMap { ["\($0).svg", "\($0).png"] }
            let expected = texts + tables + (Gnuplot() == nil ? [] : pictures)
            #expect(expected.allSatisfy { program.files.contains("Results/tiny/\($0)") })
            #expect(try program.text("Results/tiny/images.csv").split(separator: "\n").count == 2 * 17)
        }
    }

    /// Pictures of several sizes have no place side by side.
    @Test(arguments: [[4, 5], [0, 4]]) func picturesOfOneFigureAreOfOneSize(shape: [Int]) throws {
        try withRun { program in
            let path = program.path("Results/tiny/images.h5")
            try HDF5File.write(to: path) { file in
                try file.write([Float](repeating: 0, count: 16), shape: [1, 4, 4], to: "/case-2/low_dose")
                let pixels = [Float](repeating: 0, count: shape[0] * shape[1])
                try file.write(pixels, shape: [1] + shape, to: "/case-2/encrypted")
            }
            let result = try program.run("report tiny")
            let problem = "the pictures of figure tiny/images are empty or differ in size; expected one size"
            #expect(result.status == 2 && result.errors == "ldct: Results/tiny/images.h5: \(problem)\n")
        }
    }

    /// No gnuplot on the PATH: tables and data are still there, and one line says what is not.
    @Test func withoutGnuplotTablesAreMade() throws {
        try withRun { program in
            let result = try program.run("report tiny", environment: ["PATH": "/nowhere"])
            #expect(result.status == 0 && result.errors == "")
            #expect(
                result.output.contains(
                    "not drawn, for want of gnuplot (Debian: gnuplot-nox): bytes, images; their data and scripts are written\n"
                ))
            #expect(program.files.contains("Results/tiny/quality.tex"))
            #expect(program.files.contains("Results/tiny/bytes.csv"))
            #expect(!program.files.contains("Results/tiny/bytes.svg"))
        }
    }

    /// The report section may change after a run; measurements may not.
    @Test func editedReportSectionIsUsed() throws {
        try withRun { program in
            try program.write(Self.experiment.replacing("name: quality", with: "name: better"), to: "e.yaml")
            try program.succeed("report e.yaml")
            #expect(program.files.contains("Results/tiny/better.csv"))
            #expect(try program.text("Results/tiny/config.yaml").contains("name: better"))
            #expect(try program.succeed("run e.yaml").hasPrefix("Results/tiny: complete"))
            try program.write(Self.experiment.replacing("patches: 3", with: "patches: 2"), to: "e.yaml")
            let result = try program.run("report e.yaml")
            #expect(result.status == 2 && result.errors.contains("data.patches was 3, is 2"))
        }
    }

    @Test func impossibleReportIsOneLine() throws {
        try withRun { program in
            try program.write(
                Self.experiment.replacing("metric: seconds.wan", with: "metric: seconds.wam"), to: "e.yaml")
            let result = try program.run("report e.yaml")
            #expect(result.status == 2)
            #expect(result.errors.hasPrefix("ldct: table tiny/quality: nothing has 'seconds.wam'; expected one of: "))
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }

    /// One page beside the records and an index, which need nothing else.
    @Test func pagesAreWritten() throws {
        try withRun { program in
            let output = try program.succeed("report Results/tiny --html")
            #expect(output.hasSuffix("Results/tiny/report.html\nResults/index.html\n"))
            let page = try program.text("Results/tiny/report.html")
            #expect(page.hasPrefix("<!doctype html>") && page.contains("class=\"viewer\""))
            #expect(page.contains("<h2>Tables</h2>") && page.contains("ldct check tiny"))
            #expect(try program.text("Results/index.html").contains("<a href=\"tiny/report.html\">tiny</a>"))
        }
    }

    /// Where results are, there may be a site of someone's own.
    @Test(arguments: ["Results/index.html", "Results/tiny/report.html"]) func pagesReplacePagesAlone(name: String)
        throws
    {
        try withRun { program in
            try program.write("<!doctype html>mine", to: name)
            let before = program.files
            let result = try program.run("report Results/tiny --html")
            #expect(program.files == before, "nothing is written before it is known that all can be")
            #expect(
                result.status == 2
                    && result.errors == "ldct: \(name): exists, and is not a page of ldct; expected a new name for a "
                        + "page of ldct\n",
                "\(result.errors)")
            #expect(try program.text(name) == "<!doctype html>mine")
            try FileManager.default.removeItem(atPath: program.path(name))
            try program.succeed("report Results/tiny --html")
            try program.succeed("report Results/tiny --html")
        }
    }

    /// A run ends with the few numbers that matter, and with what to do next.
    @Test func runEndsWithItsTable() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let output = try program.succeed("run e.yaml --quiet")
            #expect(output.contains("mismatched") && output.contains("encrypted (cleartext)"))
            #expect(output.hasSuffix("Next: ldct report tiny   (tables and figures; --html for a page)\n"))
        }
    }

    /// An id means one's own run, and the published one where there is none; other names mean the same.
    @Test func ownResultsGoFirst() throws {
        try withRun { program in
            try program.succeed("run e.yaml --quiet --results Results/reference")
            for name in ["tiny", "Results/tiny", "e.yaml"] {
                let output = try program.succeed("report \(name)")
                #expect(
                    output.components(separatedBy: "| method |").count == 2 + 2,
                    "\(name): one run's two tables, one of them in parts")
                #expect(!output.contains("Results/reference"))
            }
            #expect(try program.succeed("report tiny --published").contains("Results/reference/tiny/table.md"))
            #expect(try program.succeed("report tiny --format latex").contains("\\begin{table"))
            #expect(try program.succeed("report tiny --format text").contains("-----"))
        }
    }

    /// Documents follow published results; `--check` changes nothing and names what is stale, line by line.
    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed")) func documentsFollowPublishedResults() throws {
        try withRun("Results/reference") { program in
            let readme =
                "<!-- table:tiny/quality -->\n<!-- /table -->\n<!-- figure:tiny/bytes -->\n<!-- /figure -->\n"
                + "<!-- value:tiny psnr method=low_dose patch_size=16 digits=3 -->?<!-- /value --> dB\n"
            try program.write(readme, to: "README.md")
            let stale = try program.run("report --check")
            #expect(stale.status == 1)
            for line in [
                "Results/reference/tiny/quality.md: stale", "Results/reference/tiny/bytes.svg: missing",
                "README.md:1: stale: table:tiny/quality", "README.md:3: stale: figure:tiny/bytes",
                "README.md:5: stale: value:tiny psnr",
            ] { #expect(stale.output.contains(line)) }
            #expect(try program.text("README.md") == readme)

            try program.succeed("report")
            let filled = try program.text("README.md")
            #expect(filled.contains("](Results/reference/tiny/bytes.svg)") && !filled.contains("?<!-- /value -->"))
            #expect(try program.succeed("report --check").hasPrefix("1 published results and the documents are"))
            // Published results come without images: what was made of them stays.
            try FileManager.default.removeItem(atPath: program.path("Results/reference/tiny/images.h5"))
            try program.succeed("report --check")
            try program.write(filled.replacing("| float |", with: "| flaot |"), to: "README.md")
            #expect(try program.run("report --check").output == "README.md:1: stale: table:tiny/quality\n")
        }
    }

    /// A block that nothing published fills is no block that was checked.
    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed")) func blocksThatNothingFillsAreTold() throws {
        try withRun("Results/reference") { program in
            try program.write("<!-- value:tyni psnr method=float -->99<!-- /value -->\n", to: "README.md")
            try program.succeed("report")
            let checked = try program.run("report --check")
            #expect(checked.status == 1 && checked.output.contains("README.md:1: tyni has no published"), "\(checked)")
        }
    }

    /// Results of a run that has not ended pass no check, and the command that goes on is named as it has to be.
    @Test func unfinishedRunsPassNoCheck() throws {
        try withRun { program in
            _ = try program.run("check tiny --record")
            try program.succeed("check tiny")
            let path = "Results/tiny/records.jsonl"
            let lines = try program.text(path).split(separator: "\n")
            try program.write(lines.dropLast().joined(separator: "\n") + "\n", to: path)
            let gap = "Results/tiny: incomplete: "
            let checked = try program.run("check tiny")
            #expect(checked.status == 1 && checked.output.contains(gap), "\(checked.output)")
            #expect(checked.output.contains("'ldct run FILE-OF-tiny' goes on"), "\(checked.output)")
            try program.succeed("run e.yaml --quiet --results Other")
            #expect(try program.succeed("compare Results/tiny Other/tiny").contains(gap))
        }
    }

    /// What a file is called is no command of gnuplot's, and one epoch is a curve, too.
    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed")) func curvesOfAnyNameAreDrawn() throws {
        try Program.withFolder { program in
            for name in ["x'.system(\"touch pwned\").'", "c u'r", "two\\"] {
                try program.write("epoch,loss,validation_psnr\n1,0.5,40\n", to: "\(name).csv")
                let curve = try LearningCurveReport(program.path("\(name).csv"))
                _ = try curve.write(gnuplot: Gnuplot())
                #expect(program.files.contains("\(name).svg") && !program.files.contains("pwned"), "\(program.files)")
            }
            for arguments in [
                "one.csv --check", "one.csv --html", "--check --html", "--format text", "tiny --check --format text",
            ] {
                let result = try program.run("report \(arguments)")
                #expect(result.status == 2 && result.errors.count { $0 == "\n" } == 1, "\(arguments): \(result.errors)")
                #expect(result.errors.hasPrefix("ldct: --"), "\(result.errors)")
            }
        }
    }

    @Test func comparisonNamesWhatDiffers() throws {
        try withRun { program in
            try program.succeed("run e.yaml --quiet --results Twice --set trials=2")
            let twice = try program.succeed("compare Results/tiny Twice/tiny")
            #expect(twice.contains("trials was 1, is 2") && !twice.contains("| psnr |"), "\(twice)")
            try program.succeed("run e.yaml --quiet --results Other --set seed=2")
            let refused = try program.run("compare Results/tiny Other/tiny")
            #expect(refused.status == 2)
            #expect(
                refused.errors == "ldct: Results/tiny and Other/tiny: expected results of one experiment; they differ: "
                    + "seed was 1, is 2\n")
            try program.succeed("run e.yaml --quiet --results Third")
            let alone = try program.run("compare tiny --results Third")
            #expect(alone.status == 2 && alone.errors.hasPrefix("ldct: Third/reference/tiny: no finished results"))
            let output = try program.succeed("compare Results/tiny Third/tiny/ --all")
            #expect(output.contains("same machine, commit, data and weights"))
            #expect(output.contains("| bytes.up |") && output.contains(" values changed"))
            #expect(!(try program.succeed("compare tiny Third/tiny")).contains("| bytes.up |"), "only what changed")
            let lines = try program.succeed("compare tiny Third/tiny --json").split(separator: "\n")
            #expect(lines.allSatisfy { $0.hasPrefix("{\"change\":") && $0.hasSuffix("}") } && lines.count > 20)
            let environment = try program.text("Third/tiny/environment.json")
            try program.write(
                environment.replacing("\"schema\" : 1,", with: "\"commit\" : \"0123456789ab\", \"schema\" : 1,"),
                to: "Third/tiny/environment.json")
            #expect(try program.succeed("compare Results/tiny Third/tiny").contains("commit: unknown | 0123456789ab\n"))
        }
    }

    /// The counts of a benchmark are exact; a count that moved is named with both values.
    @Test func benchmarksAreChecked() throws {
        try Program.withFolder { program in
            let bench =
                "bench layer --key-bits 1024 --insecure --runs 1 --warm-up 0 --inputs 3 --outputs 2 --size 5 --kernel 3 --json"
            try program.write(try program.succeed(bench), to: "layer.jsonl")
            let recorded = try program.run("check layer.jsonl --record --reference expected")
            #expect(recorded.status == 1 && recorded.output.contains("recorded expected/layer.json"))
            try program.write(try program.succeed(bench), to: "layer.jsonl")
            #expect(try program.succeed("check layer.jsonl --reference expected").contains("passed; 1 rows agree"))

            let lines = try program.text("layer.jsonl").split(separator: "\n")
            let changed = lines.map { line in
                line.contains("\"layer.products\"")
                    ? String(line).replacing(#/"value":[0-9]+/#, with: "\"value\":7") : String(line)
            }
            try program.write(changed.joined(separator: "\n"), to: "layer.jsonl")
            let moved = try program.run("check layer.jsonl --reference expected")
            #expect(moved.status == 1)
            #expect(
                moved.output.contains("FAILED 1024 bits batch: layer.products ") && moved.output.contains(" -> 7, by -")
            )
            // Two benchmarks in one file: which one is meant, nobody can say.
            try program.write((lines + lines).joined(separator: "\n"), to: "layer.jsonl")
            let doubled = try program.run("check layer.jsonl --reference expected")
            #expect(
                doubled.status == 2 && doubled.errors.contains("a second time; expected the lines of one benchmark"),
                "\(doubled.errors)")
            try program.write("{}\n", to: "layer.jsonl")
            #expect(
                try program.run("check layer.jsonl --reference expected").errors
                    == "ldct: layer.jsonl:1: expected a line of 'ldct bench --json'\n")
        }
    }

    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed")) func learningCurveIsDrawnBesideItsData() throws {
        try Program.withFolder { program in
            try program.write("epoch,loss\n1,0.5\n2,0.25\n", to: "net.csv")
            try program.succeed("report net.csv")
            #expect(program.files == ["net.csv", "net.gnuplot", "net.png", "net.svg"])
            let result = try program.run("report none.csv")
            #expect(result.status == 2 && result.errors.hasPrefix("ldct: none.csv: cannot be read: no such file"))
        }
    }
}
