extension PatchDataset {
    /// Writes the file in one piece (temporary name, rename). HU are rounded to int16; equal datasets are equal bytes.
    ///
    /// - Throws: `ImagingError.pixel` for NaN, infinity or values beyond 32,767 HU; `HDF5Error` if the file cannot be
    ///   written.
    public func write(to path: String) throws {
        var stored: [Split: [PatchFileContent.Dose: [Int16]]] = [:]
        for split in Split.allCases {
            for (dose, values) in [(PatchFileContent.Dose.low, self[split].lowDose), (.normal, self[split].normalDose)]
            {
                stored[split, default: [:]][dose] = try int16(
                    values, "\(path): /\(split.rawValue)/\(dose.rawValue)")
            }
        }
        let area = train.width * train.height
        let parts = Split.allCases.map {
            (
                $0,
                PatchFileContent.Part(
                    slices: self[$0].slices, origins: self[$0].origins, extents: self[$0].extents)
            )
        }
        try PatchFileContent(
            record: record, measuredNoise: measuredNoise, width: train.width, height: train.height,
            parts: Dictionary(uniqueKeysWithValues: parts)
        ) { split, dose, range in
            Array(stored[split]?[dose]?[range.lowerBound * area..<range.upperBound * area] ?? [])
        }.write(to: path)
    }

    private func int16(_ values: [Float], _ place: String) throws(ImagingError) -> [Int16] {
        if let error = PatchSet.illegalPixel(of: values, height: train.height, width: train.width, at: place) {
            throw error
        }
        return values.map { Int16($0.rounded()) }
    }
}
