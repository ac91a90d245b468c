import Foundation
package import Imaging
import Support

/// A stack of CT slices in a headerless file of HU: little endian, the column runs fastest, then the row, then the
/// slice.
package struct RawVolume: Sendable {
    /// How a value is stored.
    package enum ScalarType: String, CaseIterable, Sendable {
        case int16, uint16, float32

        var bytes: Int { self == .float32 ? 4 : 2 }
    }

    package let slices: [Image]
    /// mm between slices, rows, columns.
    package let spacing: [Double]

    /// - Parameters:
    ///   - shape: Slices, rows, columns; each at least 1.
    ///   - spacing: mm between slices, rows, columns; pixels must be square.
    ///   - isInsisting: Takes values as HU whatever they look like.
    /// - Throws: `PrepareError`; `ImagingError.pixel` for NaN, infinity or values beyond 32,767 HU, `.implausible` for values that
    ///   are no HU.
    package init(
        reading path: String, shape: [Int], type: ScalarType, spacing: [Double], isInsisting: Bool = false
    ) throws {
        try Self.check(shape: shape, spacing: spacing)
        let expected = shape.reduce(type.bytes, *)
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular,
            let found = attributes[.size] as? Int, FileManager.default.isReadableFile(atPath: path)
        else { throw PrepareError.unreadable(file: path) }
        guard found == expected else {
            if let kind = Self.header(of: path) { throw PrepareError.wrongKind(file: path, kind: kind) }
            throw PrepareError.wrongLength(
                file: path, found: found, expected: expected, shape: shape, type: type.rawValue)
        }
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        // Somebody may be writing it.
        guard bytes.count == expected else { throw PrepareError.unreadable(file: path) }
        var evidence = ValueEvidence()
        let (height, width) = (shape[1], shape[2])
        let length = width * height * type.bytes
        slices = try (0..<shape[0]).map { index in
            let pixels = Self.decoded(bytes[index * length..<(index + 1) * length], as: type)
            let slice = Image(width: width, height: height, pixels: pixels)
            if let error = slice.illegalPixel(at: "\(path): slice \(index) read as \(type.rawValue)") { throw error }
            evidence.add(slice.pixels)
            return slice
        }
        self.spacing = spacing
        if let suspicion = evidence.suspicion, !isInsisting {
            throw ImagingError.implausible(place: path, suspicion, remedy: "to insist: --insist")
        }
    }

    /// What a file with a header is, by its first bytes.
    private static func header(of path: String) -> String? {
        let head = InputFile.head(path, 352)
        let kinds: [(Int, [UInt8], String)] = [
            (0, [0x93] + Array("NUMPY".utf8), "a NumPy array"), (0, [0x1f, 0x8b], "a gzip file"),
            (344, Array("n+1".utf8), "a NIfTI image"), (0, Array("ObjectType".utf8), "a MetaImage"),
            (0, [0x89] + Array("HDF".utf8), "an HDF5 file"), (0, Array("PK".utf8), "a zip file"),
            (0, Array("NRRD".utf8), "an NRRD image"), (128, Array("DICM".utf8), "a DICOM file"),
        ]
        return kinds.first { head.dropFirst($0.0).starts(with: $0.1) }?.2
    }

    private static func check(shape: [Int], spacing: [Double]) throws(PrepareError) {
        // At most 2^33 values, so that no product below overflows.
        guard shape.count == 3, shape.allSatisfy({ (1...8192).contains($0) }), shape.reduce(1, *) <= 1 << 33 else {
            throw .parameter(name: "shape", found: "\(shape)", expected: "slices,rows,columns, each from 1 to 8192")
        }
        guard spacing.count == 3, spacing.allSatisfy({ $0 >= 0.01 && $0 <= 100 }) else {
            throw .parameter(name: "spacing", found: "\(spacing)", expected: "dz,dy,dx in mm, each from 0.01 to 100")
        }
        guard abs(spacing[1] - spacing[2]) <= 1e-3 * spacing[1] else {
            throw .parameter(name: "spacing", found: "\(spacing)", expected: "square pixels, dy = dx")
        }
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>, as type: ScalarType) -> [Float] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: type.bytes).map { i in
            let low = UInt16(bytes[i]) | UInt16(bytes[i + 1]) << 8
            switch type {
            case .int16: return Float(Int16(bitPattern: low))
            case .uint16: return Float(low)
            case .float32:
                let high = UInt32(bytes[i + 2]) | UInt32(bytes[i + 3]) << 8
                return Float(bitPattern: UInt32(low) | high << 16)
            }
        }
    }
}
