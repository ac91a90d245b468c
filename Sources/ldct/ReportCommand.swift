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
            records. A table of more than ten columns is divided in all but CSV. An experiment's name means your own run, and the \
            published one, in <results>/reference, where there is none. README.md and Notebooks-md/*.md are filled from published results.

              ldct report                            everything there is, and the documents
              ldct report key-sizes                  one experiment
              ldct report key-sizes --html           also a page to open in a browser, and an index of all pages
              ldct report key-sizes --published      the published results of it, and what documents show of them
              ldct report Experiments/key-sizes.yaml the same with the report section as the file has it now
              ldct report Experiments/weights/3-relu.csv
                                                     the figure of a learning curve, beside it
              ldct report mine --fhe-suite Experiments/fhe-suite
                                                     results files of the FHE Benchmarking Suite
              ldct report --check                    status 1 if a published table, figure or document is not what the records give
            """)

    @Argument(help: "Experiments by id, file or folder, or learning curves (.csv); all results if none is named.")
    var names: [String] = []

    @OptionGroup var folder: ResultsOptions

    @Option(
        name: .customLong("document"),
        help: "Markdown file to fill; may be repeated. README.md and Notebooks-md/*.md if none is named.")
    var documents: [String] = []

    @Flag(help: "Only published results, those in <results>/reference.")
    var published = false

    @Option(help: "How tables are printed; text on a terminal, markdown elsewhere, if none is named.")
    var format: TableFormat?

    @Flag(
        help:
            "Also write a page per run, report.html beside its records, and RESULTS/index.html: to open in a browser, offline."
    )
    var html = false

    @Option(
        help:
            "Also write measurements/<row>/results-N.json of the FHE Benchmarking Suite into this folder: three trials, 128-bit security."
    )
    var fheSuite: String?

    @Flag(help: "Change nothing; name what is stale and end with status 1 if anything is.")
    var check = false

    @Flag(help: "Print what a record's fields and the metrics mean as Markdown tables, and do nothing else.")
    var printRecords = false

    private var curves: [String] { names.filter { $0.hasSuffix(".csv") } }

    func validate() throws {
        try GivenOptions.requireAlone("--print-records")
        try GivenOptions.refuseEmpty(("--fhe-suite", fheSuite))
        guard !check || !html && fheSuite == nil else {
            throw ValidationError("--check changes nothing; --html and --fhe-suite write.")
        }
        if check { try GivenOptions.refuse("--format", because: "is of tables that are printed; --check prints none") }
        guard !check || curves.isEmpty else {
            throw ValidationError("--check is of results; learning curves have nothing to compare with.")
        }
        guard curves.isEmpty || curves.count < names.count else {
            try GivenOptions.refuse(
                "--html", "--fhe-suite", "--document", "--published", "--results", "--format",
                because: "is of results; only learning curves are named")
            return
        }
        if names.isEmpty {
            try GivenOptions.refuse("--format", because: "is of tables that are printed, those of results named")
        }
    }

    func run() throws {
        guard !printRecords else { return try print("\(ResultRecord.markdown)\n\n\(Metric.markdown)") }
        let gnuplot = Gnuplot()
        let curves = try curves.map { try LearningCurveReport($0) }
        func draw() throws {
            for line in try curves.flatMap({ try $0.write(gnuplot: gnuplot) }) { try print(line) }
        }
        guard curves.isEmpty || curves.count < names.count else { return try draw() }
        let request = try ReportRequest(
            names.filter { !$0.hasSuffix(".csv") }, results: folder.results,
            publishedOnly: published || check && names.isEmpty)
        let reports = try request.reports()
        let usual = request.includesPublished ? DocumentReport.usual(results: folder.results) : []
        let documents = try DocumentReport(
            documents.isEmpty ? usual : documents, ids: request.ids, results: folder.results, reports: reports)
        guard !check else {
            let stale = reports.flatMap { $0.stale() } + documents.stale + documents.unfilled
            for line in stale { try print(line) }
            guard stale.isEmpty else { throw ExitCode(1) }
            let kind = request.includesPublished ? "published results" : "results"
            try print("\(reports.count) \(kind) and the documents are up to date")
            return
        }
        if html { try Report.requirePages(reports, root: folder.results) }
        try draw()
        for gap in reports.compactMap(\.gap) { Console.tell(gap) }
        for report in reports {
            for (_, table) in report.tables where !names.isEmpty {
                try print((format ?? .usual).text(of: table, notes: true))
            }
            for line in try report.write(gnuplot: gnuplot) { try print(line) }
        }
        for line in try documents.write() { try print(line) }
        if html { try writePages(reports) }
        for report in fheSuite == nil ? [] : reports {
            for line in try SuiteReport(report).write(to: fheSuite ?? "") { try print(line) }
        }
        for line in documents.unfilled { Console.tell(line) }
    }

    private func writePages(_ reports: [Report]) throws {
        for report in reports {
            let isOwn = report.files.root == folder.results
            try print(try report.writePage(index: isOwn ? "../index.html" : "../../index.html"))
        }
        try print(try ReportIndex.write(root: folder.results))
    }
}
