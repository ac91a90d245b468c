import ArgumentParser
import Configuration
import Experiments

struct StageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage",
        abstract: "Run one stage of a workload shaped as the FHE Benchmarking Suite's.",
        discussion: """
            Each stage is a process of its own, which knows nothing but files: keys, terms, messages under io/<size>/. \
            Experiments/fhe-suite has the programs that the suite's harness calls, and says how to run them.

              ldct stage client_key_generation 0 --experiment submission/experiment.yaml
            """)

    @Argument(help: "One of: \(SuiteStages.Stage.allCases.map(\.rawValue).joined(separator: ", ")).")
    var stage: String

    @Argument(
        help:
            "Instance size: \(SuiteStages.Size.allCases.map { "\($0.rawValue) (\($0.name), patches: \($0.patches))" }.joined(separator: ", "))."
    )
    var size = 0

    @Option(help: "The experiment, a file with one case of one round.")
    var experiment = "submission/experiment.yaml"

    @Option(help: "The folder that io/ and datasets/ are in.")
    var root = "."

    func validate() throws { try GivenOptions.refuseEmpty(("--root", root)) }

    func run() throws {
        guard let stage = SuiteStages.Stage(rawValue: stage), let size = SuiteStages.Size(rawValue: size) else {
            throw ValidationError("No stage '\(stage)' of size \(size); expected one of those that --help lists.")
        }
        try SuiteStages(ConfigurationFile(path: experiment), size: size, root: root).run(stage)
    }
}
