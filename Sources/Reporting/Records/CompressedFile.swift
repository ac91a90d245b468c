import Foundation
import Support

/// Files that gzip has compressed.
enum CompressedFile {
    /// What a file of records may come to: far more than any run writes.
    static let largest = 1 << 32

    /// The bytes of a `.gz` file.
    /// - Throws: `ReportingError.unreadable` for a file that is missing, damaged, cut short or too large.
    static func contents(_ path: String) throws(ReportingError) -> Data {
        do throws(Compression.Failure) {
            return try Compression.contents(ofGzip: path, largest: largest)
        } catch {
            switch error {
            case .missing: throw .unreadable(file: path, reason: "no such file, or no permission")
            case .tooLarge:
                throw .unreadable(file: path, reason: "more than \(largest >> 20) MiB; expected records")
            case .damaged: throw .unreadable(file: path, reason: "not a whole gzip file")
            }
        }
    }
}
