internal import CDICOM

/// One CT slice in a DICOM file: where it lies, and its pixels when they are asked for.
public struct DICOMSlice: Sendable {
    public let header: DICOMHeader
    public let width: Int
    public let height: Int
    /// Side of a pixel in mm.
    public let spacing: Double
    /// mm along the normal of the slice.
    public let position: Double
    /// mm; nil if the file does not say.
    public let thickness: Double?
    private let slope: Double
    private let intercept: Double

    /// Files whose positions differ by less lie at the same place, in mm.
    public static let positionTolerance = 0.01

    public var path: String { header.path }

    /// - Throws: `DICOMError.header` naming the element that is not a CT slice's.
    public init(_ header: DICOMHeader) throws(DICOMError) {
        func refusal(_ element: String, _ found: String, _ expected: String) -> DICOMError {
            .header(file: header.path, element: element, found: found, expected: expected)
        }
        guard header.modality == "CT" else { throw refusal("modality", Self.shown(header.modality), "CT") }
        guard header.samples == 1, header.photometricInterpretation == "MONOCHROME2" else {
            throw refusal(
                "photometric interpretation",
                "\(Self.shown(header.photometricInterpretation)) with \(header.samples) samples a pixel",
                "MONOCHROME2 with one")
        }
        guard header.frames <= 1 else { throw refusal("number of frames", "\(header.frames)", "one slice a file") }
        guard (1...8192).contains(header.rows), (1...8192).contains(header.columns) else {
            throw refusal("size", "\(header.rows)x\(header.columns)", "1x1 to 8192x8192 pixels")
        }
        if let (element, text) = header.noNumber {
            throw refusal(element, "'\(text)'", "decimal numbers as DICOM writes them (digits and a point)")
        }
        guard [8, 16].contains(header.bitsAllocated), (1...header.bitsAllocated).contains(header.bitsStored) else {
            throw refusal(
                "bits", "\(header.bitsStored) stored of \(header.bitsAllocated)", "8 or 16 and no more of them stored")
        }
        guard header.highBit == header.bitsStored - 1 else {
            throw refusal(
                "high bit", "\(header.highBit) with \(header.bitsStored) bits stored", "\(header.bitsStored - 1)")
        }
        guard ["", "HU"].contains(header.rescaleType.uppercased()) else {
            throw refusal("RescaleType", header.rescaleType, "HU")
        }
        guard let rescale = header.rescale, !header.hasLookupTable, rescale.slope.isFinite, rescale.slope != 0,
            rescale.intercept.isFinite
        else {
            throw refusal(
                "rescaling",
                header.hasLookupTable
                    ? "a lookup table" : header.rescale.map { "by \($0.slope) and \($0.intercept)" } ?? "missing",
                "RescaleSlope and RescaleIntercept that give HU")
        }
        guard let spacing = header.spacing, spacing.allSatisfy({ (0.01...100).contains($0) }),
            abs(spacing[0] - spacing[1]) <= 1e-3 * spacing[0]
        else {
            throw refusal(
                "pixel spacing", header.spacing.map { "\($0)" } ?? "missing", "square pixels of 0.01 to 100 mm")
        }
        guard let position = header.position, position.allSatisfy(\.isFinite) else {
            throw refusal("position", "missing", "ImagePositionPatient")
        }
        guard let orientation = header.orientation, let normal = Self.normal(orientation) else {
            throw refusal("orientation", "missing or not of two unit vectors", "ImageOrientationPatient")
        }
        self.header = header
        (width, height) = (header.columns, header.rows)
        self.spacing = spacing[0]
        self.position = zip(position, normal).reduce(0) { $0 + $1.0 * $1.1 }
        thickness = header.thickness
        (slope, intercept) = (rescale.slope, rescale.intercept)
    }

    /// The pixels in HU; padding becomes the window's floor, air.
    /// - Throws: `DICOMError.damaged`, `.noImage`, `.unreadable`; `.header` for HU beyond ±32,767.
    public func image() throws(DICOMError) -> Image {
        var values = [Int32](repeating: 0, count: width * height)
        try DICOMReading.call(path) { header.file.withBytes { cdicom_read_values($0, &values, values.count) } }
        let floor = HounsfieldWindow.standard.low
        let pixels = values.map { value in
            header.padding?.contains(value) == true ? floor : Float(slope * Double(value) + intercept)
        }
        let image = Image(width: width, height: height, pixels: pixels)
        guard image.firstIllegalPixel == nil else {
            throw .header(
                file: path, element: "a value", found: "beyond 32767 HU", expected: "HU in [-32767, 32767]")
        }
        return image
    }

    /// How far another slice lies from this one, in mm: along the normal, and in the plane.
    public func distance(to other: DICOMSlice) -> (along: Double, inPlane: Double) {
        guard let own = header.position, let others = other.header.position else { return (0, 0) }
        let squared = zip(own, others).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let along = abs(position - other.position)
        return (along, max(0, squared - along * along).squareRoot())
    }

    /// Checks that this slice can stand in one series with another.
    /// - Throws: `DICOMError.mismatch` for another size, spacing or orientation, and for another series unless that is wanted.
    public func requireFit(with other: DICOMSlice, sameSeries: Bool) throws(DICOMError) {
        func refusal(_ element: String, _ found: String, _ expected: String) -> DICOMError {
            .mismatch(file: path, other: other.path, element: element, found: found, expected: expected)
        }
        // What a series is called may name a patient; that it is another one is enough.
        guard !sameSeries || header.seriesUID == other.header.seriesUID else {
            throw refusal("series", "another", "the same")
        }
        guard width == other.width, height == other.height else {
            throw refusal("size", "\(height)x\(width)", "\(other.height)x\(other.width)")
        }
        guard abs(spacing - other.spacing) <= 1e-3 * spacing else {
            throw refusal("pixel spacing", "\(spacing)", "\(other.spacing)")
        }
        guard let own = header.orientation, let others = other.header.orientation,
            zip(own, others).allSatisfy({ abs($0 - $1) <= 1e-3 })
        else { throw refusal("orientation", "another", "the same") }
    }

    private static func shown(_ text: String) -> String { text.isEmpty ? "missing" : text }

    private static func normal(_ orientation: [Double]) -> [Double]? {
        let (r, c) = (Array(orientation.prefix(3)), Array(orientation.suffix(3)))
        let normal = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]]
        let length = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return abs(length - 1) <= 1e-3 ? normal : nil
    }
}
