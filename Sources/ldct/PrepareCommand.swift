import ArgumentParser
import Experiments
import Foundation
import Imaging
import Preparation
import Support

struct PrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Make a patch file: pairs of low-dose and normal-dose patches.",
        subcommands: [PrepareVolume.self, PrepareDICOM.self, PreparePhantom.self])
}

/// Which patches of a slice are taken.
enum Crops: String, CaseIterable, ExpressibleByArgument {
    case grid, reference
}

/// What all sources of slices have in common.
struct PrepareOptions: ParsableArguments {
    @Option(help: "The patch file to write.")
    var output: String

    @Option(help: "Photons per detector bin without an object.")
    var photons = 2e4

    @Option(help: "Photons that count as a normal dose, for the nominal dose fraction.")
    var normalPhotons = 1e5

    @Option(help: "Standard deviation of the electronic noise, in counts.")
    var electronicNoise = 3.0

    @Option(help: "Views over 180 degrees.")
    var views = 360

    @Option(help: "Seed of all randomness.")
    var seed: UInt64 = 1

    @Option(help: "Pixels per side of a patch.")
    var patchSize = 64

    @Option(
        help:
            "Which patches: a grid over the body (grid), or random crops as the reference's code takes them, 38 % of them over the edge of a 256x256 slice (reference)."
    )
    var crops = Crops.grid

    @Option(help: "Of a grid: pixels from one patch to the next.")
    var stride = 64

    @Option(help: "Of a grid: least share of body, above -500 HU, in a patch; others are left out.")
    var leastBody = 0.5

    @Option(help: "Of the reference's crops: how many of every slice.")
    var cropsPerSlice = 1

    @Option(help: "The part of the body, for the file and for weights trained on it: head.")
    var bodyRegion: String?

    @Flag(
        help:
            "Take the values for HU, and the doses for what they are called, whatever they look like; the file says so."
    )
    var insist = false

    @Flag(help: "Show no progress.")
    var quiet = false

    @OptionGroup var replacing: ForceOptions

    /// - Parameters:
    ///   - inputs: Files that are read.
    ///   - texts: What the file will hold word for word, with its name.
    func preparation(inputs: [String] = [], texts: [(name: String, text: String?)] = []) throws -> Preparation {
        try OutputPath.require(output, .patches, inputs: inputs, force: replacing.force)
        var preparation = try Preparation(
            simulation: DoseSimulation(
                photons: photons, electronicNoise: electronicNoise, views: views, seed: seed),
            extraction: extraction(),
            normalDosePhotons: normalPhotons)
        if insist { preparation.insistence = [.values, .doses] }
        for (name, text) in texts + [("body region", bodyRegion)]
        where text?.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) == true {
            throw PrepareError.parameter(name: name, found: "of several lines", expected: "one line of text")
        }
        preparation.bodyRegion = bodyRegion
        return preparation
    }

    private func extraction() throws -> PatchExtraction {
        switch crops {
        case .grid:
            try GivenOptions.refuse("--crops-per-slice", because: "goes with --crops reference")
            return try PatchExtraction(size: patchSize, stride: stride, leastBody: leastBody)
        case .reference:
            try GivenOptions.refuse("--stride", "--least-body", because: "is of a grid, not of --crops reference")
            return try PatchExtraction(size: patchSize, drawing: cropsPerSlice, seed: seed)
        }
    }

    func write(_ dataset: PatchDataset) throws {
        try dataset.write(to: output)
        let short = Split.allCases.reduce(0) { $0 + dataset[$1].shortCount }
        let counts =
            Split.allCases.map { "\($0.rawValue) \(dataset[$0].count)" }.joined(separator: ", ")
            + (short > 0 ? "; \(short) of them over the edge" : "")
        try print(
            """
            \(output)
              source   \(dataset.record.source)
              patches  \(counts)
              split    \(dataset.record.splitRule)
              noise    \(String(format: "%.1f", dataset.measuredNoise)) HU in the body
              sha256   \(try PatchDataset.checksum(of: output))
            """)
    }
}

struct PrepareVolume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "From a raw volume of HU: little endian, columns fastest, then rows, then slices.",
        discussion: """
            Example:
              ldct prepare volume scan.raw --shape 108,256,256 --dtype int16 --spacing 1.5,0.957,0.957 --output Data/scan.h5
            """)

    @Argument(help: "The raw file.")
    var file: String

    @Option(help: "Slices, rows, columns: Z,Y,X.")
    var shape: NumberList<Int>

    @Option(help: "How a value is stored: \(RawVolume.ScalarType.allCases.map(\.rawValue).joined(separator: ", ")).")
    var dtype: RawVolume.ScalarType

    @Option(help: "mm between slices, rows, columns: dz,dy,dx.")
    var spacing: NumberList<Double>

    @Option(help: "Where the volume comes from, with its licence; kept in the file and in every record.")
    var source: String?

    @Option(help: "A name for the patient.")
    var patient = "1"

    @OptionGroup var options: PrepareOptions

    func run() async throws {
        let source = source ?? URL(fileURLWithPath: file).lastPathComponent
        let preparation = try options.preparation(inputs: [file], texts: [("source", source), ("patient", patient)])
        let volume = try RawVolume(
            reading: file, shape: shape.values, type: dtype, spacing: spacing.values, isInsisting: options.insist)
        try options.write(
            await preparation.dataset(of: volume, patient: patient, source: source, isQuiet: options.quiet))
    }
}

