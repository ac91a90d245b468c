import ArgumentParser
import Configuration
import Denoising
import Experiments
import Foundation
import Imaging
import Support

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a network and write its weights.",
        discussion: """
            Interrupted training resumes from Checkpoints/<id>.h5, which is written after every epoch. The learning curve - loss, \
            and PSNR, SSIM and RMSE on the validation split - is a CSV file beside the weights.

            Example:
              ldct train Experiments/train-3-relu.yaml --threads 1
            """)

    @Argument(help: "The training configuration, a YAML file.")
    var file: String

    @Option(help: "Threads; otherwise OMP_NUM_THREADS, or one per processor.")
    var threads: Int?

    @Flag(help: "Show no progress.")
    var quiet = false

    @Flag(help: "Replace weights that another configuration trained, and its checkpoint.")
    var force = false

    func validate() throws {
        guard (1...1024).contains(threads ?? 1) else {
            throw ValidationError("--threads is \(threads ?? 0); expected 1 to 1024.")
        }
    }

    func run() throws {
        let configuration = try TrainingConfiguration(ConfigurationFile(path: file))
        let run = try TrainingRun(configuration, threads: threads, inputs: [file], force: force)
        let signals = Interruption.handle("run the same command again to go on after the last finished epoch")
        defer { for signal in signals { signal.cancel() } }
        let progress = ProgressLine(
            "training \(configuration.id)", total: configuration.settings.epochs, unit: "epochs",
            done: try run.epochsDone(), isQuiet: quiet)
        let outcome = try run.run { _ in progress.advance() }
        progress.finish()
        try print(
            "\(configuration.output): \(outcome.trained.weights.parameterCount) weights of epoch \(outcome.bestEpoch)")
        try print("split       row            PSNR (dB)    SSIM  RMSE (HU)")
        for (row, split, mean) in outcome.quality {
            try print(
                split.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
                    + row.padding(toLength: 15, withPad: " ", startingAt: 0)
                    + String(format: "%9.3f  %.4f  %9.2f", mean.psnr, mean.ssim, mean.rmseHU))
        }
    }
}
