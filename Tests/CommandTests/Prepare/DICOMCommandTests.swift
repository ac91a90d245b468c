import Foundation
import Imaging
import Testing

/// `ldct prepare dicom` from the folder to the patch file.
@Suite struct DICOMCommandTests {
    static let command = "prepare dicom mayo --output p.h5 --patch-size 16 --stride 16 --quiet --force"

    private func image(_ path: String) throws -> Image { try DICOMSlice(DICOMHeader(reading: path)).image() }

    @Test func pairsOfTheTreeOf2016() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            // Neither an index nor a note is a slice.
            try program.write("not a slice", to: "mayo/L067/README.txt")
            let output = try program.succeed(Self.command + " --salt-file .s")
            #expect(output.contains("layout   mayo-2016") && output.contains("train 8, validation 8, test 8"))
            #expect(program.files.filter { !$0.hasPrefix("mayo") } == ["p.h5"])
            let dataset = try PatchDataset(reading: program.path("p.h5"))
            #expect(dataset.record.pixelSpacing == [3, 0.75, 0.75] && dataset.record.doseFraction == 0.25)
            // Patients in order of their folders: the first trains.
            for (index, slice) in dataset.train.slices.enumerated() {
                let (low, normal) = try (
                    image(program.path(DICOMInputs.mayo("L067", "quarter", slice.slice + 1))),
                    image(program.path(DICOMInputs.mayo("L067", "full", slice.slice + 1)))
                )
                let origin = dataset.train.origins[index]
                func crop(_ image: Image) -> Image {
                    image.cropped(row: origin.row, column: origin.column, width: 16, height: 16)
                }
                #expect(dataset.train.lowDose(index) == crop(low) && dataset.train.normalDose(index) == crop(normal))
            }
            #expect(abs(dataset.measuredNoise - (30.0 * 30 + 10 * 10).squareRoot()) < 2)
        }
    }

    /// Every identifying value of the input, and every name of a file or folder, in the bytes of the output.
    @Test(arguments: ["", " --split split.yaml"]) func nothingIdentifyingGetsIntoTheFile(split: String) throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try program.write("train: [L067]\nvalidation: [L143]\ntest: [L096]\n", to: "split.yaml")
            try program.succeed(Self.command + split)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: program.path("p.h5")))
            var values: [String] = try DICOMInputs.json("identifying.json")
            #expect(values.count > 30 && values.contains("L067"))
            values += program.files.filter { $0.hasPrefix("mayo") }.flatMap {
                [$0, String($0.split(separator: "/").last ?? "")]
            }
            for value in values { #expect(bytes.range(of: Data(value.utf8)) == nil, "\(value)") }
            #expect(bytes.range(of: Data("patient-".utf8)) != nil, "strings are stored as they are")
        }
    }

    @Test func labelsDependOnTheSaltAlone() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            func patients(_ options: String) throws -> Set<String> {
                try program.succeed(Self.command + options)
                let set = try PatchDataset(reading: program.path("p.h5"))
                return Set(Split.allCases.flatMap { set[$0].slices.map(\.patient) })
            }
            let first = try patients(" --salt-file .one")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: program.path("p.h5")))
            #expect(first.count == 3)
            #expect(try patients(" --salt-file .one") == first)
            #expect(try Data(contentsOf: URL(fileURLWithPath: program.path("p.h5"))) == bytes)
            #expect(try patients(" --salt-file .two").isDisjoint(with: first))
            #expect(try patients("").isDisjoint(with: patients("")), "drawn anew")
        }
    }

    @Test func splitsAreThoseOfTheFile() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try program.write("train: [L143]\nvalidation: [L067]\ntest: [L096]\n", to: "split.yaml")
            try program.succeed(Self.command + " --salt-file .s --split split.yaml")
            let given = try PatchDataset(reading: program.path("p.h5"))
            try program.succeed(Self.command + " --salt-file .s")
            let default_ = try PatchDataset(reading: program.path("p.h5"))
            #expect(given.validation.slices == default_.train.slices)
            #expect(given.record.splitRule.hasPrefix("by patient, as assigned: train patient-"))
            for (text, message) in [
                (
                    "train: [L143]\nvalidation: [L143]\ntest: [L096]\n",
                    "split.yaml:2: 'validation' is refused: names 'L143' again; expected every patient in one split"
                ),
                (
                    "train: [L143]\nvalidation: [L999]\ntest: [L096]\n",
                    "patient 'L999' of split.yaml is not among the slices; expected patients that are there"
                ),
                ("train: [L143]\nvalidation: [L067]\n", "split.yaml:1: missing key 'test'"),
            ] {
                try program.write(text, to: "split.yaml")
                let result = try program.run(Self.command + " --split split.yaml")
                #expect(result.status == 2 && result.errors.hasPrefix("ldct: \(message)"), "\(result.errors)")
            }
        }
    }

    @Test func seriesOfTheArchiveOf2020() throws {
        try Program.withFolder { program in
            try program.arrange("archive/C/1", ["full", "quarter"]) { $0 == "full" ? nil : "Low Dose Img" }
            // Projections are of both doses' names, and no images.
            let projection = program.path("archive/C/1/projection.dcm")
            try FileManager.default.copyItem(atPath: program.path("archive/C/1/L067-quarter-1.dcm"), toPath: projection)
            try DICOMInputs.set(0x0008, 0x103e, to: "projection", in: projection, padded: 12)
            let output = try program.succeed(
                Self.command.replacing("dicom mayo", with: "dicom archive") + " --salt-file .s")
            #expect(output.contains("layout   archive-2020"))
            let archive = try PatchDataset(reading: program.path("p.h5"))
            try program.copyMayo()
            try program.succeed(Self.command + " --salt-file .s")
            let tree = try PatchDataset(reading: program.path("p.h5"))
            #expect(archive.train == tree.train && archive.test == tree.test, "patients have the same names in both")
        }
    }

    @Test func lowDoseOfAPlainFolderIsSimulated() throws {
        try Program.withFolder { program in
            try program.arrange("plain", ["full"]) { _ in nil }
            let command = Self.command.replacing("dicom mayo", with: "dicom plain") + " --views 30 --salt-file .s"
            #expect(try program.succeed(command).contains("layout   plain"))
            let whole = try PatchDataset(reading: program.path("p.h5"))
            let normal = try image(program.path("plain/L067-full-1.dcm"))
            #expect(whole.train.normalDose(0) == normal.cropped(row: 0, column: 0, width: 16, height: 16))
            #expect(whole.train.lowDose(0) != whole.train.normalDose(0) && whole.measuredNoise > 1)
            #expect(whole.record.doseFraction == 0.2)
            // Half the resolution, twice the spacing.
            try program.succeed(command + " --halve")
            let half = try PatchDataset(reading: program.path("p.h5"))
            #expect(half.train.count == 2 && half.record.pixelSpacing == [3, 1.5, 1.5])
            #expect(half.train.normalDose(0).pixels == normal.halved().pixels.map { $0.rounded() })
        }
    }

    /// A single slice of a patient has no neighbour: its thickness says how far slices are apart, if it says what can be.
    @Test(arguments: [("3.0 ", 3.0), ("0   ", 1), ("-1  ", 1), ("9999", 1)])
    func spacingOfSingleSlices(thickness: String, spacing: Double) throws {
        try Program.withFolder { program in
            try program.arrange("plain", ["full"]) { _ in nil }
            for patient in DICOMInputs.patients {
                try FileManager.default.removeItem(atPath: program.path("plain/\(patient)-full-2.dcm"))
                try DICOMInputs.set(0x0018, 0x0050, to: thickness, in: program.path("plain/\(patient)-full-1.dcm"))
            }
            let command = Self.command.replacing("dicom mayo", with: "dicom plain")
            try program.succeed(command + " --views 30 --salt-file .s")
            #expect(try PatchDataset(examining: program.path("p.h5")).record.pixelSpacing[0] == spacing)
        }
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let message: String
        let spoil: @Sendable (Program) throws -> Void

        init(_ name: String, _ message: String, _ spoil: @escaping @Sendable (Program) throws -> Void) {
            testDescription = name
            self.message = message
            self.spoil = spoil
        }
    }

    static let (full, quarter) = (DICOMInputs.mayo("L067", "full", 2), DICOMInputs.mayo("L067", "quarter", 2))

    static let mistakes = [
        Mistake("truncated", "\(full): truncated or damaged pixels; expected a whole file") { program in
            let url = URL(fileURLWithPath: program.path(full))
            try Data(contentsOf: url).dropLast(300).write(to: url)
        },
        Mistake("no DICOM", "\(full): no DICOM file, or damaged before its pixels; expected a CT slice") {
            try $0.write("nothing", to: full)
        },
        Mistake(
            "colour", "\(full): photometric interpretation is RGB with 3 samples a pixel; expected MONOCHROME2 with one"
        ) { program in
            try DICOMInputs.set(0x0028, 0x0002, to: Data([3, 0]), in: program.path(full))
            try DICOMInputs.set(0x0028, 0x0004, to: "RGB         ", in: program.path(full))
        },
        Mistake("MR", "\(full): modality is MR; expected CT") {
            try DICOMInputs.set(0x0008, 0x0060, to: "MR", in: $0.path(full))
        },
        Mistake("rescaling", "\(full): RescaleType is OD; expected HU") {
            try DICOMInputs.set(0x0028, 0x1054, to: "OD", in: $0.path(full))
        },
        Mistake("missing", "\(full): no low-dose slice at its position; expected every slice in both doses") {
            try FileManager.default.removeItem(atPath: $0.path(quarter))
        },
        Mistake("size", "\(quarter): size is 16x32; expected 32x32 as in \(DICOMInputs.mayo("L067", "quarter", 1))") {
            try DICOMInputs.set(0x0028, 0x0010, to: Data([16, 0]), in: $0.path(quarter))
        },
        Mistake("duplicate", "\(full)2.IMA: at the position of \(full); expected one slice at a position") {
            try FileManager.default.copyItem(atPath: $0.path(full), toPath: $0.path(full + "2.IMA"))
        },
        Mistake(
            "position",
            "\(full): ImagePositionPatient is '-12.0\\-11.5\\none'; "
                + "expected decimal numbers as DICOM writes them (digits and a point)"
        ) {
            try DICOMInputs.set(0x0020, 0x0032, to: "-12.0\\-11.5\\none ", in: $0.path(full), padded: 18)
        },
        Mistake("series", "\(full): series is another; expected the same as in \(DICOMInputs.mayo("L067", "full", 1))")
        {
            let uid = "1.2.826.0.1.3680043.8.498.20190314.9067.8"
            try DICOMInputs.set(0x0020, 0x000e, to: uid, in: $0.path(full), padded: 42)
        },
    ]

    /// One line with the file's name, and nothing left; with --skip-bad the rest is prepared and the file listed.
    @Test(arguments: mistakes) func badFilesAreNamed(mistake: Mistake) throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try mistake.spoil(program)
            let before = program.files
            let result = try program.run(Self.command)
            #expect(result.status == 2 && result.output == "")
            #expect(result.errors == "ldct: \(mistake.message)\n")
            #expect(program.files == before, "nothing half-written")
            let output = try program.succeed(Self.command + " --skip-bad")
            #expect(output.contains("  skipped  \(mistake.message)\n"), "\(output)")
            let dataset = try PatchDataset(reading: program.path("p.h5"))
            #expect(dataset.validation.count == 8 && dataset.test.count == 8)
        }
    }

    @Test(arguments: [
        ("nowhere", "nowhere: no such folder; expected a folder of DICOM files"),
        ("empty", "empty: no DICOM file; expected some, or folders of them"),
        ("mayo --kind 1mm", "mayo: no folders full_1mm and quarter_1mm; expected one of the kinds 3mm"),
        ("mayo --layout atlas", "The value 'atlas' is invalid for '--layout <layout>'"),
        ("mayo --views 60", "--views is of a simulated dose; in layout mayo-2016 both were scanned"),
        ("mayo --dose-fraction 2", "--dose-fraction is 2.0; expected above 0 and at most 1."),
    ])
    func badFoldersAreNamed(arguments: String, message: String) throws {
        try Program.withFolder { program in
            try program.copyMayo()
            try FileManager.default.createDirectory(atPath: program.path("empty"), withIntermediateDirectories: true)
            let before = program.files
            let result = try program.run("prepare dicom \(arguments) --output p.h5")
            #expect(result.status == 2 && result.errors.hasPrefix("ldct: \(message)"), "\(result.errors)")
            #expect(result.errors.count { $0 == "\n" } == 1 && program.files == before)
        }
    }

    @Test func severalKindsNeedAChoice() throws {
        try Program.withFolder { program in
            try program.copyMayo()
            for dose in ["full", "quarter"] {
                try FileManager.default.copyItem(
                    atPath: program.path("mayo/L067/\(dose)_3mm"), toPath: program.path("mayo/L067/\(dose)_1mm"))
            }
            let result = try program.run(Self.command)
            #expect(
                result.errors == "ldct: mayo: slices of several kinds (1mm, 3mm); expected --kind with one of them\n")
            #expect(try program.succeed(Self.command + " --kind 3mm").contains("train 8, validation 8, test 8"))
        }
    }

    /// Killed once a slice is done, then run again: the same bytes, and only what was missing is made.
    @Test func killedPreparationGoesOn() throws {
        try Program.withFolder { program in
            try program.arrange("plain", ["full"]) { _ in nil }
            let command = Self.command.replacing("dicom mayo", with: "dicom plain") + " --views 30000 --salt-file .s"
            try program.succeed(command)
            let whole = try Data(contentsOf: URL(fileURLWithPath: program.path("p.h5")))
            try FileManager.default.removeItem(atPath: program.path("p.h5"))
            let process = try program.start(command)
            while process.isRunning, !program.files.contains(where: { $0.hasSuffix(".part") }) {
                Thread.sleep(forTimeInterval: 0.002)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let parts = program.files.filter { $0.hasSuffix(".part") }
            try #require(!parts.isEmpty && parts.count < 6 && !program.files.contains("p.h5"), "\(parts)")
            let other = try program.run(command.replacing("30000", with: "30001"))
            #expect(
                other.errors
                    == "ldct: p.h5.parts: belongs to another run; expected this one's, with the same input and options (delete it to start anew)\n"
            )
            // A damaged one ends the attempt, and all parts with it.
            try FileManager.default.copyItem(atPath: program.path("p.h5.parts"), toPath: program.path("kept"))
            try Data([1]).write(to: program.folder.appending(path: parts[0]))
            let damaged = try program.run(command)
            #expect(
                damaged.status == 2
                    && damaged.errors
                        == "ldct: \(parts[0]): changed since an interrupted run wrote it; expected it whole (its folder is gone now: run this again)\n"
            )
            #expect(!FileManager.default.fileExists(atPath: program.path("p.h5.parts")))
            try FileManager.default.moveItem(atPath: program.path("kept"), toPath: program.path("p.h5.parts"))
            // A finished part is taken as it is: one from which the patches are gone stays empty.
            try program.succeed(command)
            #expect(try Data(contentsOf: URL(fileURLWithPath: program.path("p.h5"))) == whole)
            #expect(!program.files.contains { $0.hasPrefix("p.h5.parts") })
        }
    }
}

extension DICOMInputs {
    /// The same with blanks at the end, as many as the element's length wants.
    static func set(_ group: UInt16, _ element: UInt16, to value: String, in path: String, padded length: Int) throws {
        try set(group, element, to: value.padding(toLength: length, withPad: " ", startingAt: 0), in: path)
    }
}
