import CHDF5
import Foundation

/// The one C library behind all files.
///
/// HDF5 keeps global state (identifiers, free lists): unless it was built thread safe, two threads may not be inside it
/// even with different files. Whatever calls it in this process holds this lock; so does the start of a child, in which files are
/// read. It is recursive because `HDF5File.write` runs the caller's code between its own calls and because a handle may be closed
/// (deinit) inside an operation.
enum HDF5Library {
    private static let lock = NSRecursiveLock()
    /// No cleaning up at the end of the process: every handle is closed, and where a full disk let a file not be closed the library
    /// would write to it once more and crash (1.10.8). Before any other call of the library.
    private static let staysQuietAtExit = H5dont_atexit() >= 0

    static func enter() {
        lock.lock()
        _ = staysQuietAtExit
        // The setting belongs to the thread in thread-safe builds of the library: make it at every entry, it costs
        // nothing.
        _ = chdf5_silence()
    }

    static func leave() {
        lock.unlock()
    }

    /// The innermost message of the failed call, such as "unable to open file".
    static func reason() -> String {
        var message = ""
        let visit: H5E_walk2_t = { depth, entry, target in
            guard depth == 0, let text = entry?.pointee.desc, let target else { return 0 }
            target.assumingMemoryBound(to: String.self).pointee = String(cString: text)
            return 0
        }
        _ = withUnsafeMutablePointer(to: &message) {
            H5Ewalk2(chdf5_default_errors(), H5E_WALK_UPWARD, visit, $0)
        }
        return message.isEmpty ? "no reason given" : message.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

/// One open identifier of the library, closed when it goes out of scope.
struct HDF5Handle: ~Copyable {
    enum Kind {
        case file
        /// A file that is written. Where that failed it is left open: to close it would be to write again what could not be
        /// written, which crashes in some versions (1.10, a full disk).
        case output
        case dataset, object, attribute, space, type, properties
    }

    let id: hid_t
    private let kind: Kind

    /// - Returns: `nil` if the library returned an error code instead of an identifier.
    init?(_ id: hid_t, _ kind: Kind) {
        guard id >= 0 else { return nil }
        self.id = id
        self.kind = kind
    }

    deinit {
        guard kind != .output else { return }
        HDF5Library.enter()
        _ = Self.close(id, kind)
        HDF5Library.leave()
    }

    /// Closes now and tells whether that worked: for a file, closing is when the last bytes are written.
    consuming func close() -> Bool {
        let status = Self.close(id, kind)
        discard self
        return status >= 0
    }

    private static func close(_ id: hid_t, _ kind: Kind) -> herr_t {
        switch kind {
        case .file, .output: H5Fclose(id)
        case .dataset: H5Dclose(id)
        case .object: H5Oclose(id)
        case .attribute: H5Aclose(id)
        case .space: H5Sclose(id)
        case .type: H5Tclose(id)
        case .properties: H5Pclose(id)
        }
    }
}
