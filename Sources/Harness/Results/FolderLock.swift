import Foundation

/// Keeps a second run out of a result folder for as long as this object lives.
///
/// An advisory `flock` on `<folder>/.lock`: the system drops it when the process ends, however it ends, so no stale
/// lock can remain. The empty file stays.
final class FolderLock: Sendable {
    static let name = ".lock"
    private let descriptor: Int32

    init(folder: String) throws(ResultsError) {
        descriptor = open("\(folder)/\(Self.name)", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .notWritable(folder: folder, reason: FolderLock.reason(errno))
        }
        guard Self.lock(descriptor) else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK
                ? .locked(folder: folder) : .notWritable(folder: folder, reason: Self.reason(code))
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

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}
