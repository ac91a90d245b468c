import ArgumentParser
import Experiments

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show two results of one experiment side by side.",
        discussion: """
            Two branches or two machines: differences of quality and ratios of times with 95 % intervals, counts that moved, and what \
            differs in machine, commit, data and weights.

              ldct compare Results/quickstart Results/reference/quickstart
            """)

    @Argument(help: "Result folder.")
    var first: String

    @Argument(help: "Result folder that is compared with it.")
    var second: String

    func run() throws { try print(try FolderComparison(first, second).text) }
}