struct PrepareDICOM: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dicom",
        abstract: "From a folder of DICOM slices, of both doses or of a normal dose alone.",
        discussion: """
            Both doses: folders <patient>/full_<kind> and <patient>/quarter_<kind> (mayo-2016), or series called full dose and \
            low dose (archive-2020). Otherwise (plain) the low dose is simulated. Stopped, the same command goes on from \
            <output>.parts. No name, number or date of a patient gets into the patch file.

            Example:
              ldct prepare dicom Data/mayo --output Data/mayo.h5 --kind 3mm --halve --split split.yaml
            """)

    @Argument(help: "The folder.")
    var folder: String

    @Option(
        help: "How doses and patients lie in folders: \(DICOMLayout.allCases.map(\.rawValue).joined(separator: ", ")).")
    var layout: DICOMLayout?

    @Option(help: "What follows full_ and quarter_ in mayo-2016, where there are several: 3mm.")
    var kind: String?

    @Option(help: "A YAML file with lists train, validation and test of patients, by their folder's name or their ID.")
    var split: String?

    @Flag(help: "Take half the resolution, 256x256 of 512x512: the mean of every two by two pixels.")
    var halve = false

    @Flag(help: "Leave out what is wrong with the data, list it, and go on.")
    var skipBad = false

    @Option(help: "Photons of the low dose as a share of the normal one, where both were scanned.")
    var doseFraction = 0.25

    @Option(help: "Where the slices come from, with their licence; kept in the file and in every record.")
    var source: String?

    @Option(help: "File of the secret text that makes the patients' labels; without it they differ from run to run.")
    var saltFile: String?

    @OptionGroup var options: PrepareOptions

    func validate() throws {
        guard doseFraction > 0, doseFraction <= 1 else {
            throw ValidationError("--dose-fraction is \(doseFraction); expected above 0 and at most 1.")
        }
    }

    func run() async throws {
        var preparation = DICOMPreparation(
            try options.preparation(inputs: [split, saltFile].compactMap { $0 }, texts: [("source", source)]))
        preparation.layout = layout
        preparation.kind = kind
        preparation.isHalved = halve
        preparation.skipsBad = skipBad
        preparation.split = try split.map { try PatientSplit(reading: $0) }
        preparation.doseFraction = doseFraction
        preparation.whenLaidOut = { try Self.requireUse(in: $0) }
        preparation.source = source
        preparation.salt = try saltFile.map { try Self.salt(in: $0) }
        let signals = Interruption.handle("run the same command again to go on")
        defer { for signal in signals { signal.cancel() } }
        let outcome = try await preparation.write(from: folder, to: options.output, isQuiet: options.quiet)
        let counts = Split.allCases.map { "\($0.rawValue) \(outcome.counts[$0] ?? 0)" }.joined(separator: ", ")
        try print(
            """
            \(options.output)
              layout   \(outcome.layout.rawValue)
              patches  \(counts)
              split    \(outcome.splitRule)
              noise    \(String(format: "%.1f", outcome.measuredNoise)) HU in the body
              sha256   \(try PatchDataset.checksum(of: options.output))
            """)
        for line in outcome.account { try print("  files    \(line)") }
        for line in outcome.skipped { try print("  skipped  \(line)") }
    }
}

extension PrepareDICOM {
    /// - Throws: `ValidationError` naming an option that slices in this layout have no use for.
    private static func requireUse(in layout: DICOMLayout) throws {
        let here = "layout \(layout.rawValue)"
        if layout == .plain {
            try GivenOptions.refuse("--dose-fraction", because: "is of two scanned doses; \(here) has one")
        } else {
            try GivenOptions.refuse(
                "--photons", "--normal-photons", "--electronic-noise", "--views",
                because: "is of a simulated dose; in \(here) both were scanned")
        }
        if layout != .mayo2016 {
            try GivenOptions.refuse("--kind", because: "is of layout \(DICOMLayout.mayo2016.rawValue); this is \(here)")
        }
    }

    /// A file's text without white space around it.
    private static func salt(in path: String) throws -> String {
        let data = try InputFile.contents(path, expected: "a file with a secret text", limit: 1 << 16)
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else {
            throw FileError.unreadable(file: path, reason: "is empty", expected: "a secret text")
        }
        InputFile.tellIfOthersCanRead(path)
        return text
    }
}

extension DICOMLayout: ExpressibleByArgument {}

struct PreparePhantom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phantom", abstract: "From built-in synthetic heads.",
        discussion: """
            Example:
              ldct prepare phantom --patients 3 --slices-per-patient 8 --output Data/phantom.h5
            """)

    @Option(help: "Synthetic patients.")
    var patients = 4

    @Option(help: "Slices of each.")
    var slicesPerPatient = 6

    @Option(help: "Pixels per side of a slice.")
    var size = 256

    @OptionGroup var options: PrepareOptions

    func run() async throws {
        let preparation = try options.preparation()
        try options.write(
            await preparation.dataset(
                ofPhantoms: patients, slicesPerPatient: slicesPerPatient, size: size, isQuiet: options.quiet))
    }
}

extension RawVolume.ScalarType: ExpressibleByArgument {}

/// Numbers with commas between them.
struct NumberList<Number: LosslessStringConvertible & Sendable>: ExpressibleByArgument, Sendable {
    let values: [Number]

    /// As it is typed, for defaults in the help.
    var defaultValueDescription: String { values.map(\.description).joined(separator: ",") }

    init(_ values: [Number]) { self.values = values }

    init?(argument: String) {
        let values = argument.split(separator: ",", omittingEmptySubsequences: false).map { Number(String($0)) }
        guard values.allSatisfy({ $0 != nil }) else { return nil }
        self.values = values.compactMap { $0 }
    }
}
