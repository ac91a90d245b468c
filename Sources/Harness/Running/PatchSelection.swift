import Imaging

/// The patches a case measures, or their middles.
struct PatchSelection: Sendable {
    struct Patch: Sendable {
        /// Within its split.
        let index: Int
        let slice: SliceName
        let lowDose: Image
        let normalDose: Image
    }

    /// Smaller side in pixels.
    let size: Int
    let patches: [Patch]

    /// `data.patches` patches evenly spaced over the split; of these a crop takes the middles of the first few.
    /// - Precondition: `Experiment.checkPatches` has passed.
    init(_ set: PatchSet, count: Int, crop: Experiment.Crop?) {
        size = crop?.size ?? min(set.width, set.height)
        patches = (0..<(crop?.count ?? count)).map { number in
            let index = number * set.count / count
            let middle = { (image: Image) -> Image in
                guard let side = crop?.size else { return image }
                return image.cropped(
                    row: (image.height - side) / 2, column: (image.width - side) / 2, width: side, height: side)
            }
            return Patch(
                index: index, slice: set.slices[index], lowDose: middle(set.lowDose(index)),
                normalDose: middle(set.normalDose(index)))
        }
    }

    var lowDose: [Image] { patches.map(\.lowDose) }
    /// What it is told apart by from others of the same file.
    var key: String { "\(description) \(patches.map { "\($0.slice) \($0.index)" })" }
    /// "4 patches of 64x64", for names of cells.
    var description: String { "\(patches.count) patches of \(patches[0].lowDose.height)x\(patches[0].lowDose.width)" }
}
