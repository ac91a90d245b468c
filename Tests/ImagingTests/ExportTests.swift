import Foundation
import Imaging
import Testing

@Suite("Images as files")
struct ExportTests {
    /// Rows of 3: differences of rows and columns show.
    private let image = Image(width: 3, height: 2, pixels: [-1024, 0, 40, 80.5, 3071, -160])

    @Test(
        arguments: [
            ("a.dcm", ImageFormat.dicom), ("A.IMA", .dicom), ("x.png", .png), ("x.nii.gz", .nifti), ("x.nii", .nifti),
            ("x.npy", .numpy),
            ("x.h5", .hdf5), ("x.HDF5", .hdf5), ("x", nil), ("x.jpg", nil), ("png", nil),
        ] as [(String, ImageFormat?)])
    func endingsTellTheFormat(name: String, format: ImageFormat?) { #expect(ImageFormat(path: name) == format) }

    /// The bytes of `numpy.save` (numpy 2.4.6) of the same array.
    @Test func numpyFileIsNumpysOwn() throws {
        let stored = try Data(contentsOf: URL(fileURLWithPath: Vectors.path("export.npy")))
        #expect(NumpyFile.data(image) == stored)
    }

    /// Black at the window's lower end, white at its upper end; the file is one that Pillow opens, checked by hand, and its parts
    /// have the sums that PNG asks for.
    @Test func pngIsWhole() throws {
        let data = PNGFile.data(image, center: 40, width: 400)
        #expect(data.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
        let stored = try Data(contentsOf: URL(fileURLWithPath: Vectors.path("export.png")))
        #expect(data == stored)
    }

    /// nibabel (5.3) reads shape, spacing and this affine from the same header.
    @Test func niftiKeepsThePlace() {
        let geometry = SliceGeometry(
            spacing: (0.5, 0.75), thickness: 3, position: [-10, 20, 30], orientation: [1, 0, 0, 0, 1, 0])
        let data = NIfTIFile.data(image, geometry: geometry)
        func float(_ offset: Int) -> Float {
            data.withUnsafeBytes { Float(bitPattern: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        }
        func short(_ offset: Int) -> Int16 {
            data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int16.self) }
        }
        #expect(data.count == 352 + 6 * 4)
        #expect((0..<4).map { short(40 + 2 * $0) } == [3, 3, 2, 1])
        #expect((0..<4).map { float(76 + 4 * $0) } == [1, 0.75, 0.5, 3])
        #expect((0..<12).map { float(280 + 4 * $0) } == [-0.75, 0, 0, 10, 0, -0.5, 0, -20, 0, 0, 3, 30])
        #expect(short(254) == 1 && short(252) == 0 && short(70) == 16)
        #expect(data[344..<348] == Data("n+1\0".utf8))
        #expect((0..<6).map { float(352 + 4 * $0) } == image.pixels)
        #expect(
            NIfTIFile.data(image, geometry: nil).withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: 254, as: Int16.self)
            } == 0)
    }

    /// The same source gets the same names, another gets others, and all are UUIDs below 2.25.
    @Test func identifiersAreStable() throws {
        func derivation(_ series: String, _ instance: String) -> DICOMDerivation {
            DICOMDerivation(description: "d\\é", seriesDescription: "s", series: series, instance: instance)
        }
        let (a, b) = (derivation("s", "1"), derivation("s", "2"))
        #expect(a.seriesUID == b.seriesUID && a.instanceUID != b.instanceUID)
        #expect(derivation("s", "1").instanceUID == a.instanceUID && derivation("t", "1").seriesUID != a.seriesUID)
        #expect(a.description == "d??")
        for uid in [a.seriesUID, a.instanceUID, b.instanceUID] {
            #expect(uid.hasPrefix("2.25.") && uid.count <= 44 && uid.dropFirst(5).first != "0")
            let value = try #require(UInt128(uid.dropFirst(5)))
            #expect(value >> 76 & 0xf == 8 && value >> 62 & 3 == 2)
        }
    }
}
