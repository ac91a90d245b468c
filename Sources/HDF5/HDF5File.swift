import CHDF5Reader
import Foundation

/// An HDF5 file that is read, in a process of its own that ends when this goes out of scope.
///
/// Files are a stranger's. Whatever one says, no more comes of it than an error: values that lie in another file, that are not stored,
/// or that the type asked for cannot hold are refused, and memory follows what is stored.
///
/// Noncopyable and not `Sendable`: a file stays in the task that opened it. Objects are named by absolute paths (`/train/low_dose`).
package struct HDF5File: ~Copyable {
    /// The path the file was opened by.
    package let path: String
    let reader: HDF5Reader

    /// Opens a file for reading.
    ///
    /// - Throws: `HDF5Error.unreadable` or `.damaged`.
    package init(reading path: String) throws(HDF5Error) {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else { throw .unreadable(file: path) }
        let kind = status.st_mode & S_IFMT
        // A pipe would be waited for.
        guard kind == S_IFREG else {
            throw .damaged(file: path, reason: kind == S_IFDIR ? "a folder" : "no regular file")
        }
        reader = try HDF5Reader.opening(path)
        self.path = path
    }
}
