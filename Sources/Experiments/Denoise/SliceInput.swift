import Foundation
import HDF5
package import Imaging
import Preparation
import Support

/// One slice of any size in HU, from a DICOM file or a dataset of an HDF5 file.
package struct SliceInput: Sendable {
    package let image: Image
    package let path: String
    /// Of a DICOM file.
    package let header: DICOMHeader?
    /// Where the slice lies, if the file says so.
    package var geometry: SliceGeometry? { header.flatMap(SliceGeometry.init) }

    /// Smaller sides have no SSIM and no sense.
    private static let leastSide = 11

    /// - Parameters:
    ///   - path: HDF5 by its first bytes or its name's end; anything else is DICOM.
    ///   - dataset: of an HDF5 file, [row, column], or [slice, row, column] with `index`; any plain numbers.
    ///   - isInsisting: takes values as HU whatever they look like, and slices however they lie.
    /// - Throws: `DICOMError`, `HDF5Error`, `PrepareError.parameter`, `ImagingError.pixel`, `.implausible`.
    package init(reading path: String, dataset: String, index: Int?, isInsisting: Bool = false) throws {
        let isHDF5 = Self.isHDF5(path)
        self.path = path
        if isHDF5 {
            header = nil
            image = try Self.image(path, dataset, index)
        } else {
            let slice = try DICOMSlice(DICOMHeader(reading: path))
            header = slice.header
            image = try slice.image()
        }
        if header?.isAxial == false, !isInsisting {
            throw PrepareError.parameter(
                name: "\(path): orientation", found: "not axial",
                expected: "axial slices, as others of a head show a face (to insist: --insist)")
        }
        guard min(image.width, image.height) >= Self.leastSide else {
            throw PrepareError.parameter(
                name: "\(path): size", found: "\(image.height)x\(image.width)",
                expected: "at least \(Self.leastSide) rows and columns")
        }
        if let error = image.illegalPixel(at: path) { throw error }
        var evidence = ValueEvidence()
        evidence.add(image.pixels)
        if let suspicion = evidence.suspicion, !isInsisting {
            throw ImagingError.implausible(place: path, suspicion, remedy: "to insist: --insist")
        }
    }

    /// By the first bytes, or the name's end.
    package static func isHDF5(_ path: String) -> Bool {
        if ["h5", "hdf5", "hdf", "he5"].contains(URL(fileURLWithPath: path).pathExtension.lowercased()) { return true }
        return InputFile.head(path, 4) == Data([0x89] + "HDF".utf8)
    }

    private static func image(_ path: String, _ dataset: String, _ index: Int?) throws -> Image {
        let file = try HDF5File(reading: path)
        let shape = try file.shape(of: dataset)
        guard shape.suffix(2).allSatisfy({ (1...8192).contains($0) }) else {
            throw HDF5Error.wrongShape(
                file: path, object: dataset, expected: "1 to 8192 rows and columns", found: shape)
        }
        guard shape.count == (index == nil ? 2 : 3), index.map({ (0..<shape[0]).contains($0) }) ?? true else {
            throw HDF5Error.wrongShape(
                file: path, object: dataset,
                expected: index.map { "[slice, row, column] with slice \($0)" } ?? "[row, column], or --index",
                found: shape)
        }
        let rows = index.map { $0..<$0 + 1 } ?? 0..<shape[0]
        let pixels = try file.read(Float.self, from: dataset, rows: rows).values
        return Image(width: shape[shape.count - 1], height: shape[shape.count - 2], pixels: pixels)
    }
}
