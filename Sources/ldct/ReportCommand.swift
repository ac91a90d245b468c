import ArgumentParser
import Harness

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make tables from records: Markdown, CSV and LaTeX, and the tables of the README.")

    @Argument(help: "Experiments; all that have results if none is named.")
    var ids: [String] = []

    @Option(help: "Folder of all results.")
    var results = "Results"

    @Option(help: "Markdown file whose marked tables are replaced; nothing happens if it does not exist.")
    var readme = "README.md"

    func run() throws {
        for files in try ResultFiles.reported(ids, in: results) {
            print(try TableReport.write(files, readme: readme))
            print("\(files.markdown)\n\(files.csv)\n\(files.latex)\n")
        }
    }
}
