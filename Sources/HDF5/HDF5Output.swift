import CHDF5
import Foundation
package import Support

extension HDF5File {
    /// Version of the library in use.
    package static var libraryVersion: String {
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        _ = H5get_libversion(&major, &minor, &release)
        return "\(major).\(minor).\(release)"
    }

    /// Writes a new file in one piece: `body` fills a file with a temporary name in the same folder, which is renamed
    /// to `path` at the end.
    ///
    /// Whatever fails, the temporary file is removed and an older file at `path` stays as it was.
    /// - Throws: `FileError.unwritable`, `HDF5Error`, or what `body` throws.
    package static func write<Result>(
        to path: String, access: AtomicFile.Access = .usual, _ body: (borrowing HDF5Output) throws -> Result
    ) throws -> Result {
        try AtomicFile.replace(path, access: access) { temporary in
            do {
                let file = try HDF5Output(creating: temporary, as: path)
                let result = try body(file)
                try file.close()
                return result
            } catch let error as HDF5Error {
                switch error {
                case .library(file: path, _, _, let reason), .unwritable(file: path, let reason):
                    throw HDF5Error.unwritable(
                        file: path, reason: AtomicFile.whyFull(temporary) ?? HDF5Output.plain(reason))
                default: throw error
                }
            }
        }
    }
}

/// An HDF5 file that is being written, see `HDF5File.write(to:_:)`.
///
/// The library below is not thread safe; all of this type's operations take one process-wide lock, so files on different threads are
/// correct but not parallel. Equal contents written in the same order are equal bytes: no times are stored.
package struct HDF5Output: ~Copyable {
    /// Its final path.
    package let path: String
    let handle: HDF5Handle

    fileprivate init(creating temporary: String, as path: String) throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        // Not locked: nobody else knows the name, and a child that is just starting would hold the lock for a moment longer.
        guard let access = HDF5Handle(H5Pcreate(chdf5_file_access()), .properties),
            H5Pset_file_locking(access.id, false, true) >= 0,
            let handle = HDF5Handle(H5Fcreate(temporary, chdf5_truncate(), chdf5_default(), access.id), .output)
        else {
            throw .unwritable(file: path, reason: HDF5Library.reason())
        }
        self.path = path
        self.handle = handle
    }

    fileprivate consuming func close() throws(HDF5Error) {
        HDF5Library.enter()
        defer { HDF5Library.leave() }
        let path = path
        // Closing writes what is still cached: on a full disk this is where it fails.
        guard H5Fflush(handle.id, H5F_SCOPE_GLOBAL) >= 0, handle.close() else {
            throw .unwritable(file: path, reason: HDF5Library.reason())
        }
    }

    /// The system's words out of the library's, where there are any.
    fileprivate static func plain(_ reason: String) -> String {
        reason.firstMatch(of: /error message = '([^']*)'/).map { $0.1.lowercased() } ?? reason
    }

    func failure(_ call: String, _ object: String) -> HDF5Error {
        .library(file: path, object: object, call: call, reason: HDF5Library.reason())
    }
}
