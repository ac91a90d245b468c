package import Paillier

/// What can be wrong with key and ciphertext files, each told in one line. No case carries a secret.
package enum KeyFileError: Error, Equatable {
    case unreadable(String)
    case unwritable(String, reason: String)
    /// Keys are never overwritten.
    case exists(String)
    /// One path for both keys.
    case samePath(String)
    case inFile(path: String, PaillierError)
}

extension KeyFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path): "\(path): no such file, or not readable; expected a JSON file"
        case .unwritable(let path, let reason):
            "\(path): cannot be written (\(reason)); expected a path in an existing, writable folder"
        case .exists(let path): "\(path): exists; expected a new name, as keys are never overwritten"
        case .samePath(let path): "\(path): given for both keys; expected two files"
        case .inFile(let path, let error): "\(path): \(error)"
        }
    }
}
