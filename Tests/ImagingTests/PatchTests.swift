import Foundation
import HDF5
import Imaging
import TestSupport
import Testing

@Suite struct PatchExtractionTests {
    @Test func gridStaysInsideAndNeedsBody() throws {
        // Left half body.
        var image = Image(width: 100, height: 70, filledWith: -1000)
        for row in 0..<70 { for column in 0..<50 { image[row, column] = 0 } }
        let origins = try PatchExtraction(size: 20, stride: 20).origins(in: image)
        // Columns 0, 20 are body; 40 is half body, which counts; rows 0, 20, 40 fit, 60 does not.
        let expected = [0, 20, 40].flatMap { row in [0, 20, 40].map { PatchOrigin(row: row, column: $0) } }
        #expect(origins == expected)
        image[0, 40] = -500  // the threshold itself is not body
        #expect(try !PatchExtraction(size: 20, stride: 20).origins(in: image).contains(PatchOrigin(row: 0, column: 40)))
    }

    @Test func imageSmallerThanAPatchHasNone() throws {
        #expect(try PatchExtraction(size: 64).origins(in: Image(width: 63, height: 200, filledWith: 0)) == [])
    }

    @Test(arguments: [(10, 64), (64, 0), (5000, 64)]) func nonsenseIsRefused(size: Int, stride: Int) {
        #expect(throws: ImagingError.self) { try PatchExtraction(size: size, stride: stride) }
    }
}

@Suite struct PatchSplitTests {
    static func slices(patients: Int, each: Int) -> [SliceName] {
        (0..<patients).flatMap { patient in (0..<each).map { SliceName(patient: "p\(patient)", slice: $0) } }
    }

