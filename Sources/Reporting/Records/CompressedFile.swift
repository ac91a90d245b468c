import CZlib
import Foundation

/// Files that gzip has compressed.
enum CompressedFile {
    /// What a file of records may come to: far more than any run writes.
    static let largest = 1 << 32

    /// The bytes of a `.gz` file.
    /// - Throws: `ReportingError.unreadable` for a file that is missing, damaged, cut short or too large.
    static func contents(_ path: String) throws(ReportingError) -> Data {
        guard let file = gzopen(path, "rb") else {
            throw .unreadable(file: path, reason: "no such file, or no permission")
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
        guard data.count <= largest else {
            throw .unreadable(file: path, reason: "more than \(largest >> 20) MiB; expected records")
        }
        guard isWhole else { throw .unreadable(file: path, reason: "not a whole gzip file") }
        return data
    }
}
