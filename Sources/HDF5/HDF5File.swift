import CHDF5
import Foundation
package import Support

/// An open HDF5 file, closed when it goes out of scope.
///
/// Noncopyable and not `Sendable`: a file stays in the task that opened it. The library below is not thread safe; all
/// operations of this module take one process-wide lock, so files on different threads are correct but not parallel.
/// Read first, compute after.
///
/// Objects are named by absolute paths (`/train/low_dose`). Equal contents written in the same order are equal bytes:
/// no times are stored.
public struct HDF5File: ~Copyable {
    /// The path the file was opened by, for messages. While a file is written this is its final path.
    public let path: String
    let handle: HDF5Handle

    /// Version of the library in use.
    public static var libraryVersion: String {
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        _ = H5get_libversion(&major, &minor, &release)
        return "\(major).\(minor).\(release)"
    }

    private init(path: String, handle: consuming HDF5Handle) {
        self.path = path
        self.handle = handle
    }

    /// Opens a file for reading.
    ///
    /// - Throws: `HDF5Error.unreadable` or `.damaged`.
    public init(reading path: String) throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
            FileManager.default.isReadableFile(atPath: path)
        else { throw .unreadable(file: path) }
        guard H5Fis_hdf5(path) > 0 else { throw .damaged(file: path, reason: "no HDF5 signature") }
        guard let handle = HDF5Handle(H5Fopen(path, chdf5_read_only(), chdf5_default()), .file) else {
            throw .damaged(file: path, reason: HDF5Library.reason())
        }
        self.init(path: path, handle: handle)
    }

    /// Writes a new file in one piece: `body` fills a file with a temporary name in the same folder, which is renamed
    /// to `path` at the end.
    ///
    /// Whatever fails, the temporary file is removed and an older file at `path` stays as it was.
    /// - Throws: `FileError.unwritable`, `HDF5Error`, or what `body` throws.
    package static func write<Result>(
        to path: String, access: AtomicFile.Access = .usual, _ body: (borrowing HDF5File) throws -> Result
    ) throws -> Result {
        try AtomicFile.replace(path, access: access) { temporary in
            do {
                let file = try HDF5File(creating: temporary, as: path)
                let result = try body(file)
                try file.close()
                return result
            } catch HDF5Error.library(file: path, _, _, let reason) {
                throw HDF5Error.unwritable(file: path, reason: Self.plain(reason))
            }
        }
    }

    private init(creating temporary: String, as path: String) throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let created = H5Fcreate(temporary, chdf5_truncate(), chdf5_default(), chdf5_default())
        guard let handle = HDF5Handle(created, .file) else {
            throw .unwritable(file: path, reason: HDF5Library.reason())
        }
        self.init(path: path, handle: handle)
    }

    private consuming func close() throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let path = path
        // Closing writes what is still cached: on a full disk this is where it fails.
        guard H5Fflush(handle.id, H5F_SCOPE_GLOBAL) >= 0, handle.close() else {
            throw .unwritable(file: path, reason: Self.plain(HDF5Library.reason()))
        }
    }

    /// The system's words out of the library's, where there are any.
    private static func plain(_ reason: String) -> String {
        reason.firstMatch(of: /error message = '([^']*)'/).map { $0.1.lowercased() } ?? reason
    }

    func failure(_ call: String, _ object: String) -> HDF5Error {
        .library(file: path, object: object, call: call, reason: HDF5Library.reason())
    }
}
