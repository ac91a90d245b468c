import Foundation
import HDF5
import Imaging
import Numerics
import TestSupport
import Testing

/// Data that cannot be what they say are told by what they look like.
@Suite struct PlausibilityTests {
    /// A disc of soft tissue with a bone in air, noise of `noise` HU, integers.
    static func images(noise: Double, seed: UInt64 = 1, count: Int = 4, side: Int = 48) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).flatMap { _ in
            (0..<side * side).map { index in
                let (x, y) = (Double(index % side) - 24, Double(index / side) - 24)
                let body = x * x + y * y < 400 ? (x * x + (y - 8) * (y - 8) < 16 ? 900.0 : 40) : -1000
                return Float((body + noise * generator.normal()).rounded())
            }
        }
    }

    static let look = images(noise: 10)

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let looks: String?
        let change: @Sendable (Float) -> Float

        init(_ name: String, _ looks: String?, _ change: @escaping @Sendable (Float) -> Float) {
            (testDescription, self.looks, self.change) = (name, looks, change)
        }
    }

    static let cases = [
        Case("HU", nil) { $0 },
        Case("clipped to a window", nil) { min(max($0, -160), 240) },
        Case("air at -2000", nil) { $0 < -500 ? -2000 : $0 },
        Case("0 to 1", "values normalised to 0...1") { ($0 + 1024) / 4096 },
        Case("-1 to 1", "values normalised to 0...1") { ($0 - 1024) / 2048 },
        Case("0 to 255", "grey values of 0...255") { (($0 + 1160) / 10).rounded() },
        Case("HU + 1024", "stored values without the rescale (HU + 1024)") { $0 + 1100 },
        Case("attenuation", "attenuation in 1/mm") { 0.0192 * max(0, 1 + $0 / 1000) },
        Case("another byte order", "another byte order, or another type") {
            Float(Int16(bitPattern: UInt16(bitPattern: Int16($0)).byteSwapped))
        },
        Case("nothing", "an empty image") { _ in 7 },
    ]

    @Test(arguments: cases) func valuesAreToldByWhatTheyLookLike(test: Case) throws {
        var evidence = ValueEvidence()
        evidence.add(Self.look.map(test.change))
        let text = evidence.suspicion?.text
        #expect((text == nil) == (test.looks == nil), "\(text ?? "")")
        if let looks = test.looks { #expect(text?.hasSuffix(" look like \(looks)") == true, "\(text ?? "")") }
    }

    @Test func halvesOfWiderNumbers() {
        var evidence = ValueEvidence()
        for value in Self.look {
            // The two 32-bit words of a double.
            let bits = Double(value).bitPattern
            evidence.add([Float(bitPattern: UInt32(truncatingIfNeeded: bits)), Float(bitPattern: UInt32(bits >> 32))])
        }
        #expect(evidence.suspicion?.text.hasSuffix("float64 read as float32") == true)
        evidence = ValueEvidence()
        for value in Self.look {
            let bits = UInt32(bitPattern: Int32(value))
            let words = [UInt16(truncatingIfNeeded: bits), UInt16(bits >> 16)]
            evidence.add(words.map { Float(Int16(bitPattern: $0)) })
        }
        #expect(evidence.suspicion?.text.hasSuffix("32-bit integers read as 16-bit ones") == true)
    }

    @Test func dosesThatAreNone() {
        let noisy = Self.images(noise: 30, seed: 2)
        func suspicion(_ low: [Float], _ normal: [Float]) -> String? {
            var evidence = DoseEvidence()
            evidence.add(low: low, normal: normal, width: 48)
            return evidence.suspicion?.text
        }
        #expect(suspicion(noisy, Self.look) == nil)
        #expect(suspicion(Self.look, Self.look) == "low_dose and normal_dose are the same images")
        #expect(suspicion(Self.look, noisy)?.contains("as if the two were exchanged") == true)
    }

    /// Patches with soft tissue on one side of an edge that no two of them share.
    @Test(arguments: ["same", "reversed", "shifted", "shuffled"]) func dosesInDifferentOrders(order: String) throws {
        var generator = SeededGenerator(seed: 11)
        let (count, side) = (60, 16)
        let normal = (0..<count).map { _ in
            let angle = Double.random(in: 0..<2 * .pi, using: &generator)
            let place = Double.random(in: -4...4, using: &generator)
            let pixels = (0..<side * side).map { index in
                let (x, y) = (Double(index % side) - 7.5, Double(index / side) - 7.5)
                let body = x * cos(angle) + y * sin(angle) > place ? 40.0 : -1000
                return Float((body + 10 * generator.normal()).rounded())
            }
            return Image(width: side, height: side, pixels: pixels)
        }
        let places =
            switch order {
            case "reversed": Array((0..<count).reversed())
            case "shifted": (0..<count).map { ($0 + 1) % count }
            case "shuffled": (0..<count).shuffled(using: &generator)
            default: Array(0..<count)
            }
        var set = PatchSet(width: side, height: side)
        for (index, place) in places.enumerated() {
            set.append(
                lowDose: normal[place].mapped { ($0 + Float(30 * generator.normal())).rounded() },
                normalDose: normal[index], slice: SliceName(patient: "a", slice: index),
                origin: PatchOrigin(row: 0, column: 0))
        }
        let none = PatchSet(width: side, height: side)
        let dataset = PatchDataset(
            record: .init(
                source: "test", pixelSpacing: [1, 1, 1], doseFraction: 0.25, generator: "test", parameters: "{}",
                splitRule: "none"),
            train: set, validation: none, test: none)
        let found = dataset.suspicions()
        if order == "same" {
            #expect(found == [])
        } else {
            #expect(found.map(\.matter) == [.doses])
            #expect(found[0].text.hasSuffix("as if the doses were in different orders"))
        }
    }

    /// A patch file in which each split has a patch of the named patients and slices.
    private func file(
        _ folder: String, _ slices: [Split: [SliceName]], rule: String = "mine", insist: String? = nil,
        change: (Split, inout [Float], inout [Float]) -> Void = { _, _, _ in }
    ) throws -> String {
        let path = "\(folder)/p.h5"
        try HDF5File.write(to: path) { file in
            try file.setAttribute("schema_version", to: 1)
            try file.setAttribute("source", to: "test")
            try file.setAttribute("pixel_spacing_mm", to: [1, 1, 1])
            try file.setAttribute("dose_fraction", to: 0.25)
            try file.setAttribute("split_rule", to: rule)
            if let insist { try file.setAttribute("insist", to: insist) }
            for (split, names) in slices {
                var low = Self.images(noise: 30, seed: 3, count: names.count)
                var normal = Self.images(noise: 10, seed: 4, count: names.count)
                change(split, &low, &normal)
                try file.write(low, shape: [names.count, 48, 48], to: "/\(split.rawValue)/low_dose")
                try file.write(normal, shape: [names.count, 48, 48], to: "/\(split.rawValue)/normal_dose")
                try file.write(names.map(\.patient), to: "/\(split.rawValue)/patient")
                try file.write(names.map(\.slice), shape: [names.count], to: "/\(split.rawValue)/slice")
                try file.write(
                    [Int32](repeating: 0, count: 2 * names.count), shape: [names.count, 2],
                    to: "/\(split.rawValue)/origin")
            }
        }
        return path
    }

    @Test func splitsThatShareSlicesOrPatients() throws {
        let apart: [Split: [SliceName]] = [
            .train: [SliceName(patient: "a", slice: 1)], .test: [SliceName(patient: "b", slice: 1)],
        ]
        let patient: [Split: [SliceName]] = [
            .train: [SliceName(patient: "a", slice: 1)], .test: [SliceName(patient: "a", slice: 9)],
        ]
        let slice: [Split: [SliceName]] = [
            .train: [SliceName(patient: "a", slice: 1)], .test: [SliceName(patient: "a", slice: 1)],
        ]
        try withTemporaryFolder { folder in
            #expect(try PatchDataset(reading: file(folder, apart)).suspicions() == [])
            #expect(
                try PatchDataset(reading: file(folder, patient, rule: "by slice range, as ours")).validation.count == 0)
            for (slices, insist, text) in [
                (patient, "splits", "patient 'a' is in train and test, whose neighbouring slices are alike"),
                (slice, "values splits", "slice 1 of patient 'a' is in train and test"),
            ] {
                let path = try file(folder, slices)
                let error = #expect(throws: ImagingError.self) { try PatchDataset(reading: path) }
                #expect(
                    error.map { "\($0)" }
                        == "\(path): \(text); expected every patient in one split (to insist: attribute insist = 'splits' of the file)"
                )
                #expect(try PatchDataset(reading: file(folder, slices, insist: insist)).test.count == 1)
            }
        }
    }

    /// What is wrong in one split is not lost among the others, and a patch that has no noise has no PSNR.
    @Test(arguments: [
        ("normalised", "test: values from ", "look like values normalised to 0...1"),
        ("exchanged", "test: low_dose is smoother", "as if the two were exchanged"),
        ("equal", "test: low_dose and normal_dose are the same images", "insist"),
        ("air", "patch 1 of test is the same in both doses", "so that it has no PSNR"),
        ("below", "patch 1 of test is the same in both doses", "insist"),
        ("above", "patch 1 of test is the same in both doses", "insist"),
    ])
    func oneSplitOfAnotherKindIsFound(kind: String, begins: String, contains: String) throws {
        let slices: [Split: [SliceName]] = [
            .train: (1...8).map { SliceName(patient: "a", slice: $0) },
            .test: (1...2).map { SliceName(patient: "b", slice: $0) },
        ]
        try withTemporaryFolder { folder in
            #expect(try PatchDataset(reading: file(folder, slices)).suspicions() == [])
            let path = try file(folder, slices) { split, low, normal in
                guard split == .test else { return }
                switch kind {
                case "normalised": (low, normal) = (low.map { ($0 + 1024) / 4095 }, normal.map { ($0 + 1024) / 4095 })
                case "exchanged": (low, normal) = (normal, low)
                case "equal": low = normal
                default:
                    let last = 48 * 48..<2 * 48 * 48
                    for index in last {
                        let part = Float(index % 7)
                        switch kind {
                        case "air": (low[index], normal[index]) = (-1024, -1024)
                        case "below": (low[index], normal[index]) = (-1030, -1024 - part)
                        default: (low[index], normal[index]) = (3071 + 3 * part, 3071 + part)
                        }
                    }
                }
            }
            let error = try #require(throws: ImagingError.self) { try PatchDataset(reading: path) }
            #expect("\(error)".hasPrefix("\(path): \(begins)") && "\(error)".contains(contains), "\(error)")
        }
    }

    /// Metadata are finite, positive, one line each; all that is missing is named at once.
    @Test func metadataMakeSense() throws {
        let apart: [Split: [SliceName]] = [.test: [SliceName(patient: "b", slice: 1)]]
        try withTemporaryFolder { folder in
            let path = try file(folder, apart, insist: "everything")
            #expect(throws: ImagingError.self) { try PatchDataset(reading: path) }
            func refusal(_ change: (borrowing HDF5Output) throws -> Void) throws -> String {
                try HDF5File.write(to: path, change)
                let error = #expect(throws: (any Error).self) { try PatchDataset(reading: path) }
                return error.map { "\($0)" } ?? ""
            }
            func record(
                _ file: borrowing HDF5Output, spacing: [Double] = [1, 1, 1], dose: Double = 0.25, source: String = "s"
            ) throws {
                try file.setAttribute("schema_version", to: 1)
                try file.setAttribute("source", to: source)
                try file.setAttribute("pixel_spacing_mm", to: spacing)
                try file.setAttribute("dose_fraction", to: dose)
                try file.write([Float](repeating: 0, count: 121), shape: [1, 11, 11], to: "/test/low_dose")
                try file.write([Float](repeating: 0, count: 121), shape: [1, 11, 11], to: "/test/normal_dose")
                try file.write(["p"], to: "/test/patient")
                try file.write([0], shape: [1], to: "/test/slice")
                try file.write([0, 0], shape: [1, 2], to: "/test/origin")
            }
            #expect(
                try refusal { try $0.write([1], shape: [1], to: "/test/slice") }
                    == "\(path): no attribute schema_version, attribute source, attribute pixel_spacing_mm, attribute dose_fraction, "
                    + "/test/low_dose, /test/normal_dose, /test/patient, /test/origin; "
                    + "expected a patch file (its parts: README, 'Bring your own')")
            for spacing in [[1, 1], [1, 1, 0], [1, 1, -1], [1, 1, .nan], [1, 1, .infinity], []] {
                #expect(
                    try refusal { try record($0, spacing: spacing) }.contains(
                        "expected three numbers from 0.001 to 1000"))
            }
            for dose in [0, -1, .nan, 25] as [Double] {
                #expect(try refusal { try record($0, dose: dose) }.contains("expected above 0 and at most 1"))
            }
            #expect(try refusal { try record($0, source: "two\nlines") }.contains("expected one line of text"))
            #expect(
                try refusal { file in
                    try record(file)
                    try file.write([1], shape: [1], to: "/val/slice")
                }.contains("/val is no split; expected the name /validation"))
        }
    }
}
