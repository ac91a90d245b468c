import Imaging
import Numerics
import Support

extension PatchDataset {
    /// Square images of seeded random whole HU, the same in all splits and in both doses: for measurements of cost, which pixels
    /// do not change.
    init(random patches: Int, side: Int) {
        var generator = SeededGenerator(seed: 3)
        var set = PatchSet(width: side, height: side)
        for index in 0..<patches {
            let window = HounsfieldWindow.standard
            let image = Image(
                width: side, height: side,
                pixels: (0..<side * side).map { _ in
                    Float(Int.random(in: Int(window.low)...Int(window.high), using: &generator))
                })
            set.append(
                lowDose: image, normalDose: image, slice: SliceName(patient: "random", slice: index),
                origin: PatchOrigin(row: 0, column: 0))
        }
        self.init(
            record: Record(
                source: "random pixels, seed 3", pixelSpacing: [1, 1, 1], doseFraction: 1, generator: "ldct",
                parameters: "{}", splitRule: "none"),
            train: set, validation: set, test: set)
    }
}

extension PatchSet {
    /// SHA-256 of the low-dose pixels, little endian, in hexadecimal.
    var lowDoseDigest: String {
        var digest = Digest()
        for pixel in lowDose { digest.update(pixel.bitPattern) }
        return digest.hexadecimal
    }
}
