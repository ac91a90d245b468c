package import Foundation

/// Whole files read into memory, within a bound.
package enum InputFile {
    /// Says on standard error if others can read or change a file that proved to be a secret.
    package static func tellIfOthersCanRead(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { return }
        let mode = String(status.st_mode & 0o777, radix: 8)
        Console.tell("\(path): others can read or change it (mode 0\(mode)); 'chmod 600' keeps it secret")
    }

    /// How long a named pipe may have nobody at its other end.
    private static let patience = 2.0

    /// - Parameters:
    ///   - expected: What the file should be, with its article, for the message.
    ///   - limit: The most bytes such a file can have.
    /// - Throws: `FileError.unreadable` if it is missing, a folder, closed to us, longer than the limit, or a named pipe that
    ///   nobody writes to.
    package static func contents(
        _ path: String, expected: String, limit: Int = 1 << 30
    ) throws(FileError) -> Data {
        func refusal(_ reason: String) -> FileError {
            .unreadable(file: path, reason: reason, expected: expected)
        }
        // Without waiting: to open a pipe without a writer would last for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw refusal(systemReason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refusal(systemReason(errno)) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw refusal("is a folder") }
        let size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
        guard size <= limit else { throw refusal("\(size) bytes, at most \(limit) can be right") }
        var start: [UInt8] = []
        if status.st_mode & S_IFMT == S_IFIFO {
            guard let first = awaitWriter(descriptor) else { throw refusal("a named pipe that nobody writes to") }
            start = first
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        // One byte more than there are, so that the end is met in the first pass.
        var data = Data(start) + Data(count: size + 1)
        var used = start.count
        while true {
            if used == data.count { data.count = min(2 * data.count, limit + 1) }
            let room = data.count
            let count = data.withUnsafeMutableBytes { buffer in
                Foundation.read(descriptor, buffer.baseAddress.map { $0 + used }, room - used)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw refusal(systemReason(errno)) }
            guard count > 0 else { break }
            used += count
            guard used <= limit else { throw refusal("more than \(limit) bytes") }
        }
        return data.prefix(used)
    }

    /// Whether there is a file, not a folder, pipe or device; links are followed.
    package static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The first bytes of a regular file, by which its kind is told; none of anything else.
    /// - Parameter count: The most bytes that are read.
    package static func head(_ path: String, _ count: Int) -> Data {
        guard isRegular(path), let file = FileHandle(forReadingAtPath: path) else { return Data() }
        defer { try? file.close() }
        return (try? file.read(upToCount: count)) ?? Data()
    }

    /// Waits a little for somebody to write to a pipe that was opened without waiting. Returns what was read of it on the way,
    /// nil if nobody came.
    private static func awaitWriter(_ descriptor: Int32) -> [UInt8]? {
        let end = Date(timeIntervalSinceNow: patience)
        repeat {
            // There are bytes (POLLIN), or a writer has been there and is gone (POLLHUP).
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&state, 1, 50) > 0 { return [] }
            // Of a writer that has nothing yet only a read tells: it would have to wait.
            var byte: UInt8 = 0
            let count = Foundation.read(descriptor, &byte, 1)
            if count == 1 { return [byte] }
            if count < 0, errno == EAGAIN { return [] }
        } while Date() < end
        return nil
    }
}
