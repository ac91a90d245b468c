import Foundation

/// Standard output and standard error. What cannot be written is an error on the one and lost on the other; neither ends
/// the program with a trap.
package enum Console {
    /// - Throws: `FileError.unwritable` if standard output is full or closed.
    package static func output(_ text: String) throws(FileError) {
        var text = text
        guard text.withUTF8({ AtomicFile.writeAll(UnsafeRawBufferPointer($0), to: STDOUT_FILENO) }) else {
            throw .unwritable(file: "standard output", reason: systemReason(errno))
        }
    }

    /// A text that may come from elsewhere, as one line that a terminal and a log can take: control characters, with which it could
    /// move the cursor, forge a line or turn its order around, become blanks or question marks, and what is long is cut.
    package static func line(_ text: String) -> String {
        let longest = 2000
        let words = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let scalars = words.unicodeScalars.prefix(longest + 1).map { scalar -> Unicode.Scalar in
            if scalar == "\t" { return " " }
            return scalar.properties.generalCategory == .control || scalar.properties.isBidiControl ? "?" : scalar
        }
        let line = String(String.UnicodeScalarView(scalars.prefix(longest)))
        return scalars.count > longest ? line + "..." : line
    }

    /// A line of its own on standard error, whatever is in the names and texts it tells.
    package static func tell(_ text: String) { error("ldct: \(line(text))\n") }

    package static func error(_ text: String) {
        var text = text
        _ = text.withUTF8 { AtomicFile.writeAll(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }

    /// Occupies the three standard descriptors where the caller closed one, so that no file that is opened later gets its
    /// number, and with it what is meant for the terminal.
    package static func occupyStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The other way round, so that using it is the error it should be.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
