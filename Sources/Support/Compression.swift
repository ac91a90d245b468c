import CZlib
package import Foundation

/// gzip files, and the parts of zlib that pictures are made of.
package enum Compression {
    /// The bytes of a `.gz` file, at most `largest`.
    /// - Throws: `FileError.unreadable` for a file that is missing, damaged, cut short or too large.
    package static func contents(ofGzip path: String, largest: Int, expected: String) throws(FileError) -> Data {
        func refusal(_ reason: String) -> FileError { .unreadable(file: path, reason: reason, expected: expected) }
        guard InputFile.isRegular(path), let file = gzopen(path, "rb") else {
            throw refusal("no such file, or no permission")
        }
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var count = Int32(0)
        repeat {
            count = gzread(file, &buffer, UInt32(buffer.count))
            data.append(contentsOf: buffer.prefix(Int(max(0, count))))
        } while count > 0 && data.count <= largest
        // Of a file that ends early only closing tells.
        let isWhole = gzclose(file) == Z_OK && count == 0
        guard data.count <= largest else { throw refusal("more than \(largest >> 20) MiB; expected \(expected)") }
        guard isWhole else { throw refusal("not a whole gzip file") }
        return data
    }

    /// Writes a `.gz` file, replacing what is there; false if it could not be written whole.
    package static func writeGzip(_ data: Data, to path: String) -> Bool {
        guard let file = gzopen(path, "wb9") else { return false }
        let written = data.withUnsafeBytes { gzfwrite($0.baseAddress, 1, $0.count, file) }
        return gzclose(file) == Z_OK && written == data.count
    }

    /// A zlib stream (RFC 1950).
    package static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(count))
        let status = compress2(&result, &count, bytes, uLong(bytes.count), 9)
        precondition(status == Z_OK, "zlib has no memory")
        return Array(result.prefix(Int(count)))
    }

    /// CRC-32 as PNG and gzip use it.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32(0, bytes, uInt(bytes.count)))
    }
}
