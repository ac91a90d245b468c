import HDF5

/// A patch file to be written, whose images need not be in memory.
public struct PatchFileContent {
    /// One of the two images of every pair.
    public enum Dose: String, CaseIterable, Sendable {
        case low = "low_dose"
        case normal = "normal_dose"
    }

    /// The patches of one split, by name and place.
    public struct Part {
        public var slices: [SliceName]
        public var origins: [PatchOrigin]
        public var extents: [PatchExtent]

        public init(slices: [SliceName] = [], origins: [PatchOrigin] = [], extents: [PatchExtent] = []) {
            self.slices = slices
            self.origins = origins
            self.extents = extents
        }
    }

    public let record: PatchDataset.Record
    /// See `PatchDataset.measuredNoise`.
    public let measuredNoise: Double
    public let width: Int
    public let height: Int
    public let parts: [Split: Part]
    /// HU of a range of the patches of a split, [patch][row][column]; asked for in order, split after split, each dose apart.
    public let values: (Split, Dose, Range<Int>) throws -> [Int16]

    public init(
        record: PatchDataset.Record, measuredNoise: Double, width: Int, height: Int, parts: [Split: Part],
        values: @escaping (Split, Dose, Range<Int>) throws -> [Int16]
    ) {
        self.record = record
        self.measuredNoise = measuredNoise
        self.width = width
        self.height = height
        self.parts = parts
        self.values = values
    }

    /// Patches in a compressed chunk, and in a piece that is asked for.
    private static let (chunk, piece) = (8, 64)

    /// Writes the file in one piece (temporary name, rename). Equal contents are equal bytes.
    ///
    /// - Throws: `HDF5Error` if the file cannot be written, or what `values` throws.
    public func write(to path: String) throws {
        try HDF5File.write(to: path) { file in
            try writeRecord(to: file)
            for split in Split.allCases {
                let count = parts[split]?.slices.count ?? 0
                for dose in Dose.allCases {
                    try file.write(
                        shape: [count, height, width], to: "/\(split.rawValue)/\(dose.rawValue)",
                        storage: .compressed(rows: Self.chunk), rows: Self.piece
                    ) { try values(split, dose, $0) }
                }
            }
            for split in Split.allCases {
                let part = parts[split] ?? Part()
                let count = part.slices.count
                try file.write(part.slices.map(\.patient), to: "/\(split.rawValue)/patient")
                try file.write(part.slices.map { Int32($0.slice) }, shape: [count], to: "/\(split.rawValue)/slice")
                let origins = part.origins.flatMap { [Int32($0.row), Int32($0.column)] }
                try file.write(origins, shape: [count, 2], to: "/\(split.rawValue)/origin")
                // Only where a patch is not all image: other files keep their bytes.
                guard part.extents.contains(where: { $0 != PatchExtent(height: height, width: width) }) else {
                    continue
                }
                let extents = part.extents.flatMap { [Int32($0.height), Int32($0.width)] }
                try file.write(extents, shape: [count, 2], to: "/\(split.rawValue)/extent")
            }
        }
    }

    private func writeRecord(to file: borrowing HDF5Output) throws {
        try file.setAttribute("schema_version", to: PatchDataset.schemaVersion)
        try file.setAttribute("source", to: record.source)
        try file.setAttribute("pixel_spacing_mm", to: record.pixelSpacing)
        try file.setAttribute("dose_fraction", to: record.doseFraction)
        try file.setAttribute("measured_noise_hu", to: measuredNoise)
        try file.setAttribute("generator", to: record.generator)
        try file.setAttribute("parameters", to: record.parameters)
        try file.setAttribute("split_rule", to: record.splitRule)
        // Only where there is something to insist on: other files keep their bytes.
        if !record.insistence.isEmpty {
            try file.setAttribute("insist", to: record.insistence.map(\.rawValue).sorted().joined(separator: " "))
        }
        if let region = record.bodyRegion { try file.setAttribute("body_region", to: region) }
    }
}
