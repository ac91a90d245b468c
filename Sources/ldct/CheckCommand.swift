import ArgumentParser
import Experiments

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare results with Results/reference.",
        discussion: """
            Exit status 1 if anything moved further than its rule allows, or if a row is missing. A metric that the reference does not \
            hold is told, and is no failure. Lines that 'ldct bench --json' printed can be checked as well: their counts must be the same.

              ldct check                       all experiments that have results and a reference
              ldct check quickstart --moves    one, with the values that moved as far as they may
              ldct check key-sizes --record    make the present results the reference
              ldct check bench-layer.jsonl     a benchmark's lines, against Results/reference/bench-layer.json
            """)

    @Argument(
        help: "Experiments by id, file or folder, or files of benchmark lines (.jsonl); all there are if none is named."
    )
    var ids: [String] = []

    @OptionGroup var folder: ResultsOptions

    @Option(help: "Folder of the references; <results>/reference if none is named.")
    var reference: String?

    @Flag(help: "Also print what moved as far as it may: timings of another moment or machine.")
    var moves = false

    @Flag(help: "Make the present results the reference. Ends with status 1, so that no pipeline does it unseen.")
    var record = false

    func validate() throws {
        try GivenOptions.refuseEmpty(("--reference", reference))
        guard !record || !moves else { throw ValidationError("--record and --moves exclude each other.") }
    }

    func run() throws {
        let all = try RegressionCheck.Subject.all(ids, results: folder.results, references: reference)
        guard !record else {
            for subject in all {
                try RegressionCheck.record(subject)
                try print("\(subject.name): recorded \(subject.reference); look at the change, then check again")
            }
            throw ExitCode(1)
        }
        let checks = try all.map { try RegressionCheck($0) }
        for check in checks {
            for line in (moves ? check.moves : []) + check.lines { try print(line) }
        }
        guard checks.allSatisfy(\.isPassed) else { throw ExitCode(1) }
    }
}
