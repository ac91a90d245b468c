import Imaging
import Leakage
import Reporting

/// The patches a case measures, or their middles.
struct PatchSelection: Sendable {
    struct Patch: Sendable {
        /// Within its split.
        let index: Int
        let slice: SliceName
        let lowDose: Image
        let normalDose: Image
        /// How much of both is image: what metrics are taken over.
        let extent: PatchExtent
    }

    /// Smaller side in pixels.
    let size: Int
    let patches: [Patch]

    /// `data.patches` patches evenly spaced over the split; of these a crop takes the middles of the first few.
    /// - Precondition: `Experiment.checkPatches` has passed.
    init(_ set: PatchSet, _ key: Key) {
        self.key = key
        let (count, crop) = (key.count, key.crop)
        size = crop?.size ?? min(set.width, set.height)
        patches = (0..<(crop?.count ?? count)).map { number in
            let index = number * set.count / count
            let middle = { (image: Image) -> Image in crop.map { image.middle($0.size) } ?? image }
            return Patch(
                index: index, slice: set.slices[index], lowDose: middle(set.lowDose(index)),
                normalDose: middle(set.normalDose(index)),
                extent: crop.map { PatchExtent(height: $0.size, width: $0.size) } ?? set.extents[index])
        }
    }

    var lowDose: [Image] { patches.map(\.lowDose) }
    /// What it is told apart by from others.
    struct Key: Hashable {
        let data: Artifact
        let split: Split
        let count: Int
        let crop: Experiment.Crop?
    }

    let key: Key
    /// How many patches, of how many rows and columns.
    var shape: [Int] { [patches.count, patches[0].lowDose.height, patches[0].lowDose.width] }
}
