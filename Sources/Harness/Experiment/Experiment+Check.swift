extension Experiment {
    /// Refuses crops that do not fit the patches, once the patch file is known.
    /// - Parameters:
    ///   - patchSize: Smaller side of the patches in `data.file`, in pixels.
    ///   - file: The experiment file, for messages.
    package func checkCrops(patchSize: Int, file: String) throws(ConfigurationError) {
        for (index, crop) in cases.map(\.crop).enumerated() {
            guard let crop else { continue }
            guard crop.size <= patchSize else {
                throw refusal(
                    ofCase: index, key: "crop.size", file: file,
                    "is \(crop.size); expected at most \(patchSize), the size of the patches in \(data.file)")
            }
            guard crop.count <= data.patches else {
                throw refusal(
                    ofCase: index, key: "crop.count", file: file,
                    "is \(crop.count); expected at most \(data.patches), as data.patches says")
            }
        }
    }

    /// An error about a case, for rules that need more than the file, such as mode and network going together.
    package func refusal(ofCase index: Int, key: String, file: String, _ reason: String) -> ConfigurationError {
        .refused(.init(file: file), key: "cases[\(index + 1)].\(key)", reason: reason)
    }
}
