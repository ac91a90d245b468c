extension PatchDataset {
    /// Writes the file in one piece (temporary name, rename). HU are rounded to int16; equal datasets are equal bytes.
    ///
    /// - Throws: `ImagingError.pixel` for NaN, infinity or values beyond 32,767 HU; `HDF5Error` if the file cannot be
    ///   written.
    public func write(to path: String) throws {
        let (width, height) = (train.width, train.height)
        for split in Split.allCases {
            for dose in PatchFile.Dose.allCases {
                let place = "\(path): /\(split.rawValue)/\(dose.rawValue)"
                if let error = PatchSet.illegalPixel(
                    of: self[split].values(dose), height: height, width: width, at: place)
                {
                    throw error
                }
            }
        }
        let parts = Split.allCases.map {
            ($0, PatchFile.Part(slices: self[$0].slices, origins: self[$0].origins, extents: self[$0].extents))
        }
        try PatchFile.write(
            Dictionary(uniqueKeysWithValues: parts), record: record, measuredNoise: measuredNoise, width: width,
            height: height, to: path
        ) { split, dose, range in
            let area = width * height
            return self[split].values(dose)[range.lowerBound * area..<range.upperBound * area].map {
                Int16($0.rounded())
            }
        }
    }
}
