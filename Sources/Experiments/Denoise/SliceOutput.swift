import Foundation
import HDF5
package import Imaging
import Preparation
package import Support

/// What a denoised slice is written as, by the ending of the file's name.
package struct SliceOutput: Sendable {
    package let path: String
    package let format: ImageFormat
    private let input: SliceInput
    private let window: (center: Double, width: Double)

    /// - Parameters:
    ///   - input: The slice that is denoised: a DICOM image is derived from it, and its geometry is kept.
    ///   - window: Of PNG, HU.
    /// - Throws: `PrepareError.parameter` for an ending that stands for no format, and for DICOM out of an input that is none.
    package init(_ path: String, of input: SliceInput, window: (center: Double, width: Double) = (40, 400)) throws {
        guard let format = ImageFormat(path: path) else {
            throw PrepareError.parameter(
                name: "output", found: "'\(path)'", expected: "a name that ends in one of: \(ImageFormat.all)")
        }
        guard format != .dicom || input.header != nil else {
            throw PrepareError.parameter(
                name: "output", found: "'\(path)'",
                expected: "another format, as a DICOM image is derived from a DICOM file, which the input is not")
        }
        self.path = path
        self.format = format
        self.input = input
        self.window = window
    }

    /// How messages call the file, and how one is told from a file of another kind.
    package var kind: OutputKind {
        let format = format
        return OutputKind("a denoised slice (\(format.endings[0]))") { path in Self.isOne(path, format) }
    }

    /// By the first bytes of its kind; a DICOM file only if it is derived, so that no scan is ever taken for one.
    private static func isOne(_ path: String, _ format: ImageFormat) -> Bool {
        let start = InputFile.head(path, 352)
        switch format {
        case .png: return start.starts(with: [0x89, 0x50, 0x4e, 0x47])
        case .numpy: return start.starts(with: [0x93] + Array("NUMPY".utf8))
        case .nifti: return start.starts(with: [0x1f, 0x8b]) || start.starts(with: [0x5c, 0x01, 0, 0])
        case .hdf5:
            guard let file = try? HDF5File(reading: path) else { return false }
            return (try? file.attribute("generator", as: String.self)) == Self.generator
        case .dicom: return (try? DICOMHeader(reading: path))?.seriesDescription.hasPrefix(Self.seriesPrefix) == true
        }
    }

    static let generator = "ldct denoise"
    static let seriesPrefix = "ldct denoised"

    /// What is known about a result beside its pixels.
    package struct Facts: Sendable {
        /// Names and values for HDF5, in order.
        var attributes: [(name: String, value: AttributeValue)]
        /// What was done, in words.
        var description: String
        /// What makes another result of another series: weights, mode, precision.
        var identity: String
    }

    package enum AttributeValue: Sendable {
        case text(String), whole(Int), real(Double)
    }

    /// Writes the file in one piece.
    /// - Throws: `FileError`, `HDF5Error`, `DICOMError`.
    package func write(_ image: Image, _ facts: Facts) throws {
        switch format {
        case .hdf5: try writeHDF5(image, facts)
        case .png: try AtomicFile.write(PNGFile.data(image, center: window.center, width: window.width), to: path)
        case .numpy: try AtomicFile.write(NumpyFile.data(image), to: path)
        case .nifti:
            let data = NIfTIFile.data(image, geometry: input.geometry)
            guard path.lowercased().hasSuffix(".gz") else { return try AtomicFile.write(data, to: path) }
            try AtomicFile.replace(path) { temporary in
                guard Compression.writeGzip(data, to: temporary) else {
                    throw FileError.unwritable(file: path, reason: AtomicFile.whyFull(temporary) ?? "gzip failed")
                }
            }
        case .dicom:
            try AtomicFile.write(derivation(facts).file(of: image, source: input.path), to: path)
        }
    }

    func derivation(_ facts: Facts) throws -> DICOMDerivation {
        DICOMDerivation(
            description: facts.description, seriesDescription: "\(Self.seriesPrefix), on ciphertexts",
            series: "\(input.header?.seriesUID ?? "") \(facts.identity)", instance: try Digest.ofFile(input.path))
    }

    private func writeHDF5(_ image: Image, _ facts: Facts) throws {
        try HDF5File.write(to: path) { file in
            let shape = [image.height, image.width]
            try file.write(input.image.pixels, shape: shape, to: "/input", storage: .compressed(rows: 64))
            try file.write(image.pixels, shape: shape, to: "/encrypted", storage: .compressed(rows: 64))
            try file.setAttribute("generator", to: Self.generator)
            try file.setAttribute("unit", to: "HU")
            if let geometry = input.geometry {
                try file.setAttribute("pixel_spacing_mm", to: [geometry.spacing.row, geometry.spacing.column])
                try file.setAttribute("image_position_mm", to: geometry.position)
                try file.setAttribute("image_orientation", to: geometry.orientation)
            }
            for (name, value) in facts.attributes {
                switch value {
                case .text(let text): try file.setAttribute(name, to: text)
                case .whole(let number): try file.setAttribute(name, to: number)
                case .real(let number): try file.setAttribute(name, to: number)
                }
            }
        }
    }
}
