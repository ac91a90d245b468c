package import Foundation

/// Whole files read into memory, within a bound.
package enum InputFile {
    /// Says on standard error if others can read or change a file that proved to be a secret.
    package static func tellIfOthersCanRead(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { return }
        let mode = String(status.st_mode & 0o777, radix: 8)
        Console.error("ldct: \(path): others can read or change it (mode 0\(mode)); 'chmod 600' keeps it secret\n")
    }

    /// - Parameters:
    ///   - expected: What the file should be, with its article, for the message.
    ///   - limit: The most bytes such a file can have.
    /// - Throws: `FileError.unreadable` if it is missing, a folder, closed to us, or longer than the limit.
    package static func contents(
        _ path: String, expected: String, limit: Int = 1 << 30
    ) throws(FileError) -> Data {
        func refusal(_ reason: String) -> FileError {
            .unreadable(file: path, reason: reason, expected: expected)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal(systemReason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refusal(systemReason(errno)) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw refusal("is a folder") }
        let size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
        guard size <= limit else { throw refusal("\(size) bytes, at most \(limit) can be right") }
        // One byte more than there are, so that the end is met in the first pass.
        var data = Data(count: size + 1)
        var used = 0
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
}
