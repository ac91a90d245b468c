package import Paillier

/// What can be wrong with key and ciphertext files, each told in one line. No case carries a secret.
package enum KeyFileError: Error, Equatable {
    case inFile(path: String, PaillierError)
}

extension KeyFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .inFile(let path, let error): "\(path): \(error)"
        }
    }
}
