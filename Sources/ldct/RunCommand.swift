import ArgumentParser
import Configuration
import Experiments
import Foundation
import Reporting
import Support

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measure an experiment; writes records, images, settings and machine.",
        usage: """
            ldct run <experiment> [<options>]
            ldct run --print-template | --print-settings | --print-schema
            """,
        discussion: """
            An interrupted run goes on where it stopped: run the same command again. Exit status 1 if an encrypted value \
            differs from its integer network, or was out of range.

            Examples:
              ldct run Experiments/key-sizes.yaml --dry-run
              ldct run Experiments/key-sizes.yaml --set trials=5 --set key.bits=4096
              ldct run Experiments/precision.yaml --shard 1/2
              ldct merge Results/shard-1-of-2/precision Results/shard-2-of-2/precision
              ldct run --print-template > Experiments/mine.yaml
            """)

    @Argument(help: "The experiment, a YAML file, or the id of one in Experiments/.")
    var experiment: String?

    @OptionGroup var folder: ResultsOptions

    @Option(
        name: .customLong("set"),
        help: "A setting in place of the file's: key.bits=3072, 'cases[2].mode=linear', layout=tile. May be repeated.")
    var settings: [String] = []

    @Option(help: "Measure every N-th cell from the I-th on: I/N. Results go to RESULTS/shard-I-of-N, for ldct merge.")
    var shard: Shard?

    @Option(help: "With --shard: the file by which 'ldct submit' shares out the cells, in place of every N-th.")
    var plan: String?

    @Option(help: "Folder to write the transcripts of attacks and their clients' keys into, for 'ldct attack'.")
    var transcripts: String?

    @Option(
        help:
            "In place of measuring: run each case once under a throw-away key, and publish key, messages and plaintexts in a folder each below this one, for 'ldct verify'. Small runs only."
    )
    var evidence: String?

    @Flag(
        name: [.long, .customLong("restart")],
        help: "Start anew: move the results there are to a folder of another name, RESULTS/<id>.old-<n>.")
    var force = false

    @Flag(help: "Print the cells with predicted products, bytes, memory and seconds; measure nothing.")
    var dryRun = false

    @Flag(help: "Print an experiment file with every setting explained, and do nothing else.")
    var printTemplate = false

    @Flag(help: "Print every setting of an experiment file as a Markdown table, and do nothing else.")
    var printSettings = false

    @Flag(help: "Print a JSON schema of experiment files, which editors complete them by, and do nothing else.")
    var printSchema = false

    @Flag(help: "A JSON object a line on standard output: per cell, and at the end.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Tell every round on standard error.")
    var verbose = false

    func validate() throws {
        try GivenOptions.requireAlone("--print-template", "--print-settings", "--print-schema")
        try GivenOptions.refuseEmpty(("--transcripts", transcripts), ("--evidence", evidence))
        guard plan == nil || shard != nil else { throw ValidationError("--plan stands without --shard.") }
        guard plan == nil || !dryRun else { throw ValidationError("--plan and --dry-run do not go together.") }
        guard evidence == nil || shard == nil && !dryRun && !force && transcripts == nil else {
            throw ValidationError("--evidence goes with no --shard, --dry-run, --force or --transcripts.")
        }
    }

    func run() throws {
        guard !printSettings else { return try print(SettingsTable.markdown) }
        guard !printSchema else { return try print(SettingsTable.schema, terminator: "") }
        guard !printTemplate else { return try print(ExperimentTemplate.text, terminator: "") }
        guard let experiment else { throw ValidationError("Missing expected argument '<experiment>'") }
        let original = try ConfigurationFile(path: ResultName.experimentFile(experiment))
        try original.require(.experiment)
        let file = try original.overriding(settings)
        guard !dryRun else {
            let prediction = try RunPrediction(file, shard: shard)
            return try print(json ? try prediction.json() : prediction.text)
        }
        if let evidence {
            return try EvidenceRun(file, folder: evidence).run { folder in
                if !quiet { try print("\(folder): written; its key is public and protects nothing") }
            }
        }
        try measure(file)
    }

    private func measure(_ file: ConfigurationFile) throws {
        let again = "run the same command again\(force ? ", without --force," : "") to go on"
        let signals = Interruption.handle(again)
        defer { for signal in signals { signal.cancel() } }
        var run = try ExperimentRun(
            file, results: folder.results, shard: shard, plan: plan, restart: force, transcripts: transcripts)
        let progress = ProgressLine("measuring", isQuiet: quiet || verbose)
        let output = RunOutput(run, isJSON: json, isQuiet: quiet, isVerbose: verbose)
        let outcome = try run.run { event in
            if case .step(let share) = event { progress.advance(share: share) } else { progress.finish() }
            output.tell(event)
        }
        progress.finish()
        try output.finish(outcome)
        guard outcome.isCorrect else { throw ExitCode(1) }
        if !json { output.tell(try run.summary()) }
    }
}

