public import Foundation

/// What can be wrong with a key, a ciphertext or an encoding. No case carries a secret: no plaintext, prime or exponent.
public enum PaillierError: Error, Equatable {
    /// A key file or number that is not what its format asks for.
    case malformedKey(String)
    /// The key is smaller than the caller allows.
    case keyTooSmall(bits: Int, minimum: Int)
    /// A ciphertext outside `0 < c < n^2`, or sharing a factor with n.
    case ciphertextOutOfRange(index: Int)
    /// The ciphertext belongs to another key or has another count than expected.
    case ciphertextCount(found: Int, expected: Int)
    /// Serialised ciphertexts of another length than their number asks for.
    case ciphertextBytes(found: Int, expected: Int)
    case malformedCiphertext(String)
    /// A slot of `bits` bits, `slots` times, does not fit the plaintext of this key.
    case slotsTooNarrow(needed: Int, available: Int)
    case plaintextOutOfRange(limit: String)
    /// A number to encrypt that no fixed-point plaintext stands for.
    case numberOutOfRange
    /// A number to encrypt with digits below 16^-32, which would be lost.
    case numberTooFine(Double)
    /// A decrypted number of a ciphertext file that nobody can have encrypted under this key.
    case decryptedOutOfRange(index: Int)
    /// The kernel path asked for cannot run on this processor, or is not one.
    case kernelUnavailable(String)
    /// A layer whose smallest block of accumulators exceeds the memory it was given.
    case memoryLimit(needed: Int, available: Int)
}

extension PaillierError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .malformedKey(let what): "key: \(what)"
        case .keyTooSmall(let bits, let minimum):
            "key of \(bits) bits: at least \(minimum) expected (`insecure: true` or --insecure allows 1024)"
        case .ciphertextOutOfRange(let index):
            "ciphertext \(index) is not a unit modulo n^2: 0 < c < n^2 and gcd(c, n) = 1 expected (another key's ciphertext?)"
        case .ciphertextCount(let found, let expected): "\(found) ciphertexts found, \(expected) expected"
        case .ciphertextBytes(let found, let expected):
            "\(found) bytes of ciphertexts found, \(expected) expected"
        case .malformedCiphertext(let what): "ciphertext: \(what)"
        case .slotsTooNarrow(let needed, let available):
            "a packed plaintext needs \(needed) bits, the key offers \(available)"
        case .plaintextOutOfRange(let limit): "plaintext out of range: |m| <= \(limit) expected"
        case .numberOutOfRange: "a number to encrypt is not finite or too large: a magnitude below 2^896 expected"
        case .numberTooFine(let value):
            "\(value) has digits below 16^-32, about 2.9e-39, which would be lost: a multiple of 16^-32 expected"
        case .decryptedOutOfRange(let index):
            "number \(index) decrypts out of range: |m| < n/3 and a finite number expected (another key's ciphertext?)"
        case .kernelUnavailable(let name):
            "kernel path '\(name)' cannot run here: one of ifma (AVX-512 IFMA processors), portable, gmp expected"
        case .memoryLimit(let needed, let available):
            "one block of accumulators needs \(needed) bytes, the memory limit leaves \(available)"
        }
    }
}
