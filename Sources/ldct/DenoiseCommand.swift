import ArgumentParser
import Denoising
import Foundation
import Experiments
import Imaging
import PrivateDenoising
import Reporting
import Support
import Transport

struct DenoiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "denoise",
        abstract: "Denoise a slice of any size, or a series, encrypted; the server in this process, or elsewhere.",
        discussion: """
            Tells time, memory and traffic first. The ending of --output says what is written: .dcm, a CT image derived from the input's, \
            with its patient and geometry and an identity of its own; .png in a window; .nii.gz and .npy in HU; .h5 with input and result. \
            A folder of DICOM slices goes into a folder, slice by slice. Stopped, the same command goes on from <output>.parts, with a new \
            key; that folder holds the client's plaintexts. Exit status 1 if any value differs from the integer network. Not for diagnosis. \
            Of head CT only axial slices are written or shown, never a face.

            With --server the network stays with a server (ldct serve), which sees ciphertexts only: no --weights then, unless to --verify \
            the result with a network of one's own. What is written is what the run in this process writes. A broken connection is made \
            anew: a slice in tiles goes on at the layer it had reached, patches (--batch) at the run they had reached. Exit status 75: \
            the server is gone or busy, and the same command goes on later.

            Examples:
              ldct denoise --input slice.dcm --weights Experiments/weights/3-relu.h5 --output out.dcm --predict
              ldct denoise --input slice.dcm --weights Experiments/weights/3-relu.h5 --output out.png --window 40/80 --beside
              ldct denoise --input Scan --weights Experiments/weights/3-relu.h5 --output Denoised
              ldct denoise --input Data/head.h5 --dataset /test/low_dose --index 0 --weights Experiments/weights/3-relu.h5 --output out.h5
              ldct denoise --input slice.dcm --scheme lattice --server ct.example.org:7300 --ca ca.pem --certificate client.pem --key client.key --output out.dcm
            """)

    @Option(help: "The slice, a DICOM file or HDF5 (.h5); or a folder of DICOM files.")
    var input: String

    @Option(help: "Of an HDF5 file: the dataset, [row, column] in HU.")
    var dataset = "/slice"

    @Option(help: "Of an HDF5 dataset [slice, row, column]: which.")
    var index: Int?

    @Option(help: "The weights file; with --server only to --verify.")
    var weights: String?

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

    @Flag(
        help:
            "Overlapping patches in the batch layout, not the slice as one image in tiles: 64x64 (of a smaller slice its shorter side), on the lattice larger ones as --memory allows, in this process."
    )
    var batch = false

    @Option(help: "What encrypts: paillier, or lattice, which is post-quantum and faster; see the README.")
    var scheme = ExperimentScheme.paillier

    @OptionGroup var options: ProtocolOptions

    @Option(help: "HOST:PORT of a server that has the network.")
    var server: String?

    @OptionGroup var credentials: CredentialOptions

    @Option(help: "Seconds to wait for the server's next message, which may take it hours of arithmetic.")
    var patience = 3600.0

    @Option(help: "Connections in a row that may break before the command ends; a minute passes until the ninth.")
    var attempts = 9

    @Flag(help: "With --server: compare the result with the integer network of --weights.")
    var verify = false

    @Flag(help: "Take the values for HU whatever they look like, and slices that are not axial.")
    var insist = false

    @Flag(help: "Only tell what it would take.")
    var predict = false

    @OptionGroup var replacing: ForceOptions

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        _ = try levelAndWidth
        guard !beside || Gnuplot() != nil else {
            throw ValidationError("--beside needs gnuplot (Debian: \(Gnuplot.package)).")
        }
        try GivenOptions.require("--patience", patience, in: 1...1_000_000, unit: "seconds")
        try options.requireUse(of: scheme)
        try GivenOptions.require("--attempts", attempts, in: 1...1000)
        guard server != nil else {
            guard weights != nil else { throw ValidationError("--weights is missing; or --server, which has them.") }
            guard !verify else { throw ValidationError("--verify goes with --server; here every value is compared.") }
            try credentials.requireNone()
            try GivenOptions.refuse(
                "--patience", "--attempts", because: "goes with --server; here nothing is waited for")
            return
        }
        guard verify == (weights != nil) else {
            throw ValidationError(
                verify
                    ? "--verify needs --weights, the network to compare with."
                    : "--weights and --server exclude each other, unless to --verify: the server has the network.")
        }
    }

    private var levelAndWidth: (center: Double, width: Double) {
        get throws {
            let parts = window.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
            guard parts.count == 2, let center = parts[0], let width = parts[1], center.isFinite,
                (1...100_000).contains(width)
            else { throw ValidationError("--window is '\(window)'; expected level/width in HU, as 40/400.") }
            return (center, width)
        }
    }

    func run() throws {
        let signals = Interruption.handle("run the same command again to go on after the last finished part")
        defer { for signal in signals { signal.cancel() } }
        var isFolder: ObjCBool = false
        let isSeries = FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) && isFolder.boolValue
        try requireUse(isSeries: isSeries)
        let network = try place()
        if isSeries {
            try denoiseSeries(network)
        } else {
            try denoiseSlice(network)
        }
    }

    /// - Throws: `ValidationError` naming an option that this input or output has no use for.
    private func requireUse(isSeries: Bool) throws {
        if !SliceInput.isHDF5(input) {
            try GivenOptions.refuse("--dataset", "--index", because: "is of HDF5 files; '\(input)' is none")
        }
        if !isSeries { try GivenOptions.refuse("--ending", because: "is of a folder of slices; '\(input)' is none") }
        if !beside, ImageFormat(path: isSeries ? "slice\(ending)" : output) != .png {
            try GivenOptions.refuse(
                "--window", because: "is of pictures; expected an output ending in .png, or --beside")
        }
    }

    /// Where the network is: with a server, or here.
    private struct Place {
        let server: (endpoint: Endpoint, security: Security)?
        /// Here; of a server's, what its results are compared with.
        let trained: TrainedNetwork?
    }

    private func place() throws -> Place {
        let trained = try weights.map { try TrainedNetwork(reading: $0) }
        return Place(server: try server.map { (try Endpoint($0), try credentials.security(.client)) }, trained: trained)
    }

    private func denoising(_ place: Place, _ slice: Image) throws -> any SliceWork {
        if let server = place.server {
            let patience = Patience(first: patience)
            return try SliceDenoising.there(settings, slice: slice, comparingWith: place.trained, attempts: attempts) {
                try Connection.to(server.endpoint, security: server.security, patience: patience)
            }
        }
        guard let trained = place.trained else { throw ValidationError("--weights is missing.") }
        return try SliceDenoising.here(settings, trained: trained, slice: slice)
    }

    private var inputs: [String] {
        [input] + [weights, credentials.ca, credentials.certificate, credentials.key].compactMap { $0 }
    }

    private func denoiseSlice(_ network: Place) throws {
        let slice = try SliceInput(reading: input, dataset: dataset, index: index, isInsisting: insist)
        let output = try sliceOutput(output, of: slice)
        try OutputPath.require(output.path, output.kind, inputs: inputs, force: replacing.force)
        if beside { try SliceComparison.requireWritable(beside: output.path) }
        let denoising = try denoising(network, slice.image)
        let prediction = try denoising.prediction()
        try print("\(slice.image.height)x\(slice.image.width), " + words(prediction, slices: 1))
        warn(network, slice)
        guard !predict else { return }
        try denoise(denoising, slice, output)
    }

    /// Slice by slice; what an earlier, interrupted run of the same network and settings has made of the same slices is done.
    private func denoiseSeries(_ network: Place) throws {
        let series = try SeriesInput(folder: input, output: output, ending: ending)
        for line in series.skipped { Console.tell("left out: \(line)") }
        try series.requireOwnNames { beside ? SliceComparison.paths(beside: $0.output) : [] }
        func slice(_ item: SeriesInput.Item) throws -> SliceInput {
            try SliceInput(reading: item.input, dataset: dataset, index: index, isInsisting: insist)
        }
        var first: (any SliceWork)? = try denoising(network, slice(series.items[0]).image)
        let run = "\(first?.identity ?? "") window \(window)"
        if !predict { try series.makeFolder() }
        // Two commands for one folder would each do what the other has begun.
        let lock = predict ? nil : try FolderLock(folder: output)
        defer { withExtendedLifetime(lock) {} }
        var record = try SeriesRecord(folder: output)
        var left: [SeriesInput.Item] = []
        for item in series.items where try replacing.force || !record.isDone(item, run: run) {
            let output = try sliceOutput(item.output, of: slice(item))
            if FileManager.default.fileExists(atPath: self.output) {
                try OutputPath.require(item.output, output.kind, inputs: inputs + [item.input], force: replacing.force)
                if beside { try SliceComparison.requireWritable(beside: item.output) }
            }
            left.append(item)
        }
        // A connection that is not used any more takes another client's place.
        if left.first?.input != series.items[0].input { first = nil }
        try print("\(series.items.count) slices, \(series.items.count - left.count) of them done")
        for (number, item) in left.enumerated() {
            let slice = try slice(item)
            let denoising = try first ?? denoising(network, slice.image)
            first = nil
            if number == 0 {
                try print(words(try denoising.prediction(), slices: left.count))
                warn(network, slice)
            }
            guard !predict else { return }
            try record.begin(item, run: run)
            try denoise(denoising, slice, try sliceOutput(item.output, of: slice))
            try record.end(item)
            if !quiet { Console.tell("\(number + 1) of \(left.count) slices") }
        }
    }

    /// Of pixels that are far from those the network knows; of a series the first slice speaks for all.
    private func warn(_ place: Place, _ slice: SliceInput) {
        if let doubt = place.trained?.trainingImages?.doubt(spacing: slice.geometry?.spacing.column) {
            Console.tell("warning: \(doubt)")
        }
    }

    private func sliceOutput(_ path: String, of slice: SliceInput) throws -> SliceOutput {
        try SliceOutput(path, of: slice, window: levelAndWidth)
    }

    private func denoise(_ denoising: any SliceWork, _ slice: SliceInput, _ output: SliceOutput) throws {
        let outcome = try run(denoising, output)
        if beside, let gnuplot = Gnuplot() {
            for path in try SliceComparison(slice.image, outcome.image, window: levelAndWidth)
                .draw(beside: output.path, gnuplot: gnuplot)
            { try print(path) }
        }
        try print("\(output.path): \(words(outcome))")
        if outcome.clipped > 0 {
            try print(
                "\(outcome.clipped) pixels beyond the \(outcome.window) HU of the network were cut off at its ends")
        }
        let totals = outcome.totals
        if let activations = outcome.activations, totals.saturated > 0 {
            let share = 100 * Double(totals.saturated) / Double(activations)
            try print(
                """
                \(String(format: "%.3g", share)) % of all activations were cut off: the network was calibrated on other images \
                (ldct weights calibrate)
                """)
        }
        guard totals.mismatched == 0, totals.outOfRange == 0 else { throw ExitCode(1) }
    }

    /// Progress in rounds, or where they travel in bytes too.
    private func run(_ denoising: any SliceWork, _ output: SliceOutput) throws -> SliceDenoising.Outcome {
        let unit = server == nil ? "rounds" : "kB"
        func count(_ progress: SliceDenoising.Progress) -> Int {
            server == nil ? progress.rounds : progress.bytes / 1000
        }
        let progress = ProgressLine(
            "denoising", total: server == nil ? denoising.rounds : denoising.bytes / 1000, unit: unit, isQuiet: quiet)
        var done = 0
        let outcome = try denoising.run(output: output) {
            progress.advance(
                by: count($0) - done, note: server == nil ? "" : "round \($0.rounds) of \($0.allRounds)")
            done = count($0)
        }
        progress.finish()
        return outcome
    }

    private func words(_ outcome: SliceDenoising.Outcome) -> String {
        func seconds(_ value: Double) -> String { String(format: "%.1f s", value) }
        let (whole, totals) = (String(format: "in %.2f s", outcome.seconds), outcome.totals)
        let sides =
            server == nil
            ? "\(whole); client \(seconds(totals.clientSeconds)), server \(seconds(totals.serverSeconds))"
            : "\(whole); client \(seconds(totals.clientSeconds)), \(totals.bytesUp) bytes up, \(totals.bytesDown) down, "
                + "\(totals.messages) messages"
        guard outcome.activations != nil else {
            return "\(sides); not compared with the server's network (--verify), \(totals.outOfRange) out of range"
        }
        return """
            \(sides); \(totals.mismatched) values differ from the integer network, \(totals.outOfRange) out of range, \
            \(totals.saturated) activations beyond the calibration
            """
    }

    private var settings: ProtocolSettings {
        var settings = options.settings
        // Modes that cannot cut a slice into tiles take patches.
        settings.layout = batch || !settings.mode.layouts.contains(.tile) ? .batch : .tile
        settings.scheme = scheme
        return settings
    }

    private func words(_ prediction: SliceDenoising.Prediction, slices: Int) -> String {
        let costs = [
            prediction.seconds.map { "about \(ProgressLine.duration(Double(slices) * $0))" },
            prediction.peakBytes.map { "\(($0 + (1 << 20) - 1) >> 20) MiB" },
            "\(megabytes(slices * prediction.bytesUp)) up", "\(megabytes(slices * prediction.bytesDown)) down",
        ].compactMap { $0 }.joined(separator: ", ")
        let budget = prediction.budget.map { "\n\($0)" } ?? ""
        return "mode \(settings.mode.rawValue), layout \(settings.layout.rawValue), "
            + "\(count(prediction.runs, "run")), \(count(prediction.bands, "band")): \(costs)\(budget)"
    }

    private func megabytes(_ bytes: Int) -> String {
        String(format: bytes < 10_000_000 ? "%.2g MB" : "%.0f MB", Double(bytes) / 1e6)
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
