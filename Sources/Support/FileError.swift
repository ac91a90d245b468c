import Foundation

/// An error that ends the program with a status of its own; all others end it with 2, "the input was wrong".
package protocol ExitStatusError: Error {
    /// 1: a check failed, a value was out of range, or an output could not be written whole. 75: try again later.
    var exitStatus: Int32 { get }
}

/// What can be wrong with a file or a folder as such, whatever is in it: one line that says where, what, and what was
/// expected.
package enum FileError: Error, Equatable {
    /// An input cannot be read.
    case unreadable(file: String, reason: String, expected: String)
    /// An output must not be written there: found before any work is done.
    case refused(file: String, reason: String, expected: String)
    /// An output could not be written whole; what stood there before still does.
    case unwritable(file: String, reason: String)
    /// Another process is writing into the folder; `holder` says which, where it is known.
    case locked(folder: String, holder: String? = nil)
}

extension FileError {
    /// The cause alone, for a message that names file and expectation in other words.
    package var reason: String {
        switch self {
        case .unreadable(_, let reason, _), .refused(_, let reason, _), .unwritable(_, let reason): reason
        case .locked: "in use"
        }
    }
}

extension FileError: ExitStatusError {
    package var exitStatus: Int32 {
        switch self {
        case .unreadable, .refused: 2
        case .unwritable: 1
        case .locked: 75
        }
    }
}

extension FileError: CustomStringConvertible {
    /// One line, whatever is in a file's name.
    package var description: String { Console.line(words) }

    private var words: String {
        switch self {
        case .unreadable(let file, let reason, let expected):
            "\(file): cannot be read (\(reason)); expected \(expected)"
        case .refused(let file, let reason, let expected):
            "\(file): \(reason); expected \(expected)"
        case .unwritable(let file, let reason):
            "\(file): could not be written (\(reason)); nothing there was changed"
        case .locked(let folder, let holder):
            "\(folder): another process is writing there\(holder.map { " (\($0))" } ?? ""); try again when it is done, or name another folder"
        }
    }
}

/// The system's words for an error number, in lower case.
package func systemReason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