    @Test(arguments: 3...12) func patientsAreNeverShared(patients: Int) throws {
        let slices = Self.slices(patients: patients, each: 4)
        let split = try PatchSplit(slices)
        var splits: [String: Set<Split>] = [:]
        for slice in slices { splits[slice.patient, default: []].insert(try #require(split(slice))) }
        #expect(splits.values.allSatisfy { $0.count == 1 })
        #expect(Set(splits.values.joined()) == Set(Split.allCases))
        #expect(split.rule.hasPrefix("by patient"))
    }

    @Test(arguments: [9, 10, 13, 50, 108], [1, 2]) func rangesKeepAGap(each: Int, patients: Int) throws {
        let slices = Self.slices(patients: patients, each: each)
        let split = try PatchSplit(slices)
        for patient in 0..<patients {
            let own = slices.filter { $0.patient == "p\(patient)" }
            let numbers = Split.allCases.map { part in own.filter { split($0) == part }.map(\.slice) }
            for range in numbers {
                let (first, last) = (try #require(range.first), try #require(range.last))
                #expect(Array(first...last) == range)
            }
            #expect(numbers[1][0] - numbers[0][numbers[0].count - 1] == PatchSplit.gap + 1)
            #expect(numbers[2][0] - numbers[1][numbers[1].count - 1] == PatchSplit.gap + 1)
        }
        #expect(split.rule.contains("gap of 3 slices"))
    }

    @Test(arguments: [0, 1, 8]) func tooFewSlices(count: Int) {
        #expect(throws: ImagingError.self) { try PatchSplit(Self.slices(patients: 1, each: count)) }
    }
}

@Suite struct PatchDatasetTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func path(_ name: String) -> String { folder.file(name) }

    static func dataset(value: Float = 100) -> PatchDataset {
        func set(_ count: Int) -> PatchSet {
            var set = PatchSet(width: 12, height: 11)
            for index in 0..<count {
                let normal = Image(width: 12, height: 11, pixels: (0..<132).map { Float($0 - 60 + index) })
                let low = normal.mapped { $0 + value }
                set.append(
                    lowDose: low, normalDose: normal, slice: SliceName(patient: "p\(index)", slice: index),
                    origin: PatchOrigin(row: index, column: 64))
            }
            return set
        }
        return PatchDataset(
            record: .init(
                source: "test", pixelSpacing: [2, 1, 1], doseFraction: 0.2, generator: "test", parameters: "{}",
                splitRule: "none"),
            train: set(3), validation: set(0), test: set(10))
    }

    @Test func roundTripAndChecksum() throws {
        let dataset = Self.dataset()
        try dataset.write(to: path("a.h5"))
        try dataset.write(to: path("b.h5"))
        #expect(try PatchDataset(examining: path("a.h5")) == dataset)
        #expect(dataset.measuredNoise == 0)
        let checksum = try PatchDataset.checksum(of: path("a.h5"))
        #expect(try checksum == PatchDataset.checksum(of: path("b.h5")))
        #expect(checksum.count == 64)
    }

    /// FIPS 180-2, "abc".
    @Test func checksumKnownAnswer() throws {
        try Data("abc".utf8).write(to: URL(fileURLWithPath: path("abc")))
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(try PatchDataset.checksum(of: path("abc")) == expected)
    }

    @Test func readsWhatPythonWrites() throws {
        let dataset = try PatchDataset(examining: Vectors.path("patches.h5"))
        let counts = Split.allCases.map { dataset[$0].count }
        #expect(counts == [5, 1, 2])
        #expect(dataset.test.width == 28 && dataset.test.height == 24)
        #expect(dataset.test.slices == [SliceName(patient: "L000", slice: 7), SliceName(patient: "L001", slice: 8)])
        #expect(dataset.test.origins[1] == PatchOrigin(row: 2, column: 3))
        #expect(dataset.record.doseFraction == 0.25 && dataset.record.splitRule == "not stated")
        #expect((30...50).contains(dataset.measuredNoise))  // made with 40
    }

    /// The reference's crops on its 256 x 256: corners from 16 to 240 on either axis, so that (177 / 225)^2 = 61.9 % of them are whole.
    @Test func theReferencesCropsRunOverTheEdge() throws {
        let slice = Image(width: 256, height: 256, pixels: (0..<65536).map { Float($0 % 1999) })
        let extraction = try PatchExtraction(size: 64, drawing: 4000, seed: 7)
        let origins = extraction.origins(in: slice, stream: 3)
        #expect(origins.count == 4000 && origins == extraction.origins(in: slice, stream: 3))
        #expect(origins != extraction.origins(in: slice, stream: 4))
        // Missed by 4000 draws once in 5e7 runs, each.
        for place in [origins.map(\.row), origins.map(\.column)] { #expect(place.min() == 16 && place.max() == 240) }
        let extents = origins.map { extraction.extent(at: $0, in: slice) }
        let short = extents.count { $0 != PatchExtent(height: 64, width: 64) }
        // 38.1 %, deviation 0.77: 5.5 of them.
        #expect(abs(Double(short) / 4000 - 0.381) < 0.042)
        for (origin, extent) in zip(origins, extents).prefix(100) {
            #expect(extent == PatchExtent(height: min(64, 256 - origin.row), width: min(64, 256 - origin.column)))
            let patch = extraction.patch(of: slice, at: origin)
            #expect(
                extent.cut(patch)
                    == slice.cropped(row: origin.row, column: origin.column, width: extent.width, height: extent.height)
            )
            let outside = (0..<4096).filter { $0 / 64 >= extent.height || $0 % 64 >= extent.width }
            #expect(patch.width == 64 && outside.allSatisfy { patch.pixels[$0] == -1024 })
        }
        // A slice that has no corner 16 pixels from its edges has no crop.
        #expect(extraction.origins(in: Image(width: 31, height: 256, filledWith: 0)).isEmpty)
        #expect(throws: ImagingError.self) { try PatchExtraction(drawing: 0, seed: 1) }
    }

    /// Extents are kept by a file, which has none where all is image, and checked when it is read.
    @Test func extentsGoThroughAFile() throws {
        var set = PatchSet(width: 20, height: 20)
        for (row, extent) in [(0, nil), (1, PatchExtent(height: 11, width: 20))] {
            set.append(
                lowDose: Image(width: 20, height: 20, filledWith: 3),
                normalDose: Image(width: 20, height: 20, filledWith: 2),
                slice: SliceName(patient: "a", slice: row), origin: PatchOrigin(row: row, column: 0), extent: extent)
        }
        let empty = PatchSet(width: 20, height: 20)
        let record = PatchDataset.Record(
            source: "test", pixelSpacing: [1, 1, 1], doseFraction: 1, generator: "test", parameters: "{}",
            splitRule: "none")
        let dataset = PatchDataset(record: record, train: empty, validation: empty, test: set)
        try dataset.write(to: path("short.h5"))
        let read = try PatchDataset(examining: path("short.h5"))
        #expect(read == dataset && read.test.shortCount == 1 && read.test.extents[1].height == 11)
        #expect(try !HDF5File(reading: path("short.h5")).contains("/train/extent"))
        for (values, message) in [
            ([20, 20, 10, 20], "has 10 x 20; expected 11 x 11 to 20 x 20, the patches"),
            ([20, 21, 20, 20], "has 20 x 21; expected 11 x 11 to 20 x 20, the patches"),
            ([20, 20], "has shape [1, 2]; expected [2, 2]"),
        ] {
            try HDF5File.write(to: path("bad.h5")) { file in
                try file.setAttribute("schema_version", to: 1)
                try file.setAttribute("source", to: "test")
                try file.setAttribute("pixel_spacing_mm", to: [1, 1, 1])
                try file.setAttribute("dose_fraction", to: 0.25)
                for name in ["low_dose", "normal_dose"] {
                    try file.write([Float](repeating: 1, count: 800), shape: [2, 20, 20], to: "/test/\(name)")
                }
                try file.write(["a", "a"], to: "/test/patient")
                try file.write([Int32](repeating: 0, count: 2), shape: [2], to: "/test/slice")
                try file.write([Int32](repeating: 0, count: 4), shape: [2, 2], to: "/test/origin")
                try file.write(values.map { Int32($0) }, shape: [values.count / 2, 2], to: "/test/extent")
            }
            let error = #expect(throws: ImagingError.self) { try PatchDataset(examining: path("bad.h5")) }
            #expect("\(try #require(error))".hasSuffix("/test/extent \(message)"))
        }
    }

    @Test(arguments: [Float.nan, .infinity, 32768, -40000]) func illegalPixelsAreRefused(value: Float) throws {
        let target = path("bad.h5")
        // Rows of 12 pixels; the one of 0 HU before is at 60.
        let row = value == 32768 ? 5 : 0
        #expect(throws: ImagingError.pixel(place: "\(target): /train/low_dose: patch 0", row: row, column: 0)) {
            try Self.dataset(value: value).write(to: target)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func outOfWindowValuesAreLegal() throws {
        try Self.dataset(value: -20000).write(to: path("a.h5"))
        #expect(try PatchDataset(examining: path("a.h5")).train.lowDose[0] == -20060)
    }

    /// Files that a converter might write by mistake: what is changed, and the message without the path.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var lowDoseShape = [2, 12, 12]
        var normalDoseShape = [2, 12, 12]
        var testSide = 12
        var patients = 2
        var slices = [2]
        var origins = [2, 2]
        var version = 1
        var omitted = ""
        var isDouble = false
        var poison: Float = 0
        let message: String
    }

    static let mistakes = [
        Mistake(
            testDescription: "shapes differ", normalDoseShape: [3, 12, 12],
            message: "/train/normal_dose has shape [3, 12, 12]; expected [2, 12, 12] as /train/low_dose"),
        Mistake(
            testDescription: "no patch axis", lowDoseShape: [24, 12], normalDoseShape: [24, 12],
            message: "/train/low_dose has shape [24, 12]; expected [patches, height, width], at least 11 x 11"),
        Mistake(
            testDescription: "splits differ", testSide: 13,
            message: "/test/low_dose has patches of 13 x 13; expected 12 x 12 as in /train/low_dose"),
        Mistake(testDescription: "patients", patients: 1, message: "/train/patient has shape [1]; expected [2]"),
        Mistake(testDescription: "slices", slices: [3], message: "/train/slice has shape [3]; expected [2]"),
        Mistake(testDescription: "origins", origins: [4], message: "/train/origin has shape [4]; expected [2, 2]"),
        Mistake(testDescription: "version", version: 2, message: "schema_version is 2; expected 1"),
        Mistake(
            testDescription: "missing dataset", omitted: "/train/normal_dose",
            message: "no /train/normal_dose; expected a patch file (its parts: README, 'Bring your own')"),
        Mistake(
            testDescription: "nothing but zeros, as float64", isDouble: true,
            message:
                "values from 0 to 0 look like an empty image; expected Hounsfield units, air about -1000 and water 0 "
                + "(to insist: attribute insist = 'values' of the file)"),
        Mistake(
            testDescription: "NaN", poison: .nan,
            message:
                "/train/low_dose: patch 0: row 0, column 5 is NaN, infinite or beyond 32767 HU; expected finite HU in [-32767, 32767]"
        ),
        Mistake(
            testDescription: "infinity", poison: -.infinity,
            message:
                "/train/low_dose: patch 0: row 0, column 5 is NaN, infinite or beyond 32767 HU; expected finite HU in [-32767, 32767]"
        ),
    ]

    @Test(arguments: mistakes) func isRefused(mistake: Mistake) throws {
        let target = path("mistake.h5")
        try HDF5File.write(to: target) { file in
            try file.setAttribute("schema_version", to: mistake.version)
            try file.setAttribute("source", to: "test")
            try file.setAttribute("pixel_spacing_mm", to: [1, 1, 1])
            try file.setAttribute("dose_fraction", to: 0.25)
            for split in ["train", "validation", "test"] {
                let isTrain = split == "train"
                let side = split == "test" ? mistake.testSide : 12
                let shapes =
                    isTrain
                    ? [mistake.lowDoseShape, mistake.normalDoseShape] : [[2, side, side], [2, side, side]]
                for (name, shape) in zip(["low_dose", "normal_dose"], shapes)
                where mistake.omitted != "/\(split)/\(name)" {
                    var values = [Float](repeating: 0, count: shape.reduce(1, *))
                    if isTrain && name == "low_dose" { values[5] = mistake.poison }
                    if mistake.isDouble {
                        try file.write(values.map(Double.init), shape: shape, to: "/\(split)/\(name)")
                    } else {
                        try file.write(values, shape: shape, to: "/\(split)/\(name)")
                    }
                }
                let patients = [String](repeating: "p", count: isTrain ? mistake.patients : 2)
                try file.write(patients, to: "/\(split)/patient")
                for (name, shape) in [
                    ("slice", isTrain ? mistake.slices : [2]), ("origin", isTrain ? mistake.origins : [2, 2]),
                ] {
                    let values = [Int32](repeating: 0, count: shape.reduce(1, *))
                    try file.write(values, shape: shape, to: "/\(split)/\(name)")
                }
            }
        }
        let error = #expect(throws: (any Error).self) { try PatchDataset(reading: target) }
        let text = "\(try #require(error))"
        #expect(text == "\(target): \(mistake.message)")
    }
}
