public import Foundation
internal import Support

/// Images as NumPy's `.npy`: float32, [row, column], HU.
/// - SeeAlso: numpy.lib.format, version 1.0.
public enum NumpyFile {
    public static func data(_ image: Image) -> Data {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(image.height), \(image.width)), }"
        // Magic, version and length take ten bytes; the pixels begin at a multiple of 64.
        let padding = (64 - (10 + header.utf8.count + 1) % 64) % 64
        header += String(repeating: " ", count: padding) + "\n"
        var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
        data.append(littleEndian: UInt16(header.utf8.count))
        data += Data(header.utf8)
        for pixel in image.pixels { data.append(littleEndian: pixel.bitPattern) }
        return data
    }
}
