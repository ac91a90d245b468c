import ArgumentParser
import Harness

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare results with Results/reference.",
        discussion: "Exit status 1 if anything moved further than its rule allows, or if a row is missing.")

    @Argument(help: "Experiments; all that have a reference if none is named.")
    var ids: [String] = []

    @Option(help: "Folder of all results.")
    var results = "Results"

    @Flag(help: "Make the present results the reference. Ends with status 1, so that no pipeline does it unseen.")
    var record = false

    func run() throws {
        let all = try ResultFiles.checked(ids, in: results)
        guard !record else {
            for files in all {
                try RegressionCheck.record(files)
                print("\(files.id): recorded \(files.reference); look at the change, then check again")
            }
            throw ExitCode(1)
        }
        let checks = try all.map { try RegressionCheck($0) }
        for line in checks.flatMap(\.lines) { print(line) }
        guard checks.allSatisfy(\.isPassed) else { throw ExitCode(1) }
    }
}
