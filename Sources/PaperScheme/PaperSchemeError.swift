/// What can go wrong in the published encoding. No case carries a value.
package enum PaperSchemeError: Error, Equatable {
    /// A value to encode is NaN or infinite.
    case notFinite
    /// A ciphertext shares a factor with n, so that a negative weight cannot be applied.
    case notInvertible
    /// A decrypted integer lies in the middle third of `[0, n)`. Smaller overflows wrap round unseen.
    case overflow(index: Int)
    case ciphertextCount(found: Int, expected: Int)
}

extension PaperSchemeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFinite: "paper scheme: value is NaN or infinite; expected a finite number"
        case .notInvertible: "paper scheme: ciphertext shares a factor with n; expected a unit modulo n^2"
        case .overflow(let index):
            "paper scheme: value \(index) does not fit the plaintext; expected exponents closer together or a larger key"
        case .ciphertextCount(let found, let expected):
            "paper scheme: \(found) ciphertexts; expected \(expected)"
        }
    }
}
