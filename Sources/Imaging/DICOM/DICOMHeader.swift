internal import CDICOM

/// What a DICOM file says about itself before its pixels, unjudged: any modality, any kind of image.
///
/// Read by GDCM in a process of its own, which a damaged file cannot take further than to an error.
public struct DICOMHeader: Sendable {
    /// For messages.
    public var path: String { file.description }
    let file: FilePath
    public let modality: String
    /// Identifying: never written to a file of ours.
    public let patientID: String
    public let seriesUID: String
    public let seriesDescription: String
    let photometricInterpretation: String
    let rescaleType: String
    let rows: Int
    let columns: Int
    let samples: Int
    let frames: Int
    let bitsAllocated: Int
    let bitsStored: Int
    let highBit: Int
    /// The first element that should hold decimal numbers and does not, and its text.
    let noNumber: (element: String, text: String)?
    /// Slope and intercept; nil where one is missing.
    let rescale: (slope: Double, intercept: Double)?
    let hasLookupTable: Bool
    /// Stored values that stand for no measurement.
    let padding: ClosedRange<Int32>?
    let position: [Double]?
    let orientation: [Double]?
    /// Whether the slice lies across the body, a tilt of the gantry allowed for; nil where the header does not say.
    public var isAxial: Bool? {
        orientation.map { abs($0[0] * $0[4] - $0[1] * $0[3]) > 0.7 }
    }
    /// mm between rows and columns.
    let spacing: [Double]?
    /// mm; nil where the header does not say, or 0 and the like.
    let thickness: Double?

    /// - Throws: `DICOMError.notDICOM`, `.damaged`, `.unreadable`, `.syntax`, `.closed`.
    public init(reading path: String) throws(DICOMError) {
        try self.init(reading: FilePath(path))
    }

    /// - Throws: as `init(reading:)` of a path's text.
    public init(reading file: FilePath) throws(DICOMError) {
        if let reason = file.whyClosed { throw .closed(file: file.description, reason: reason) }
        var header = cdicom_header()
        do {
            try DICOMReading.call(file.description) { file.withBytes { cdicom_read_header($0, &header) } }
        } catch .syntax(let path, _) {
            throw .syntax(file: path, uid: Self.text(header.syntax))
        }
        self.file = file
        modality = Self.text(header.modality)
        patientID = Self.text(header.patient_id)
        seriesUID = Self.text(header.series_uid)
        seriesDescription = Self.text(header.series_description)
        photometricInterpretation = Self.text(header.photometric)
        rescaleType = Self.text(header.rescale_type)
        rows = Int(header.rows)
        columns = Int(header.columns)
        samples = Int(header.samples)
        frames = Int(header.frames)
        bitsAllocated = Int(header.bits_allocated)
        bitsStored = Int(header.bits_stored)
        highBit = Int(header.high_bit)
        let element = Self.text(header.no_number)
        noNumber = element.isEmpty ? nil : (element, Self.text(header.no_number_text))
        rescale = header.has_rescale ? (header.slope, header.intercept) : nil
        hasLookupTable = header.has_lookup_table
        padding =
            header.has_padding
            ? min(header.padding, header.padding_limit)...max(header.padding, header.padding_limit) : nil
        position = header.has_position ? Self.numbers(header.position) : nil
        orientation = header.has_orientation ? Self.numbers(header.orientation) : nil
        spacing = header.has_spacing ? Self.numbers(header.spacing) : nil
        thickness = header.has_thickness && (0.001...1000).contains(header.thickness) ? header.thickness : nil
    }

    /// A C array of characters up to its zero.
    private static func text(_ characters: some Any) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// A C array of doubles.
    private static func numbers(_ array: some Any) -> [Double] {
        withUnsafeBytes(of: array) { Array($0.bindMemory(to: Double.self)) }
    }
}
