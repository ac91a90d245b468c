public import Foundation
internal import Support

/// Grey pictures as PNG.
/// - SeeAlso: PNG specification, third edition (W3C, 2025).
public enum PNGFile {
    /// An image in a window: black at its lower end and below, white at its upper end and above.
    /// - Parameters:
    ///   - image: in HU.
    ///   - center: middle of the window, HU.
    ///   - width: of the window, HU; positive.
    public static func data(_ image: Image, center: Double, width: Double) -> Data {
        let low = center - width / 2
        var rows = [UInt8]()
        rows.reserveCapacity(image.height * (image.width + 1))
        for row in 0..<image.height {
            // Every row says first that it is not filtered.
            rows.append(0)
            for pixel in image.pixels[row * image.width..<(row + 1) * image.width] {
                rows.append(UInt8(min(max((Double(pixel) - low) / width * 255, 0), 255).rounded()))
            }
        }
        var data = Data([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        // Eight bits of grey; deflate, no adaptive filter, not interlaced.
        data += chunk("IHDR", bigEndian(UInt32(image.width)) + bigEndian(UInt32(image.height)) + [8, 0, 0, 0, 0])
        data += chunk("IDAT", Compression.deflated(rows))
        data += chunk("IEND", [])
        return data
    }

    private static func chunk(_ kind: String, _ content: [UInt8]) -> Data {
        let body = Array(kind.utf8) + content
        return Data(bigEndian(UInt32(content.count)) + body + bigEndian(Compression.checksum(body)))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
