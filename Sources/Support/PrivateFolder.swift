package import Foundation

/// A working folder for what only its owner may see: plaintexts, salts, keys. One process at a time, mode 0700 from its
/// creation, its files 0600.
package struct PrivateFolder: Sendable {
    package let path: String
    private let lock: FolderLock

    /// Makes the folder, or takes up one that this user made before.
    /// - Throws: `FileError.refused` if something else of that name is there: a file, a link, another user's folder, or one that
    ///   others may enter; `.locked` if another process works in it.
    package init(_ path: String) throws(FileError) {
        func refusal(_ reason: String) -> FileError {
            .refused(file: path, reason: reason, expected: "no such folder, or one of mode 0700 of this user's")
        }
        if mkdir(path, 0o700) != 0 {
            guard errno == EEXIST else { throw refusal("cannot be made (\(systemReason(errno)))") }
            var status = stat()
            guard lstat(path, &status) == 0 else { throw refusal("cannot be read (\(systemReason(errno)))") }
            guard status.st_mode & S_IFMT == S_IFDIR else { throw refusal("exists, and is not a folder") }
            guard status.st_uid == geteuid() else { throw refusal("belongs to another user") }
            guard status.st_mode & 0o077 == 0 else {
                throw refusal("may be read by others (mode 0\(String(status.st_mode & 0o777, radix: 8)))")
            }
        }
        self.path = path
        lock = try FolderLock(folder: path)
        // Its last owner may have removed it between our two steps.
        guard access(file(FolderLock.name), F_OK) == 0 else { throw .locked(folder: path) }
    }

    /// The path of a file in it.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func contents(_ name: String) -> Data? { FileManager.default.contents(atPath: file(name)) }

    /// - Throws: `FileError.unwritable`.
    package func write(_ data: Data, to name: String) throws(FileError) {
        try AtomicFile.write(data, to: file(name), access: .secret)
    }

    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Runs work that can be taken up again from this folder, which is gone afterwards unless trying again can help: after a
    /// signal, on a full disk, while somebody else is writing.
    package func whileWorking<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            let result = try body()
            remove()
            return result
        } catch {
            if !Self.isWorthAnotherTry(error) { remove() }
            throw error
        }
    }

    package func whileWorking<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            remove()
            return result
        } catch {
            if !Self.isWorthAnotherTry(error) { remove() }
            throw error
        }
    }

    private static func isWorthAnotherTry(_ error: any Error) -> Bool {
        error is CancellationError || (error as? any ExitStatusError).map { $0.exitStatus != 2 } ?? false
    }
}
