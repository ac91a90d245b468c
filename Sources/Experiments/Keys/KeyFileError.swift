package import Lattice
package import Paillier
import Support

/// What can be wrong with key and ciphertext files, each told in one line. No case carries a secret.
package enum KeyFileError: Error, Equatable {
    case inFile(path: String, PaillierError)
    case latticeFile(path: String, LatticeError)
    /// A key of the lattice where numbers are encrypted or decrypted.
    case otherScheme(path: String)
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
        case .latticeFile(let path, let error): "\(path): \(error)"
        case .otherScheme(let path):
            "\(path): a key of the lattice, which encrypts images only; expected a key in python-paillier's format"
        }
    }
}
