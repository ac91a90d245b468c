import Support

/// What can be wrong with the input of `ldct prepare`, each told in one line.
package enum PrepareError: Error, Equatable, Sendable {
    /// The raw file is missing, a folder, or not readable.
    case unreadable(file: String)
    /// The raw file's length does not fit its shape and type.
    case wrongLength(file: String, found: Int, expected: Int, shape: [Int], type: String)
    /// A file with a header where values alone are wanted.
    case wrongKind(file: String, kind: String)
    /// A shape, spacing or count that makes no sense.
    case parameter(name: String, found: String, expected: String)
    /// A slice's patches that an interrupted run has left, or somebody has changed.
    case damagedPart(file: String)
    /// Parts of an interrupted run for something else.
    case foreignParts(folder: String)
}

extension PrepareError: CustomStringConvertible {
    /// One line, whatever a file's names and texts hold.
    package var description: String { Console.line(words) }

    private var words: String {
        switch self {
        case .unreadable(let file): "\(file): no such file, or not readable; expected a raw volume"
        case .wrongLength(let file, let found, let expected, let shape, let type):
            "\(file): \(found) bytes; expected \(expected) bytes for shape \(shape) of \(type)"
        case .wrongKind(let file, let kind):
            "\(file): \(kind); expected values alone (numpy: array.astype('<f4').tofile(name))"
        case .parameter(let name, let found, let expected): "\(name) is \(found); expected \(expected)"
        case .damagedPart(let file):
            "\(file): changed since an interrupted run wrote it; expected it whole (its folder is gone now: run this again)"
        case .foreignParts(let folder):
            "\(folder): belongs to another run; expected this one's, with the same input and options (delete it to start anew)"
        }
    }
}
