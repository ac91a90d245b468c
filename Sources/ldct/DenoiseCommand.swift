import ArgumentParser
import Denoising
import Foundation
import Experiments
import Imaging
import PrivateDenoising
import Reporting
import Support

struct DenoiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "denoise",
        abstract: "Denoise a slice of any size, or a series, encrypted; client and server in this process.",
        discussion: """
            Tells time, memory and traffic first. The ending of --output says what is written: .dcm, a CT image derived from the input's, \
            with its patient and geometry and an identity of its own; .png in a window; .nii.gz and .npy in HU; .h5 with input and result. \
            A folder of DICOM slices goes into a folder, slice by slice. Stopped, the same command goes on from <output>.parts, with a new \
            key; that folder holds the client's plaintexts. Exit status 1 if any value differs from the integer network. Not for diagnosis. \
            Of head CT only axial slices are written or shown, never a face.

            Examples:
              ldct denoise --input slice.dcm --weights Experiments/weights/3-relu.h5 --output out.dcm --predict
              ldct denoise --input slice.dcm --weights Experiments/weights/3-relu.h5 --output out.png --window 40/80 --beside
              ldct denoise --input Scan --weights Experiments/weights/3-relu.h5 --output Denoised
              ldct denoise --input Data/head.h5 --dataset /test/low_dose --index 0 --weights Experiments/weights/3-relu.h5 --output out.h5
            """)

    @Option(help: "The slice, a DICOM file or HDF5 (.h5); or a folder of DICOM files.")
    var input: String

    @Option(help: "Of an HDF5 file: the dataset, [row, column] in HU.")
    var dataset = "/slice"

    @Option(help: "Of an HDF5 dataset [slice, row, column]: which.")
    var index: Int?

    @Option(help: "The weights file.")
    var weights: String

    @Option(help: "What to write: a name ending in \(ImageFormat.all); of a folder, a folder.")
    var output: String

    @Option(help: "Of a folder: what every slice is written as.")
    var ending = ".dcm"

    @Option(help: "Window of PNG and of --beside in HU, level/width.")
    var window = "40/400"

    @Flag(
        help:
            "Also draw input, result and their difference beside each other, with scales, into OUTPUT-beside.svg and .png."
    )
    var beside = false

    @Flag(help: "Overlapping 64x64 patches in the batch layout, instead of the slice as one image in tiles.")
    var batch = false

    @OptionGroup var options: ProtocolOptions

    @Flag(help: "Take the values for HU whatever they look like.")
    var insist = false

    @Flag(help: "Only tell what it would take.")
    var predict = false

    @OptionGroup var replacing: ForceOptions

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard levelAndWidth != nil else {
            throw ValidationError("--window is '\(window)'; expected level/width in HU, as 40/400.")
        }
        guard !beside || Gnuplot() != nil else {
            throw ValidationError("--beside needs gnuplot (Debian: \(Gnuplot.package)).")
        }
    }

    private var levelAndWidth: (center: Double, width: Double)? {
        let parts = window.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 2, let center = parts[0], let width = parts[1], center.isFinite,
            (1...100_000).contains(width)
        else { return nil }
        return (center, width)
    }

    func run() throws {
        let signals = Interruption.handle("run the same command again to go on after the last finished part")
        defer { for signal in signals { signal.cancel() } }
        let trained = try TrainedNetwork(reading: weights)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue {
            try denoiseSeries(trained)
        } else {
            try denoiseSlice(trained)
        }
    }

    private func denoiseSlice(_ trained: TrainedNetwork) throws {
        let slice = try SliceInput(reading: input, dataset: dataset, index: index, isInsisting: insist)
        let output = try sliceOutput(output, of: slice)
        try OutputPath.require(output.path, output.kind, inputs: [input, weights], force: replacing.force)
        if beside { try SliceComparison.requireWritable(beside: output.path) }
        let denoising = try SliceDenoising(settings, trained: trained, slice: slice.image)
        let prediction = try denoising.prediction()
        try print("\(slice.image.height)x\(slice.image.width), " + words(prediction, slices: 1))
        guard !predict else { return }
        try denoise(denoising, slice, output)
    }

    /// Slice by slice; those that are there already are of an earlier, interrupted run.
    private func denoiseSeries(_ trained: TrainedNetwork) throws {
        let series = try SeriesInput(folder: input, output: output, ending: ending)
        for line in series.skipped { Console.error("ldct: left out: \(line)\n") }
        var left: [SeriesInput.Item] = []
        for item in series.items {
            let slice = try SliceInput(reading: item.input, dataset: dataset, index: index, isInsisting: insist)
            let output = try sliceOutput(item.output, of: slice)
            let isDone =
                FileManager.default.fileExists(atPath: item.output) && output.kind.isOne(item.output)
                && !replacing.force
            try OutputPath.require(item.output, output.kind, inputs: [item.input, weights], force: true)
            if beside { try SliceComparison.requireWritable(beside: item.output) }
            if !isDone { left.append(item) }
        }
        try print("\(series.items.count) slices, \(series.items.count - left.count) of them done")
        for (number, item) in left.enumerated() {
            let slice = try SliceInput(reading: item.input, dataset: dataset, index: index, isInsisting: insist)
            let denoising = try SliceDenoising(settings, trained: trained, slice: slice.image)
            if number == 0 { try print(words(try denoising.prediction(), slices: left.count)) }
            guard !predict else { return }
            try denoise(denoising, slice, try sliceOutput(item.output, of: slice))
            if !quiet { Console.error("ldct: \(number + 1) of \(left.count) slices\n") }
        }
    }

    private func sliceOutput(_ path: String, of slice: SliceInput) throws -> SliceOutput {
        try SliceOutput(path, of: slice, window: levelAndWidth ?? (40, 400))
    }

    private func denoise(_ denoising: SliceDenoising, _ slice: SliceInput, _ output: SliceOutput) throws {
        let progress = ProgressLine("denoising", total: denoising.rounds, unit: "rounds", isQuiet: quiet)
        let outcome = try denoising.run(output: output) { progress.advance() }
        progress.finish()
        if beside, let gnuplot = Gnuplot() {
            for path in try SliceComparison(slice.image, outcome.image, window: levelAndWidth ?? (40, 400))
                .draw(beside: output.path, gnuplot: gnuplot)
            { try print(path) }
        }
        try print(
            """
            \(output.path): client \(String(format: "%.1f", outcome.clientSeconds)) s, \
            server \(String(format: "%.1f", outcome.serverSeconds)) s; \
            \(outcome.mismatchedValues) values differ from the integer network, \(outcome.outOfRange) out of range, \
            \(outcome.saturated) activations beyond the calibration
            """)
        if outcome.saturated > 0 {
            let share = 100 * Double(outcome.saturated) / Double(outcome.activations)
            try print(
                """
                \(String(format: "%.3g", share)) % of all activations were cut off: the network was calibrated on other images \
                (ldct weights calibrate)
                """)
        }
        guard outcome.mismatchedValues == 0, outcome.outOfRange == 0 else { throw ExitCode(1) }
    }

    private var settings: ProtocolSettings {
        var settings = options.settings
        settings.layout = batch ? .batch : .tile
        return settings
    }

    private func words(_ prediction: SliceDenoising.Prediction, slices: Int) -> String {
        """
        mode \(settings.mode.rawValue), layout \(settings.layout.rawValue), \(count(prediction.runs, "run")), \
        \(count(prediction.bands, "band")): about \(ProgressLine.duration(Double(slices) * prediction.seconds)), \
        \(prediction.peakBytes >> 20) MiB, \(slices * prediction.bytesUp / 1_000_000) MB up, \
        \(slices * prediction.bytesDown / 1_000_000) MB down
        """
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
