internal import CDICOM
public import Foundation
internal import Support

/// How a derived CT image is told from its source: what was done, and identifiers of its own.
public struct DICOMDerivation: Sendable {
    /// What was done, in words; up to 1,024 ASCII characters.
    public let description: String
    /// Up to 64 ASCII characters.
    public let seriesDescription: String
    /// Of the series and of this image.
    public let seriesUID, instanceUID: String
    /// When it was done.
    public let date: Date

    /// - Parameters:
    ///   - series: What is the same for all images of the new series and for no other, of which its identifier is made.
    ///   - instance: The same for one image.
    public init(description: String, seriesDescription: String, series: String, instance: String, date: Date = Date()) {
        self.description = Self.ascii(description, 1024)
        self.seriesDescription = Self.ascii(seriesDescription, 64)
        seriesUID = Self.identifier(of: "series \(series)")
        instanceUID = Self.identifier(of: "instance \(series) \(instance)")
        self.date = date
    }

    /// The derived image's file: everything that the source says, with these words, identifiers and pixels.
    /// - Parameter image: HU, of the source's size.
    /// - Throws: `DICOMError` about the source.
    public func file(of image: Image, source: String) throws(DICOMError) -> Data {
        let values = image.pixels.map { Int16(max(-32_768, min(32_767, $0.rounded()))) }
        let (day, time) = Self.stamps(date)
        var (status, bytes, size) = (CDICOM_OK, UnsafeMutableRawPointer?.none, 0)
        func texts(_ body: ([UnsafePointer<CChar>?]) -> Void) {
            let copies = [instanceUID, seriesUID, description, seriesDescription, day, time].map { (text: String) in
                strdup(text)
            }
            defer { for copy in copies { free(copy) } }
            body(copies.map { UnsafePointer($0) })
        }
        try DICOMReading.call(source) {
            texts { texts in
                var derivation = cdicom_derivation(
                    instance_uid: texts[0], series_uid: texts[1], derivation: texts[2], series_description: texts[3],
                    date: texts[4], time: texts[5])
                status = cdicom_derive(source, &derivation, values, values.count, &bytes, &size)
            }
            return status
        }
        defer { free(bytes) }
        return bytes.map { Data(bytes: $0, count: size) } ?? Data()
    }

    /// `20251125` and `201500`, UTC.
    private static func stamps(_ date: Date) -> (day: String, time: String) {
        let text = date.formatted(
            .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: false)
                .timeSeparator(.omitted))
        let digits = text.filter(\.isNumber)
        return (String(digits.prefix(8)), String(digits.dropFirst(8).prefix(6)))
    }

    private static func ascii(_ text: String, _ limit: Int) -> String {
        String(text.map { $0.isASCII && !$0.isNewline && $0 != "\\" ? $0 : "?" }.prefix(limit))
    }

    /// A UID below 2.25 made of a UUID (version 8) of the text's hash: the same text has the same identifier.
    static func identifier(of text: String) -> String {
        var digest = Digest()
        digest.update(text)
        var value = digest.bytes.prefix(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        value = value & ~(UInt128(0xf) << 76) | UInt128(8) << 76
        value = value & ~(UInt128(3) << 62) | UInt128(2) << 62
        return "2.25.\(value)"
    }
}
