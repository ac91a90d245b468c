package import Paillier
package import PrivateDenoising
import Support

/// What can be wrong with key and ciphertext files, each told in one line. No case carries a secret.
package enum KeyFileError: Error, Equatable {
    case inFile(path: String, PaillierError)
    /// A client's private key, in its scheme's words.
    case unreadable(path: String, problem: String)
    /// A key of a scheme for images where numbers are encrypted or decrypted.
    case otherScheme(path: String, SchemeName)
}

extension KeyFileError: ExitStatusError {
    /// A number that decrypts out of range is a failed check, not a wrong input.
    package var exitStatus: Int32 {
        if case .inFile(_, .decryptedOutOfRange) = self { 1 } else { 2 }
    }
}

extension KeyFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .inFile(let path, let error): "\(path): \(error)"
        case .unreadable(let path, let problem): "\(path): \(problem)"
        case .otherScheme(let path, let scheme):
            "\(path): a key of the \(scheme.rawValue), which encrypts images only; expected a key in python-paillier's format"
        }
    }
}