extension Shard: ExpressibleByArgument {}

/// What a run says while it measures.
private final class RunOutput {
    private let folder: String
    private let total: Int
    private var done: Int
    private let isJSON, isQuiet, isVerbose: Bool
    private let start = ContinuousClock.now
    /// Why standard output took no more, if it did not: told at the end, as results on disk matter more.
    private var failure: FileError?

    init(_ run: ExperimentRun, isJSON: Bool, isQuiet: Bool, isVerbose: Bool) {
        folder = run.files.folder
        total = run.total
        done = run.total - run.remaining
        self.isJSON = isJSON
        self.isQuiet = isQuiet
        self.isVerbose = isVerbose
        if isVerbose { note("\(folder): \(run.remaining) of \(run.total) cells to measure") }
    }

    func tell(_ event: ExperimentRun.Event) {
        switch event {
        case .step: break
        case .warmedUp(let cell):
            if isVerbose { note("  warmed up for \(cell)") }
        case .message(let layer, let client, let server):
            if isVerbose { note(String(format: "  %@: client %.3f s, server %.3f s", layer, client, server)) }
        case .finished(let cell):
            done += 1
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            if isJSON {
                printJSON(["cell": cell, "seconds": seconds, "done": done, "total": total])
            } else if !isQuiet {
                say("\(String(format: "%7.1f", seconds)) s  \(cell)")
            }
        }
    }

    /// - Throws: `FileError.unwritable` if something could not be said.
    func finish(_ outcome: ExperimentRun.Outcome) throws(FileError) {
        if isJSON {
            printJSON([
                "folder": folder, "mismatched_values": outcome.mismatchedValues, "out_of_range": outcome.outOfRange,
                "beyond_calibration": outcome.beyondCalibration,
            ])
        }
        guard outcome.isCorrect else {
            return Console.tell(
                "\(folder): \(outcome.mismatchedValues) values differ from the integer network, "
                    + "\(outcome.outOfRange) were out of range; expected 0 and 0")
        }
        if !isJSON { say("\(folder): complete; no value differs from the integer networks") }
        if !isJSON, let doubt = outcome.calibrationDoubt { Console.tell("\(folder): \(doubt)") }
        if let failure { throw failure }
    }

    /// The few numbers that matter first, what makes seconds doubtful, and what to do next.
    func tell(_ summary: ExperimentRun.Summary) {
        say("\n" + summary.table.text(width: Terminal.width))
        for doubt in summary.doubts { say("Warning: \(doubt)") }
        if isVerbose { note("energy: \(summary.energy)") }
        say("Next: ldct report \(summary.name)   (tables and figures; --html for a page)")
    }

    private func printJSON(_ object: [String: Any]) {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: options) else { return }
        say(String(decoding: data, as: UTF8.self))
    }

    /// At once: whoever reads the output of a long run waits for every line.
    private func say(_ line: String) {
        do { try print(line) } catch { failure = failure ?? error }
    }

    private func note(_ line: String) { Console.error("\(line)\n") }
}
