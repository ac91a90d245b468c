import ArgumentParser
import Denoising
import Foundation
import Experiments
import Imaging
import PrivateDenoising
import Support

struct DenoiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "denoise",
        abstract: "Denoise one slice of any size, encrypted; client and server in this process.",
        discussion: """
            Tells time, memory and traffic first. The output holds /input and /encrypted in HU. Stopped, the same command goes on \
            from <output>.parts, with a new key; that folder holds the client's plaintexts. Exit status 1 if any value differs \
            from the integer network.

            Examples:
              ldct denoise --input slice.dcm --weights Experiments/weights/3-relu.h5 --output out.h5 --predict
              ldct denoise --input Data/head.h5 --dataset /test/low_dose --index 0 --weights Experiments/weights/3-relu.h5 --output out.h5
            """)

    @Option(help: "The slice: a DICOM file, or HDF5 (.h5).")
    var input: String

    @Option(help: "Of an HDF5 file: the dataset, [row, column] in HU.")
    var dataset = "/slice"

    @Option(help: "Of an HDF5 dataset [slice, row, column]: which.")
    var index: Int?

    @Option(help: "The weights file.")
    var weights: String

    @Option(help: "The HDF5 file to write.")
    var output: String

    @Flag(help: "Overlapping 64x64 patches in the batch layout, instead of the slice as one image in tiles.")
    var batch = false

    @OptionGroup var options: ProtocolOptions

    @Flag(help: "Only tell what it would take.")
    var predict = false

    @OptionGroup var replacing: ForceOptions

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        try OutputPath.require(output, .slice, inputs: [input, weights], force: replacing.force)
        let slice = try SliceInput(reading: input, dataset: dataset, index: index).image
        var settings = options.settings
        settings.layout = batch ? .batch : .tile
        let signals = Interruption.handle("run the same command again to go on after the last finished part")
        defer { for signal in signals { signal.cancel() } }
        let denoising = try SliceDenoising(settings, trained: TrainedNetwork(reading: weights), slice: slice)
        let prediction = try denoising.prediction()
        try print(
            """
            \(slice.height)x\(slice.width), mode \(settings.mode.rawValue), layout \(settings.layout.rawValue), \(prediction.runs) run(s), \
            \(prediction.bands) band(s): about \(ProgressLine.duration(prediction.seconds)), \
            \(prediction.peakBytes >> 20) MiB, \(prediction.bytesUp / 1_000_000) MB up, \(prediction.bytesDown / 1_000_000) MB down
            """)
        guard !predict else { return }
        let progress = ProgressLine("denoising", total: denoising.rounds, unit: "rounds", isQuiet: quiet)
        let outcome = try denoising.run(output: output) { progress.advance() }
        progress.finish()
        try print(
            """
            \(output): client \(String(format: "%.1f", outcome.clientSeconds)) s, \
            server \(String(format: "%.1f", outcome.serverSeconds)) s; \
            \(outcome.mismatchedValues) values differ from the integer network, \(outcome.outOfRange) out of range
            """)
        guard outcome.mismatchedValues == 0, outcome.outOfRange == 0 else { throw ExitCode(1) }
    }
}
