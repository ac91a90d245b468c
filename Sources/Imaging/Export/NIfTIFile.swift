public import Foundation
internal import Support

/// A slice as NIfTI-1: float32 HU, one slice thick, where the patient's scan says it lies.
/// - SeeAlso: nifti1.h (NIMH Data Format Working Group). Its axes point to the right, front and head; DICOM's to the left, back and
///   head, so that two signs turn.
public enum NIfTIFile {
    /// - Parameter geometry: Nil places the slice at the origin with pixels of 1 mm, and says so: no orientation code is set.
    public static func data(_ image: Image, geometry: SliceGeometry?) -> Data {
        var data = header(image, geometry)
        // NIfTI counts x first: rows of the image are its second axis, in the order in which they lie.
        for pixel in image.pixels { data.append(littleEndian: pixel.bitPattern) }
        return data
    }

    private static func header(_ image: Image, _ geometry: SliceGeometry?) -> Data {
        var data = Data()
        func short(_ value: Int16) { data.append(littleEndian: value) }
        func float(_ value: Double) { data.append(littleEndian: Float(value).bitPattern) }
        func zeros(_ count: Int) { data.append(contentsOf: [UInt8](repeating: 0, count: count)) }
        data.append(littleEndian: Int32(348))
        zeros(36)
        // Three axes; the third is one slice thick.
        for size in [3, image.width, image.height, 1, 1, 1, 1, 1] { short(Int16(size)) }
        zeros(14)
        // float32, 32 bits a voxel.
        for value: Int16 in [16, 32, 0] { short(value) }
        let thickness = geometry?.thickness ?? 1
        for size in [1, geometry?.spacing.column ?? 1, geometry?.spacing.row ?? 1, thickness, 0, 0, 0, 0] {
            float(size)
        }
        // Data begin after header and extension flag; values stand for themselves.
        for value in [352, 1, 0] as [Double] { float(value) }
        zeros(3)
        // mm.
        data.append(2)
        zeros(24)
        data += text("HU, ldct denoise", 80) + text("", 24)
        // Only the affine map is used, and only where there is one: code 1 is the scanner's own axes.
        short(0)
        short(geometry == nil ? 0 : 1)
        zeros(24)
        for row in affine(geometry, thickness: thickness) { for value in row { float(value) } }
        data += text("", 16) + text("n+1", 4)
        zeros(4)
        return data
    }

    /// Rows of the map from column, row and slice to mm.
    private static func affine(_ geometry: SliceGeometry?, thickness: Double) -> [[Double]] {
        guard let geometry else { return [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] }
        let (r, c) = (Array(geometry.orientation.prefix(3)), Array(geometry.orientation.suffix(3)))
        let normal = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]]
        return (0..<3).map { axis in
            let sign: Double = axis < 2 ? -1 : 1
            return [
                r[axis] * geometry.spacing.column, c[axis] * geometry.spacing.row, normal[axis] * thickness,
                geometry.position[axis],
            ].map { sign * $0 }
        }
    }

    private static func text(_ text: String, _ count: Int) -> Data {
        var bytes = Array(text.utf8.prefix(count - 1))
        bytes += [UInt8](repeating: 0, count: count - bytes.count)
        return Data(bytes)
    }
}
