import Foundation
public import Imaging

/// What a network was trained on, as far as its file says: noise and edges have another grain in pixels of another size.
public struct TrainingImages: Sendable, Hashable, Codable {
    /// mm between slices, rows, columns.
    public let pixelSpacing: [Double]
    /// The part of the body, one line; nil where the patch file did not say.
    public let bodyRegion: String?

    /// How many times larger or smaller pixels may be before it is said.
    public static let toleratedRatio = 1.25

    public init(_ record: PatchDataset.Record) {
        (pixelSpacing, bodyRegion) = (record.pixelSpacing, record.bodyRegion)
    }

    private enum CodingKeys: String, CodingKey {
        case pixelSpacing = "pixel_spacing_mm"
        case bodyRegion = "body_region"
    }

    /// - Throws: `DenoisingError.malformedFile` for what is no spacing, or text of several lines.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pixelSpacing = try container.decode([Double].self, forKey: .pixelSpacing)
        bodyRegion = try container.decodeIfPresent(String.self, forKey: .bodyRegion)
        guard pixelSpacing.count == 3, pixelSpacing.allSatisfy({ $0 >= 0.001 && $0 <= 1000 }) else {
            throw DenoisingError.malformedFile(
                reason: "pixel_spacing_mm is \(pixelSpacing), expected three numbers from 0.001 to 1000")
        }
        guard bodyRegion?.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) != true else {
            throw DenoisingError.malformedFile(reason: "body_region has control characters, expected one line of text")
        }
    }

    /// One sentence on images whose pixels, or whose part of the body, are others; nil where nothing is known against them.
    /// - Parameters:
    ///   - spacing: mm between columns; nil where the images do not say.
    ///   - region: their part of the body; nil where they do not say.
    public func doubt(spacing: Double?, region: String? = nil) -> String? {
        func number(_ value: Double) -> String { String(format: "%.3g", value) }
        if let spacing, max(spacing / pixelSpacing[2], pixelSpacing[2] / spacing) > Self.toleratedRatio {
            return
                "the network was trained on pixels of \(number(pixelSpacing[2])) mm, these have \(number(spacing)) mm: noise and "
                + "edges are of another size"
        }
        if let region, let bodyRegion, region.lowercased() != bodyRegion.lowercased() {
            return "the network was trained on '\(bodyRegion)', these images say '\(region)'"
        }
        return nil
    }
}
