import Foundation

/// Keeps a second process out of a folder for as long as this object lives.
///
/// An advisory `flock` on `<folder>/.lock`: the system drops it when the process ends, however it ends, so no stale
/// lock can remain. The empty file stays.
package final class FolderLock: Sendable {
    package static let name = ".lock"
    private let descriptor: Int32

    /// - Throws: `FileError.locked`; `.refused` if the folder is missing or not writable.
    package init(folder: String) throws(FileError) {
        func refusal(_ code: Int32) -> FileError {
            .refused(file: folder, reason: "cannot be written (\(systemReason(code)))", expected: "a writable folder")
        }
        descriptor = open("\(folder)/\(Self.name)", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw refusal(errno) }
        guard Self.lock(descriptor) else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK ? .locked(folder: folder) : refusal(code)
        }
    }

    deinit { close(descriptor) }

    /// Tries for half a second: between its fork and its exec a child process holds whatever lock its parent has let go of.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<10 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(50_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
}
