package import Foundation

/// Files that are either the old or the new version, never half of one.
package enum AtomicFile {
    /// Writes to a temporary name in the same folder, then renames.
    /// - Throws: `ReportingError.unwritable` naming the file.
    package static func write(_ data: Data, to path: String) throws(ReportingError) {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .unwritable(file: path, reason: reason(error))
        }
    }

    package static func write(_ text: String, to path: String) throws(ReportingError) {
        try write(Data(text.utf8), to: path)
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileNoSuchFile?, .fileReadNoSuchFile?: "its folder does not exist"
        case .fileWriteNoPermission?: "no permission"
        case .fileWriteOutOfSpace?: "the disk is full"
        case .fileWriteVolumeReadOnly?: "the disk is read-only"
        default: "expected a writable folder"
        }
    }
}
