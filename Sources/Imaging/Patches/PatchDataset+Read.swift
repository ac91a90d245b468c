import Foundation
import HDF5
import Support

extension PatchDataset {
    /// Reads a patch file, of `ldct prepare` or of one's own making (the README's table lists its parts).
    ///
    /// Images may be stored as any plain numbers; low-dose values are rounded to integer HU, the input of all networks. Values
    /// outside the HU window are legal. A split may be absent, but not all of them. Needed for every split that is there: `low_dose`,
    /// `normal_dose` [N, H, W], `patient` [N] strings, `slice` [N], `origin` [N, 2]; root attributes `schema_version`, `source`,
    /// `pixel_spacing_mm`, `dose_fraction`. `extent` [N, 2] may say how many rows and columns of each patch are image, from its top left
    /// corner, if not all. The other attributes may be missing in files of other programs; the noise is always
    /// measured anew.
    /// - Throws: `HDF5Error` for a file, object or type that is not as it should be; `ImagingError.incomplete` naming all that is
    ///   missing; `ImagingError.patchFile` for shapes that do not go together and metadata that make no sense; `ImagingError.pixel`
    ///   for NaN, infinity or values beyond 32,767 HU; `ImagingError.implausible` for data that cannot be what they say, unless the
    ///   file insists (attribute `insist`).
    public init(reading path: String) throws {
        try self.init(examining: path)
        if let suspicion = suspicions().first(where: { !record.insistence.contains($0.matter) }) {
            throw ImagingError.implausible(
                place: path, suspicion,
                remedy: "to insist: attribute insist = '\(suspicion.matter.rawValue)' of the file")
        }
    }

    /// Reads a patch file whatever its values look like.
    /// - Throws: as `init(reading:)`, without `ImagingError.implausible`.
    public init(examining path: String) throws {
        let file = try HDF5File(reading: path)
        let splits = try Split.there(in: file)
        let version = try file.attribute("schema_version", as: Int.self)
        guard version == Self.schemaVersion else {
            throw ImagingError.patchFile(
                file: path, object: "schema_version", found: "is \(version)", expected: "\(Self.schemaVersion)")
        }
        let record = try Record(reading: file)
        var sets: [Split: PatchSet] = [:]
        for split in splits {
            let set = try PatchSet(reading: split, of: file)
            if let first = splits.first.flatMap({ sets[$0] }), set.width != first.width || set.height != first.height {
                throw ImagingError.patchFile(
                    file: path, object: "/\(split.rawValue)/low_dose",
                    found: "has patches of \(set.height) x \(set.width)",
                    expected: "\(first.height) x \(first.width) as in /\(splits[0].rawValue)/low_dose")
            }
            sets[split] = set
        }
        guard let first = splits.first.flatMap({ sets[$0] }) else {
            throw ImagingError.incomplete(file: path, missing: [])
        }
        self.init(record: record, sets: sets, width: first.width, height: first.height)
    }

    /// SHA-256 of a file in lower-case hexadecimal: what records name a dataset by.
    ///
    /// - Throws: `FileError.unreadable`.
    public static func checksum(of path: String) throws -> String {
        try Digest.ofFile(path, expected: "a patch file")
    }
}

extension Split {
    private static let attributes = ["schema_version", "source", "pixel_spacing_mm", "dose_fraction"]
    private static let datasets = ["low_dose", "normal_dose", "patient", "slice", "origin"]
    /// What others call a split.
    private static let aliases: [Split: [String]] = [
        .train: ["training"], .validation: ["val", "valid"], .test: ["testing"],
    ]

    /// The splits of a file.
    /// - Throws: `ImagingError.incomplete` naming everything that is missing.
    fileprivate static func there(in file: borrowing HDF5File) throws -> [Split] {
        var missing: [String] = []
        for name in attributes {
            if !file.hasAttribute(name) { missing.append("attribute \(name)") }
        }
        var splits: [Split] = []
        for split in allCases {
            guard !isMissing("/\(split.rawValue)", in: file) else {
                try refuseAlias(of: split, in: file)
                continue
            }
            splits.append(split)
            for name in datasets {
                let path = "/\(split.rawValue)/\(name)"
                if isMissing(path, in: file) { missing.append(path) }
            }
        }
        if splits.isEmpty { missing.append("split /train, /validation or /test") }
        guard missing.isEmpty else { throw ImagingError.incomplete(file: file.path, missing: missing) }
        return splits
    }

    /// What lies behind a link to another file is not missing: whoever reads it is told.
    fileprivate static func isMissing(_ path: String, in file: borrowing HDF5File) -> Bool {
        do {
            _ = try file.shape(of: path)
            return false
        } catch {
            if case .missing = error { return true }
            return false
        }
    }

    private static func refuseAlias(of split: Split, in file: borrowing HDF5File) throws {
        for alias in aliases[split] ?? [] {
            if file.contains("/\(alias)") {
                throw ImagingError.patchFile(
                    file: file.path, object: "/\(alias)", found: "is no split", expected: "the name /\(split.rawValue)")
            }
        }
    }
}

