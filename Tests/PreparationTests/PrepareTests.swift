import Foundation
import Imaging
import Preparation
import Support
import Testing
import TestSupport

@Suite struct PrepareTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func path(_ name: String) -> String { folder.file(name) }

    static func preparation(seed: UInt64 = 1) throws -> Preparation {
        try Preparation(
            simulation: DoseSimulation(views: 60, seed: seed), extraction: PatchExtraction(size: 32, stride: 32))
    }

    @Test func equalSeedsAreEqualBytes() async throws {
        for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] as [(String, UInt64)] {
            let dataset = try await Self.preparation(seed: seed)
                .dataset(ofPhantoms: 3, slicesPerPatient: 2, size: 96, isQuiet: true)
            try dataset.write(to: path(name))
        }
        let bytes = try ["a", "b", "c"].map { try Data(contentsOf: URL(fileURLWithPath: path($0))) }
        #expect(bytes[0] == bytes[1])
        #expect(bytes[0] != bytes[2])
    }

    @Test(arguments: RawVolume.ScalarType.allCases) func rawTypesAreDecoded(type: RawVolume.ScalarType) throws {
        let values: [Float] = type == .uint16 ? [0, 1, 258, 30000, 5, 6] : [-1024, -1, 258, 30000, 5, 6]
        var data = Data()
        for value in values {
            switch type {
            case .int16: withUnsafeBytes(of: Int16(value).littleEndian) { data.append(contentsOf: $0) }
            case .uint16: withUnsafeBytes(of: UInt16(value).littleEndian) { data.append(contentsOf: $0) }
            case .float32: withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
        }
        try data.write(to: URL(fileURLWithPath: path("raw")))
        let volume = try RawVolume(reading: path("raw"), shape: [1, 2, 3], type: type, spacing: [1, 1, 1])
        #expect(volume.slices == [Image(width: 3, height: 2, pixels: values)])
    }

    @Test func badVolumesAreRefused() throws {
        let raw = path("raw")
        func read(_ shape: [Int], _ type: RawVolume.ScalarType = .int16, spacing: [Double] = [1, 1, 1]) throws {
            _ = try RawVolume(reading: raw, shape: shape, type: type, spacing: spacing)
        }
        #expect(throws: PrepareError.unreadable(file: raw)) { try read([1, 2, 3]) }
        var bits: [UInt32] = [0, Float.nan.bitPattern]
        try Data(bytes: &bits, count: 8).write(to: URL(fileURLWithPath: raw))
        #expect(
            throws: PrepareError.wrongLength(file: raw, found: 8, expected: 12, shape: [1, 2, 3], type: "int16")
        ) { try read([1, 2, 3]) }
        #expect(throws: ImagingError.pixel(place: "\(raw): slice 1 read as float32", row: 0, column: 0)) {
            try read([2, 1, 1], .float32)
        }
        for shape in [[], [1, 2], [0, 2, 2], [-1, -2, 2], [1, 1, 9000]] {
            #expect(throws: PrepareError.self) { try read(shape) }
        }
        for spacing in [[1, 1], [1, 1, 2], [0, 1, 1], [1, .nan, .nan]] as [[Double]] {
            #expect(throws: PrepareError.self) { try read([1, 2, 2], spacing: spacing) }
        }
    }

    /// One patient: ranges with a gap, and every patch is a piece of the slice it names.
    @Test func volumesAreSplitByRange() async throws {
        let phantom = try Phantom(seed: 4, patient: 0, slices: 10, size: 96)
        var data = Data()
        for index in 0..<10 {
            for pixel in phantom.slice(index).pixels {
                withUnsafeBytes(of: Int16(pixel).littleEndian) { data.append(contentsOf: $0) }
            }
        }
        try data.write(to: URL(fileURLWithPath: path("raw")))
        let volume = try RawVolume(reading: path("raw"), shape: [10, 96, 96], type: .int16, spacing: [3, 2.3, 2.3])
        let dataset = try await Self.preparation().dataset(of: volume, patient: "7", source: "test", isQuiet: true)
        #expect(dataset.record.splitRule.hasPrefix("by slice range with a gap of 3 slices"))
        for split in Split.allCases {
            let set = dataset[split]
            #expect(set.count > 0)
            for index in 0..<set.count {
                let (slice, origin) = (set.slices[index], set.origins[index])
                let expected = phantom.slice(slice.slice)
                    .cropped(row: origin.row, column: origin.column, width: 32, height: 32)
                #expect(slice.patient == "7" && set.normalDose(index) == expected)
            }
        }
        #expect((5...200).contains(dataset.measuredNoise))
    }
}
