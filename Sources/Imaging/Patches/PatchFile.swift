import HDF5

/// A patch file that is written, whose images need not be in memory.
public enum PatchFile {
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

    /// Patches in a compressed chunk, and in a piece that is asked for.
    private static let (chunk, piece) = (8, 64)

    /// Writes the file in one piece (temporary name, rename). Equal contents are equal bytes.
    ///
    /// - Parameters:
    ///   - measuredNoise: see `PatchDataset.measuredNoise`.
    ///   - values: HU of a range of the patches of a split, [patch][row][column]; asked for in order, split after split, each dose
    ///     apart.
    /// - Throws: `HDF5Error` if the file cannot be written, or what `values` throws.
    public static func write(
        _ parts: [Split: Part], record: PatchDataset.Record, measuredNoise: Double, width: Int, height: Int,
        to path: String, values: (Split, Dose, Range<Int>) throws -> [Int16]
    ) throws {
        try HDF5File.write(to: path) { file in
            try write(record, measuredNoise: measuredNoise, to: file)
            for split in Split.allCases {
                let count = parts[split]?.slices.count ?? 0
                for dose in Dose.allCases {
                    try file.write(
                        shape: [count, height, width], to: "/\(split.rawValue)/\(dose.rawValue)",
                        storage: .compressed(rows: chunk), rows: piece
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

    private static func write(
        _ record: PatchDataset.Record, measuredNoise: Double, to file: borrowing HDF5Output
    ) throws {
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
