import ArgumentParser
import Experiments
import Reporting
import Support

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show where exact counts stepped, over commits or result folders.",
        discussion: """
            Ciphertexts, bytes, products and rounds are the same on every machine, so every change of one is a step: meant, or a \
            regression. Without folders the commits of Results/reference/<id>.json are read. A step is explained by a line \
            '\(History.trailer) WHY' in the message of its commit, or later by 'git notes add -m WHY COMMIT'; of a result folder by the \
            first line of its \(History.noteFile). Exit status 1 if a step is not explained.

              ldct history                              all references, over all commits
              ldct history key-sizes modes --json       two, an object a step
              ldct history --since HEAD~50              what stepped after a commit
              ldct history Old/modes New/modes          result folders, the oldest first
            """)

    @Argument(
        help: "Experiments by id, or result folders (with a '/') from the oldest on; all references if none is named.")
    var names: [String] = []

    @OptionGroup var folder: ResultsOptions

    @Option(help: "Compare what was there at this commit, and after it, only.")
    var since: String?

    @Flag(help: "A JSON object a step: experiment, row, metric, before, after, at, date, note.")
    var json = false

    @Option(help: "How the table is printed; text on a terminal, markdown elsewhere, if none is named.")
    var format: TableFormat?

    func validate() throws {
        guard !json || format == nil else { throw ValidationError("--json and --format exclude each other.") }
    }

    func run() throws {
        let histories = try History.all(names, results: folder.results, since: since)
        let (steps, unexplained) = (histories.flatMap(\.steps), histories.flatMap(\.unexplained))
        if json {
            try print(try histories.json(), terminator: "")
        } else {
            if !steps.isEmpty { try print((format ?? .usual).text(of: histories.table) + "\n") }
            let series = histories.reduce(0) { $0 + $1.series }
            let points = histories.reduce(0) { $0 + $1.points.count }
            try print(
                "\(series) exact counts over \(points) versions of \(histories.count) experiments: \(steps.count) steps, "
                    + "\(unexplained.count) not explained")
        }
        guard unexplained.isEmpty else { throw ExitCode(1) }
    }
}