extension PatchDataset.Record {
    fileprivate init(reading file: borrowing HDF5File) throws {
        let path = file.path
        func refusal(_ name: String, _ found: String, _ expected: String) -> ImagingError {
            .patchFile(file: path, object: "/@\(name)", found: found, expected: expected)
        }
        func line(_ name: String, _ text: String) throws -> String {
            guard !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
                throw refusal(name, "has control characters", "one line of text")
            }
            return text
        }
        func text(_ name: String, _ fallback: String) throws -> String {
            file.hasAttribute(name) ? try line(name, file.attribute(name, as: String.self)) : fallback
        }
        let spacing = try file.attribute("pixel_spacing_mm", as: [Double].self)
        guard spacing.count == 3, spacing.allSatisfy({ $0 >= 0.001 && $0 <= 1000 }) else {
            throw refusal(
                "pixel_spacing_mm", "is \(spacing)",
                "three numbers from 0.001 to 1000: mm between slices, rows, columns")
        }
        let dose = try file.attribute("dose_fraction", as: Double.self)
        guard dose > 0, dose <= 1 else {
            throw refusal(
                "dose_fraction", "is \(dose)", "above 0 and at most 1: the low dose as a share of the normal one")
        }
        let insistence = try text("insist", "").split { $0 == " " || $0 == "," }.map { word in
            guard let matter = Suspicion.Matter(rawValue: String(word)) else {
                throw refusal(
                    "insist", "has '\(word)'",
                    "words of \(Suspicion.Matter.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return matter
        }
        self.init(
            source: try line("source", file.attribute("source", as: String.self)), pixelSpacing: spacing,
            doseFraction: dose,
            generator: try text("generator", "not stated"), parameters: try text("parameters", "{}"),
            splitRule: try text("split_rule", "not stated"), insistence: Set(insistence),
            bodyRegion: file.hasAttribute("body_region") ? try text("body_region", "") : nil)
    }
}

extension PatchSet {
    fileprivate init(reading split: Split, of file: borrowing HDF5File) throws {
        let group = "/\(split.rawValue)"
        let path = file.path
        func refusal(_ object: String, _ found: String, _ expected: String) -> ImagingError {
            .patchFile(file: path, object: "\(group)/\(object)", found: found, expected: expected)
        }
        func require(_ found: [Int], _ expected: [Int], of object: String, _ reason: String = "") throws {
            guard found != expected else { return }
            throw refusal(object, "has shape \(found)", "\(expected)\(reason)")
        }
        let shape = try Self.shape("\(group)/low_dose", of: file)
        try require(file.shape(of: "\(group)/normal_dose"), shape, of: "normal_dose", " as \(group)/low_dose")
        let count = shape[0]
        let patients = try file.readStrings(from: "\(group)/patient")
        try require([patients.count], [count], of: "patient")
        if patients.contains(where: { $0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } }) {
            throw refusal("patient", "has control characters", "names")
        }
        let slices = try file.read(Int.self, from: "\(group)/slice")
        try require(slices.shape, [count], of: "slice")
        let origins = try file.read(Int.self, from: "\(group)/origin")
        try require(origins.shape, [count, 2], of: "origin")
        guard (slices.values + origins.values).allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
            throw refusal("slice or origin", "has negative or huge numbers", "numbers from 0 to \(Int32.max)")
        }
        self.init(
            width: shape[2], height: shape[1],
            lowDose: try Self.images("\(group)/low_dose", of: file).map { $0.rounded() },
            normalDose: try Self.images("\(group)/normal_dose", of: file),
            slices: zip(patients, slices.values).map { SliceName(patient: $0, slice: $1) },
            origins: (0..<count).map { PatchOrigin(row: origins.values[2 * $0], column: origins.values[2 * $0 + 1]) },
            extents: try Self.extents("\(group)/extent", patches: shape, of: file))
    }

    /// nil where all patches are all image.
    private static func extents(_ name: String, patches: [Int], of file: borrowing HDF5File) throws -> [PatchExtent]? {
        guard !Split.isMissing(name, in: file) else { return nil }
        let stored = try file.read(Int.self, from: name)
        guard stored.shape == [patches[0], 2] else {
            throw ImagingError.patchFile(
                file: file.path, object: name, found: "has shape \(stored.shape)", expected: "\([patches[0], 2])")
        }
        return try (0..<patches[0]).map { index in
            let (height, width) = (stored.values[2 * index], stored.values[2 * index + 1])
            guard (sides.lowerBound...patches[1]).contains(height), (sides.lowerBound...patches[2]).contains(width)
            else {
                throw ImagingError.patchFile(
                    file: file.path, object: name, found: "has \(height) x \(width)",
                    expected: "\(sides.lowerBound) x \(sides.lowerBound) to \(patches[1]) x \(patches[2]), the patches")
            }
            return PatchExtent(height: height, width: width)
        }
    }

    private static let sides = 11...8192

    private static func shape(_ name: String, of file: borrowing HDF5File) throws -> [Int] {
        let shape = try file.shape(of: name)
        guard shape.count == 3, sides.contains(shape[1]), sides.contains(shape[2]) else {
            let hasChannel = shape.count == 4 && (shape[1] == 1 || shape[3] == 1)
            throw ImagingError.patchFile(
                file: file.path, object: name, found: "has shape \(shape)",
                expected: "[patches, height, width], at least 11 x 11"
                    + (hasChannel ? ", without the axis of channels" : ""))
        }
        return shape
    }

    private static func images(_ name: String, of file: borrowing HDF5File) throws -> [Float] {
        let stored = try file.read(Float.self, from: name)
        let (values, shape) = (stored.values, stored.shape)
        let place = "\(file.path): \(name)"
        if let error = illegalPixel(of: values, height: shape[1], width: shape[2], at: place) { throw error }
        return values
    }

    /// What to say of the first illegal pixel of patches one after the other, or nil.
    static func illegalPixel(of values: [Float], height: Int, width: Int, at place: String) -> ImagingError? {
        guard let index = Image.firstIllegalValue(values) else { return nil }
        let (patch, pixel) = index.quotientAndRemainder(dividingBy: height * width)
        return .pixel(place: "\(place): patch \(patch)", row: pixel / width, column: pixel % width)
    }
}
