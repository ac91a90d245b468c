import ArgumentParser
import Experiments
import Reporting

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show what differs between two results of one experiment.",
        discussion: """
            Two branches or two machines: differences of quality and ratios of times with 95 % intervals, counts that moved, and what \
            differs in machine, commit, data and weights. Times count as changed if they differ by more than 5 % and the interval \
            of their ratio, where there are several trials, leaves out 1; below \(Comparison.shortest) s they are not compared.

              ldct compare quickstart                     Results/quickstart and what is published of it
              ldct compare Results/quickstart Other/quickstart
              ldct compare A/modes B/modes --all          also what is the same
              ldct compare A/modes B/modes --json         an object a line, for scripts
            """)

    @Argument(help: "An experiment, by id or result folder.")
    var first: String

    @Argument(help: "What is compared with it; what is published if none is named.")
    var second: String?

    @OptionGroup var folder: ResultsOptions

    @Flag(help: "Also show what is the same.")
    var all = false

    @Flag(help: "A JSON object a line: row, metric, first, second, change, difference or ratio, interval.")
    var json = false

    @Option(help: "How the table is printed; text on a terminal, markdown elsewhere, if none is named.")
    var format: TableFormat?

    func validate() throws {
        guard !json || format == nil else { throw ValidationError("--json and --format exclude each other.") }
    }

    func run() throws {
        let folders = try FolderComparison(first, second, results: folder.results)
        let comparison = folders.comparison
        guard !json else { return try print(try comparison.json(), terminator: "") }
        for line in folders.differences.isEmpty ? ["same machine, commit, data and weights"] : folders.differences {
            try print(line)
        }
        let table = comparison.table(all: all)
        if !table.blocks.isEmpty { try print("\n" + (format ?? .usual).text(of: table)) }
        for line in comparison.missing { try print(line) }
        try print(comparison.summary)
    }
}
