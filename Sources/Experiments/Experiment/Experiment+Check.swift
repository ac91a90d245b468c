package import Configuration
package import Imaging

extension Experiment {
    /// Refuses selections that the patches do not allow, once the patch file is known.
    /// - Parameters:
    ///   - patches: The split that `data` names.
    ///   - file: The experiment file, for messages.
    package func checkPatches(_ patches: PatchSet, file: ConfigurationFile) throws(ConfigurationError) {
        let patchSize = min(patches.width, patches.height)
        guard data.patches <= patches.count else {
            throw file.refusal(
                "data.patches",
                "is \(data.patches); expected at most \(patches.count), the patches of split \(data.split.rawValue)"
                    + " in \(data)")
        }
        // Rows of one patch size stand in one block of the table: they must have seen the same patches. Random pixels have no quality
        // that could be compared, and costs may be of batches of other sizes.
        var counts: [Int: Int] = [:]
        for (index, item) in cases.enumerated() {
            let key = "cases[\(index + 1)].crop"
            if let crop = item.crop {
                guard patches.shortCount == 0 else {
                    throw file.refusal(
                        key,
                        "is there, but \(patches.shortCount) patches of \(data) are image in part only; expected none, for"
                            + " their middles to be image")
                }
                guard crop.size <= patchSize else {
                    throw file.refusal(
                        "\(key).size",
                        "is \(crop.size); expected at most \(patchSize), the size of the patches in \(data)")
                }
                guard crop.count <= data.patches else {
                    throw file.refusal(
                        "\(key).count", "is \(crop.count); expected at most \(data.patches), as data.patches says")
                }
            }
            let (size, count) = (item.crop?.size ?? patchSize, item.crop?.count ?? data.patches)
            if data.random == nil, let other = counts[size], other != count {
                throw file.refusal(
                    key, "measures \(count) patches of \(size) pixels; expected \(other), as an earlier case has them")
            }
            counts[size] = count
        }
    }
}

extension Experiment.DataSelection: CustomStringConvertible {
    /// The file's name as the experiment has it.
    package var description: String {
        file ?? "random images of \(random ?? 0)x\(random ?? 0)"
    }
}
