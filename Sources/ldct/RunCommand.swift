import ArgumentParser
import Foundation
import Harness

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measure an experiment; writes records, images, settings and machine.",
        discussion: """
            An interrupted run goes on where it stopped: run the same command again. Exit status 1 if an encrypted value \
            differs from its integer network, or was out of range.
            """)

    @Argument(help: "The experiment, a YAML file.")
    var experiment: String

    @Option(help: "Folder of all results.")
    var results = "Results"

    @Flag(help: "Discard the results there are.")
    var restart = false

    @Option(help: "Folder to write the transcripts of attacks into, for 'ldct attack'.")
    var transcripts: String?

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let signals = Interruption.handle()
        defer { for signal in signals { signal.cancel() } }
        var run = try ExperimentRun(
            experiment: experiment, results: results, restart: restart, transcripts: transcripts)
        let progress = ProgressLine("measuring", total: run.rounds, unit: "rounds", isQuiet: quiet)
        let start = ContinuousClock.now
        let outcome = try run.run(onRound: { progress.advance() }) { cell in
            guard !quiet else { return }
            progress.finish()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            print("\(String(format: "%7.1f", seconds)) s  \(cell)")
        }
        progress.finish()
        guard outcome.isCorrect else {
            FileHandle.standardError.write(
                Data(
                    """
                    ldct: \(run.files.folder): \(outcome.mismatchedValues) values differ from the integer network, \
                    \(outcome.outOfRange) were out of range; expected 0 and 0

                    """.utf8))
            throw ExitCode(1)
        }
        print("\(run.files.folder): complete; no value differs from the integer networks")
    }
}
