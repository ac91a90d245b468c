import Foundation

/// What a slice is written as, told by the ending of the file's name.
public enum ImageFormat: String, CaseIterable, Sendable {
    /// A derived CT image.
    case dicom
    /// Grey in a window, 8 bits.
    case png
    case nifti
    case numpy
    case hdf5

    /// Endings, the usual one first.
    public var endings: [String] {
        switch self {
        case .dicom: [".dcm", ".IMA"]
        case .png: [".png"]
        case .nifti: [".nii.gz", ".nii"]
        case .numpy: [".npy"]
        case .hdf5: [".h5", ".hdf5"]
        }
    }

    /// Nil for an ending that stands for none.
    public init?(path: String) {
        let name = path.lowercased()
        guard let format = Self.allCases.first(where: { $0.endings.contains { name.hasSuffix($0.lowercased()) } })
        else {
            return nil
        }
        self = format
    }

    /// `.dcm, .png, .nii.gz, .npy, .h5`, for messages.
    public static var all: String { allCases.map { $0.endings[0] }.joined(separator: ", ") }
}

/// Where a slice lies, as DICOM says it, in mm.
public struct SliceGeometry: Sendable {
    /// Between the centres of rows, and of columns.
    public let spacing: (row: Double, column: Double)
    public let thickness: Double?
    /// Centre of the first pixel; x to the patient's left, y to the back, z to the head.
    public let position: [Double]
    /// Unit vectors along a row and along a column.
    public let orientation: [Double]

    /// - Precondition: three numbers of position, six of orientation.
    public init(spacing: (row: Double, column: Double), thickness: Double?, position: [Double], orientation: [Double]) {
        precondition(position.count == 3 && orientation.count == 6)
        self.spacing = spacing
        self.thickness = thickness
        self.position = position
        self.orientation = orientation
    }

    /// Nil where the header does not say.
    public init?(_ header: DICOMHeader) {
        guard let spacing = header.spacing, let position = header.position, let orientation = header.orientation else {
            return nil
        }
        self.init(
            spacing: (spacing[0], spacing[1]), thickness: header.thickness, position: position, orientation: orientation
        )
    }
}
