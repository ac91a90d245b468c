import Support

/// What can be wrong with an HDF5 file, each told in one line: what, where, what was expected.
package enum HDF5Error: Error, Equatable, Sendable {
    /// The file does not exist, or may not be read.
    case unreadable(file: String)
    /// The file is there but is not HDF5, or is cut short; `reason` is the library's.
    case damaged(file: String, reason: String)
    /// The file could not be written whole: a full disk.
    case unwritable(file: String, reason: String)
    /// No group, dataset or attribute of that path; an attribute is written `object@name`.
    case missing(file: String, object: String)
    /// A group where a dataset was expected.
    case notADataset(file: String, object: String)
    /// The stored type cannot become the requested one.
    case wrongType(file: String, object: String, expected: String, found: String)
    /// The number of values, the rank or a row range does not fit.
    case wrongShape(file: String, object: String, expected: String, found: [Int])
    /// A value that the requested type cannot hold.
    case lossy(file: String, object: String)
    /// Values that lie outside the file, which its checksum would not cover: `how` says by what.
    case elsewhere(file: String, object: String, how: String)
    /// Values that are declared and not there.
    case notStored(file: String, object: String, found: String)
    /// Values compressed by what this machine's library cannot undo.
    case filter(file: String, object: String, filter: String)
    /// Anything else that the library refused: its own words, and the call that failed.
    case library(file: String, object: String, call: String, reason: String)
}

extension HDF5Error: ExitStatusError {
    package var exitStatus: Int32 {
        if case .unwritable = self { 1 } else { 2 }
    }
}

extension HDF5Error: CustomStringConvertible {
    /// One line, whatever a file's names and texts hold.
    package var description: String { Console.line(words) }

    private var words: String {
        switch self {
        case .unreadable(let file):
            "\(file): no such file, or not readable; expected an HDF5 file"
        case .damaged(let file, let reason):
            "\(file): not an HDF5 file, or damaged (\(reason)); expected a complete HDF5 file"
        case .unwritable(let file, let reason):
            "\(file): could not be written (\(reason)); nothing there was changed"
        case .missing(let file, let object):
            "\(file): \(object) is missing; expected it in this file"
        case .notADataset(let file, let object):
            "\(file): \(object) is a group; expected a dataset"
        case .wrongType(let file, let object, let expected, let found):
            "\(file): \(object) holds \(found); expected \(expected)"
        case .wrongShape(let file, let object, let expected, let found):
            "\(file): \(object) has shape \(found); expected \(expected)"
        case .lossy(let file, let object):
            "\(file): \(object) has a value that is too large for the type it is needed in; expected numbers that fit"
        case .elsewhere(let file, let object, let how):
            "\(file): \(object) is \(how); expected values in the file itself, which its checksum covers "
                + "(h5py: copy them, f[name] = array)"
        case .notStored(let file, let object, let found):
            "\(file): \(object) has \(found); expected all values to be stored"
        case .filter(let file, let object, let filter):
            "\(file): \(object) is compressed by a filter that is not installed here (\(filter)); expected gzip or none"
        case .library(let file, let object, let call, let reason):
            "\(file): \(object): \(call) failed (\(reason)); expected it to succeed"
        }
    }
}
