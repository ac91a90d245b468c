import ArgumentParser
import Foundation
import Experiments
import Reporting
import Support

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make tables and figures from records, and fill README and notebooks.",
        discussion: """
            Tables come as Markdown, CSV and LaTeX, figures as SVG and PNG (drawn by gnuplot) with their data as CSV, all beside the \
            records. README.md and Notebooks-md/*.md are filled from published results, those in <results>/reference.

              ldct report                            everything there is
              ldct report key-sizes                  one experiment
              ldct report Experiments/key-sizes.yaml the same with the report section as the file has it now
              ldct report Experiments/weights/3-relu.csv
                                                     the figure of a learning curve, beside it
              ldct report --check                    status 1 if a published table, figure or document is not what the records give
            """)

    @Argument(help: "Experiments, experiment files (.yaml) or learning curves (.csv); all results if none is named.")
    var names: [String] = []

    @Option(help: "Folder of all results.")
    var results = "Results"

    @Option(
        name: .customLong("document"),
        help: "Markdown file to fill; may be repeated. README.md and Notebooks-md/*.md if none is named.")
    var documents: [String] = []

    @Flag(help: "Change nothing; name what is stale and end with status 1 if anything is.")
    var check = false

    func run() throws {
        let curves = names.filter { $0.hasSuffix(".csv") }
        let gnuplot = Gnuplot()
        for curve in curves {
            for line in try LearningCurveReport(curve).write(gnuplot: gnuplot) { try print(line) }
        }
        guard curves.isEmpty || curves.count < names.count else { return }
        let request = try ReportRequest(names.filter { !$0.hasSuffix(".csv") }, results: results, publishedOnly: check)
        let reports = try request.reports()
        let documents = try DocumentReport(
            documents.isEmpty ? DocumentReport.usual(results: results) : documents, ids: request.ids, results: results,
            reports: reports)
        guard !check else {
            let stale = reports.flatMap { $0.stale() } + documents.stale
            for line in stale { try print(line) }
            guard stale.isEmpty else { throw ExitCode(1) }
            try print("\(reports.count) published results and the documents are up to date")
            return
        }
        for report in reports {
            for (_, table) in report.tables where !names.isEmpty { try print(table.markdown()) }
            for line in try report.write(gnuplot: gnuplot) { try print(line) }
        }
        for line in try documents.write() { try print(line) }
        for line in documents.unfilled { Console.error("ldct: \(line)\n") }
    }
}
