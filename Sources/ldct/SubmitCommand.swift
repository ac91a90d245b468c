import ArgumentParser
import Configuration
import Experiments
import Foundation

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Write, and with --go submit, an experiment as a Slurm array.",
        usage: """
            ldct submit <experiment> --shards <n> [<options>]
            ldct submit --each <list> [<options>]
            """,
        discussion: """
            Writes RESULTS/<id>.cluster: the array's script, with memory and time limits from the dry run, a job that merges what \
            there is when all tasks have ended, and submit.sh, which submits both. Shards are balanced by predicted seconds. A task \
            that is warned of its time limit, preempted or lost goes on where it stopped.

            Examples:
              ldct submit Experiments/key-sizes.yaml --shards 8 --cpus 4 --sbatch=--partition=long --go
              ldct submit --each trainings.txt --sbatch=--time=8:00:00 --setup 'module load hdf5' --go
              ldct status
            """)

    @Argument(help: "The experiment, a YAML file, or the id of one in Experiments/.")
    var experiment: String?

    @Option(help: "Tasks of the array, at most the experiment's cells.")
    var shards: Int?

    @Option(help: "A file with arguments of ldct, a task a line, in place of an experiment: prepare, train, denoise.")
    var each: String?

    @OptionGroup var folder: ResultsOptions

    @Option(name: .customLong("set"), help: "A setting in place of the file's, as for ldct run. May be repeated.")
    var settings: [String] = []

    @Option(help: "Processors of a task.")
    var cpus = 1

    @Option(
        name: .customLong("sbatch"),
        help: "A line for every job, in place of what is written by itself: --sbatch=--partition=long. May be repeated."
    )
    var lines: [String] = []

    @Option(help: "A shell command at the start of every job: 'module load ...'. May be repeated.")
    var setup: [String] = []

    @Option(help: "What starts ldct on a node, as a shell takes it; this program otherwise.")
    var program: String?

    @Option(help: "The site's MaxArraySize; scontrol is asked otherwise.")
    var maxArray: Int?

    @Flag(help: "Submit what was written.")
    var go = false

    func validate() throws {
        guard (experiment == nil) != (each == nil) else {
            throw ValidationError("Expected an experiment, or --each with a list of commands.")
        }
        guard each != nil || shards != nil else { throw ValidationError("--shards is missing.") }
        guard each == nil || (shards == nil && settings.isEmpty) else {
            throw ValidationError("--shards and --set belong to an experiment, not to --each.")
        }
        guard (maxArray ?? 2) >= 2 else {
            throw ValidationError("--max-array is \(maxArray ?? 0); expected 2 or more.")
        }
    }

    func run() throws {
        let submission = try submission()
        try submission.write()
        try print(submission.summary)
        if go {
            try print("\(submission.files.folder): \(try submission.submit())")
            try print("Next: ldct status \(folder.results)")
        } else {
            try print("\(submission.files.folder): written\nNext: bash \(submission.files.submit)")
        }
    }

    private func submission() throws -> Submission {
        var options = BatchOptions(program: program ?? Self.quoted(Self.executable))
        (options.lines, options.setup, options.processors) = (lines.map(Self.option), setup, cpus)
        options.largestArray = maxArray ?? SlurmSite.largestArray ?? BatchOptions.usualArray
        let here = FileManager.default.currentDirectoryPath
        if let each {
            return try Submission(
                list: each,
                isCommand: { word in Root.configuration.subcommands.contains { $0.configuration.commandName == word } },
                results: folder.results, workFolder: here, options: options)
        }
        let original = try ConfigurationFile(path: ResultName.experimentFile(experiment ?? ""))
        try original.require(.experiment)
        let file = try original.overriding(settings)
        return try Submission(file, shards: shards ?? 1, results: folder.results, workFolder: here, options: options)
    }

    /// A line as scripts have it loses its `#SBATCH`.
    private static func option(_ line: String) -> String {
        String(line.trimmingPrefix("#SBATCH")).trimmingCharacters(in: .whitespaces)
    }

    private static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    private static func quoted(_ path: String) -> String { "'" + path.replacing("'", with: "'\\''") + "'" }
}
