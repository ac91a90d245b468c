import HDF5

extension PatchDataset {
    /// Writes the file in one piece (temporary name, rename). HU are rounded to int16; equal datasets are equal bytes.
    ///
    /// - Throws: `ImagingError.pixel` for NaN, infinity or values beyond 32,767 HU; `HDF5Error` if the file cannot be
    ///   written.
    public func write(to path: String) throws {
        var stored: [(name: String, values: [Int16])] = []
        for split in Split.allCases {
            stored.append(
                (
                    "\(split.rawValue)/low_dose",
                    try Self.int16(self[split].lowDose, "\(path): /\(split.rawValue)/low_dose")
                ))
            stored.append(
                (
                    "\(split.rawValue)/normal_dose",
                    try Self.int16(self[split].normalDose, "\(path): /\(split.rawValue)/normal_dose")
                ))
        }
        try HDF5File.write(to: path) { file in
            try writeRecord(to: file)
            for (name, values) in stored {
                let shape = [values.count / (train.width * train.height), train.height, train.width]
                try file.write(values, shape: shape, to: "/\(name)", storage: .compressed(rows: 8))
            }
            for split in Split.allCases {
                let set = self[split]
                try file.write(set.slices.map(\.patient), to: "/\(split.rawValue)/patient")
                try file.write(set.slices.map { Int32($0.slice) }, shape: [set.count], to: "/\(split.rawValue)/slice")
                let origins = set.origins.flatMap { [Int32($0.row), Int32($0.column)] }
                try file.write(origins, shape: [set.count, 2], to: "/\(split.rawValue)/origin")
            }
        }
    }

    private func writeRecord(to file: borrowing HDF5File) throws {
        try file.setAttribute("schema_version", to: Self.schemaVersion)
        try file.setAttribute("source", to: record.source)
        try file.setAttribute("pixel_spacing_mm", to: record.pixelSpacing)
        try file.setAttribute("dose_fraction", to: record.doseFraction)
        try file.setAttribute("measured_noise_hu", to: measuredNoise)
        try file.setAttribute("generator", to: record.generator)
        try file.setAttribute("parameters", to: record.parameters)
        try file.setAttribute("split_rule", to: record.splitRule)
    }

    private static func int16(_ values: [Float], _ place: String) throws(ImagingError) -> [Int16] {
        if let index = Image.firstIllegalValue(values) { throw .pixel(place: place, index: index) }
        return values.map { Int16($0.rounded()) }
    }
}
