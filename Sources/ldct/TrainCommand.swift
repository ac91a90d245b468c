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
        usage: """
            ldct train <file> [<options>]
            ldct train --print-template | --print-schema
            """,
        discussion: """
            Every epoch is a line on standard error. Interrupted training resumes from Checkpoints/<id>.h5, which is written after \
            every epoch. The learning curve - loss, and PSNR, SSIM and RMSE on the validation split - is a CSV file beside the weights.

            With training.quantisation the network is trained for the integers of so many bits, from the weights in training.start; \
            the validation split is then denoised by the rounded network, and so is the row 'quantised' at the end.

            Examples:
              ldct train Experiments/train-3-relu.yaml --threads 1
              ldct train Experiments/train-10-relu-w6a10.yaml --threads 1
              ldct train --print-template > Experiments/train-mine.yaml
            """)

    @Argument(help: "The training configuration, a YAML file.")
    var file: String?

    @Option(help: "Threads; otherwise OMP_NUM_THREADS, or one per processor.")
    var threads: Int?

    @Flag(help: "Show no progress.")
    var quiet = false

    @Flag(help: "Replace weights that another configuration trained, and its checkpoint.")
    var force = false

    @Flag(help: "Print a training configuration with every setting explained, and do nothing else.")
    var printTemplate = false

    @Flag(help: "Print a JSON schema of training configurations, which editors complete them by, and do nothing else.")
    var printSchema = false

    func validate() throws {
        try GivenOptions.requireAlone("--print-template", "--print-schema")
        if let threads { try GivenOptions.require("--threads", threads, in: 1...1024) }
    }

    func run() throws {
        guard !printSchema else { return try print(TrainingTemplate.schema, terminator: "") }
        guard !printTemplate else { return try print(TrainingTemplate.text, terminator: "") }
        guard let file else { throw ValidationError("Missing expected argument '<file>'") }
        let configuration = try TrainingConfiguration(ConfigurationFile(path: file))
        let run = try TrainingRun(configuration, threads: threads, inputs: [file], force: force)
        let signals = Interruption.handle("run the same command again to go on after the last finished epoch")
        defer { for signal in signals { signal.cancel() } }
        var lines = EpochLines(total: configuration.settings.epochs, done: try run.epochsDone())
        let outcome = try run.run { epoch in
            let line = lines.line(of: epoch)
            if !quiet { Console.error("\(line)\n") }
        }
        if let fault = outcome.calibrationFault {
            Console.tell(
                "warning: \(configuration.output): not calibrated, and no integer network without that: \(fault)")
        }
        try print(
            "\(configuration.output): \(outcome.trained.weights.parameterCount) weights of epoch \(outcome.bestEpoch)")
        try print("split       row            PSNR [dB]    SSIM  RMSE [HU]")
        for (row, split, mean) in outcome.quality {
            try print(
                split.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
                    + row.padding(toLength: 15, withPad: " ", startingAt: 0)
                    + String(format: "%9.3f  %.4f  %9.2f", mean.psnr, mean.ssim, mean.rmseHU))
        }
    }
}

/// What a training says after every epoch, in a terminal or a log.
private struct EpochLines {
    let total: Int
    /// Epochs of an earlier run; not counted in the rate.
    let done: Int
    private let start = ContinuousClock.now
    var best: TrainingRun.Epoch?

    /// "epoch 3/40: loss 1.234e-05, validation 47.85 dB, best 47.90 dB (epoch 2), 3 min left".
    mutating func line(of epoch: TrainingRun.Epoch) -> String {
        if best.map({ $0.validation.psnr < epoch.validation.psnr }) ?? true { best = epoch }
        var parts = [
            String(format: "loss %.4g", epoch.loss), String(format: "validation %.2f dB", epoch.validation.psnr),
        ]
        if let best, best.number != epoch.number {
            parts.append(String(format: "best %.2f dB (epoch %d)", best.validation.psnr, best.number))
        }
        let perEpoch = (ContinuousClock.now - start) / .seconds(1) / Double(max(1, epoch.number - done))
        let left = Double(total - epoch.number) * perEpoch
        if epoch.number < total { parts.append("\(ProgressLine.duration(left)) left") }
        return "epoch \(epoch.number)/\(total): \(parts.joined(separator: ", "))"
    }
}
