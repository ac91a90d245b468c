import Foundation
import Support

/// Files that gzip has compressed.
enum CompressedFile {
    /// What a file of records may come to: far more than any run writes.
    static let largest = 1 << 32

    /// The bytes of a `.gz` file.
    /// - Throws: `ReportingError.unreadable` for a file that is missing, damaged, cut short or too large.
    static func contents(_ path: String) throws(ReportingError) -> Data {
        do {
            return try Compression.contents(ofGzip: path, largest: largest, expected: "records")
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }
}
