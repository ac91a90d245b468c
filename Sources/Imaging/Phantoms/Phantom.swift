import Numerics

/// A synthetic head: axial CT slices of a seeded patient, free of noise, in integer HU.
///
/// Scalp with fat, a skull of two tables with diploe between, grey and white matter with a folded border, ventricles,
/// sulci, a midline, frontal and ethmoid sinuses with air, orbits, and lesions (bleeding, infarct, calcification).
/// Shape, sizes and values differ between patients. A test object with the contrasts of a head, not an anatomical
/// atlas. Anterior is up, as radiologists show it.
public struct Phantom: Sendable {
    /// Pixels per side.
    public let size: Int
    /// Side of a pixel in mm: the field of view is 220 mm.
    public var spacing: Double { 220 / Double(size) }
    /// Distance of slices in mm.
    public let sliceSpacing: Double
    public let slices: Int

    let anatomy: Anatomy

    /// - Parameters:
    ///   - seed: Of all patients.
    ///   - patient: Its number, at least 0.
    ///   - slices: From the orbits to near the top of the head, at least 1.
    ///   - size: 64 to 2,048 pixels.
    /// - Throws: `ImagingError.parameter`.
    public init(seed: UInt64, patient: Int, slices: Int, size: Int) throws(ImagingError) {
        guard (64...2048).contains(size) else {
            throw .parameter(name: "phantom size", found: "\(size)", expected: "64 to 2048 pixels")
        }
        guard (1...1000).contains(slices) else {
            throw .parameter(name: "slices per patient", found: "\(slices)", expected: "1 to 1000")
        }
        guard (0..<1_000_000).contains(patient) else {
            throw .parameter(name: "patient", found: "\(patient)", expected: "0 to 999999")
        }
        self.size = size
        self.slices = slices
        sliceSpacing = 95 / Double(slices)
        var generator = SeededGenerator(seed: seed, stream: 0x7068_616e_746f_6d00 &+ UInt64(patient))
        anatomy = Anatomy(using: &generator)
    }

    /// One slice; index 0 is the lowest.
    ///
    /// - Precondition: `index` in 0..<slices.
    public func slice(_ index: Int) -> Image {
        precondition((0..<slices).contains(index), "no such slice")
        let z = Float(-25 + sliceSpacing * (Double(index) + 0.5))
        let step = Float(spacing)
        var image = Image(width: size, height: size, filledWith: -1000)
        for row in 0..<size {
            for column in 0..<size {
                image[row, column] = partialVolume(row: row, column: column, step: step, z: z)
            }
        }
        return Self.blurred(image).mapped { $0.rounded() }
    }

    /// (1/4, 1/2, 1/4) in both directions: what the Hann-windowed filter of `DoseSimulation` does to each view of a
    /// real head. Without it a label would be sharper than any scan, and its edges would decide every metric.
    private static func blurred(_ image: Image) -> Image {
        var (lines, result) = (image, image)
        for row in 0..<image.height {
            for column in 1..<image.width - 1 {
                lines[row, column] = (image[row, column - 1] + 2 * image[row, column] + image[row, column + 1]) / 4
            }
        }
        for row in 1..<image.height - 1 {
            for column in 0..<image.width {
                result[row, column] = (lines[row - 1, column] + 2 * lines[row, column] + lines[row + 1, column]) / 4
            }
        }
        return result
    }

    /// The mean over a pixel: a scan has no stairs at its edges.
    private func partialVolume(row: Int, column: Int, step: Float, z: Float) -> Float {
        let centre = Float(size - 1) / 2
        var sum: Float = 0
        for i in 0..<3 {
            for j in 0..<3 {
                let x = (Float(column) - centre + Float(j - 1) / 3) * step
                let y = (Float(row) - centre + Float(i - 1) / 3) * step
                sum += anatomy.hu(x, y, z)
            }
        }
        return sum / 9
    }
}
