import Foundation
import HDF5
import Support

extension PatchDataset {
    /// Reads a patch file, of `ldct prepare` or of one's own making (see the README for the Python side).
    ///
    /// Images may be stored as int16 or float32; low-dose values are rounded to integer HU, the input of all networks.
    /// Values outside the HU window are legal. Needed: for every split `low_dose`, `normal_dose` [N, H, W], `patient`
    /// [N] strings, `slice` [N], `origin` [N, 2]; root attributes `schema_version`, `source`, `pixel_spacing_mm`,
    /// `dose_fraction`. The other attributes may be missing in files of other programs; the noise is always measured
    /// anew.
    /// - Throws: `HDF5Error` for a file, object or type that is not as it should be; `ImagingError.patchFile` for
    ///   shapes that do not go together; `ImagingError.pixel` for NaN, infinity or values beyond 32,767 HU.
    public init(reading path: String) throws {
        let file = try HDF5File(reading: path)
        let version = try file.attribute("schema_version", as: Int.self)
        guard version == Self.schemaVersion else {
            throw ImagingError.patchFile(
                file: path, object: "schema_version", found: "is \(version)", expected: "\(Self.schemaVersion)")
        }
        let record = try Record(reading: file)
        let train = try PatchSet(reading: .train, of: file)
        let validation = try PatchSet(reading: .validation, of: file)
        let test = try PatchSet(reading: .test, of: file)
        for (split, set) in [(Split.validation, validation), (.test, test)]
        where set.width != train.width || set.height != train.height {
            throw ImagingError.patchFile(
                file: path, object: "/\(split.rawValue)/low_dose", found: "has patches of \(set.height) x \(set.width)",
                expected: "\(train.height) x \(train.width) as in /train/low_dose")
        }
        self.init(record: record, train: train, validation: validation, test: test)
    }

    /// SHA-256 of a file in lower-case hexadecimal: what records name a dataset by.
    ///
    /// - Throws: `FileError.unreadable`.
    public static func checksum(of path: String) throws -> String {
        try Digest.ofFile(path, expected: "a patch file")
    }
}

extension PatchDataset.Record {
    fileprivate init(reading file: borrowing HDF5File) throws {
        func text(_ name: String, _ fallback: String) throws -> String {
            file.hasAttribute(name) ? try file.attribute(name, as: String.self) : fallback
        }
        self.init(
            source: try file.attribute("source", as: String.self),
            pixelSpacing: try file.attribute("pixel_spacing_mm", as: [Double].self),
            doseFraction: try file.attribute("dose_fraction", as: Double.self),
            generator: try text("generator", "not stated"),
            parameters: try text("parameters", "{}"),
            splitRule: try text("split_rule", "not stated"))
    }
}

extension PatchSet {
    fileprivate init(reading split: Split, of file: borrowing HDF5File) throws {
        let group = "/\(split.rawValue)"
        let (low, shape) = try Self.images("\(group)/low_dose", of: file)
        let (normal, normalShape) = try Self.images("\(group)/normal_dose", of: file)
        let path = file.path
        func require(_ isRight: Bool, _ object: String, _ found: [Int], _ expected: String) throws {
            guard !isRight else { return }
            throw ImagingError.patchFile(
                file: path, object: "\(group)/\(object)", found: "has shape \(found)", expected: expected)
        }
        try require(normalShape == shape, "normal_dose", normalShape, "\(shape) as \(group)/low_dose")
        let count = shape[0]
        let patients = try file.readStrings(from: "\(group)/patient")
        try require(patients.count == count, "patient", [patients.count], "\([count])")
        let slices = try file.read(Int.self, from: "\(group)/slice")
        try require(slices.shape == [count], "slice", slices.shape, "\([count])")
        let origins = try file.read(Int.self, from: "\(group)/origin")
        try require(origins.shape == [count, 2], "origin", origins.shape, "\([count, 2])")
        self.init(
            width: shape[2], height: shape[1], lowDose: low.map { $0.rounded() }, normalDose: normal,
            slices: zip(patients, slices.values).map { SliceName(patient: $0, slice: $1) },
            origins: (0..<count).map { PatchOrigin(row: origins.values[2 * $0], column: origins.values[2 * $0 + 1]) })
    }

    private static func images(_ name: String, of file: borrowing HDF5File) throws -> (values: [Float], shape: [Int]) {
        let shape = try file.shape(of: name)
        guard shape.count == 3, shape[1] >= 11, shape[2] >= 11 else {
            throw ImagingError.patchFile(
                file: file.path, object: name, found: "has shape \(shape)",
                expected: "[patches, height, width], at least 11 x 11")
        }
        let values: [Float]
        switch try file.elementType(of: name) {
        case Int16.elementType: values = try file.read(Int16.self, from: name).values.map(Float.init)
        case Float.elementType: values = try file.read(Float.self, from: name).values
        case let other:
            throw ImagingError.patchFile(
                file: file.path, object: name, found: "holds \(other)", expected: "int16 or float32")
        }
        if let index = Image.firstIllegalValue(values) {
            throw ImagingError.pixel(place: "\(file.path): \(name)", index: index)
        }
        return (values, shape)
    }
}
