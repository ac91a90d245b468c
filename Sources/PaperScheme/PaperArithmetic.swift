package import Paillier
import Numerics

/// Arithmetic on encrypted floats the way the published system does it, on plain big integers.
///
/// - Warning: for measurements and attacks only; every part of it is unsafe. Exponents in clear give every value up to a factor of two.
///   Nothing is re-randomised, so a result's randomness is the product of the inputs' randomness to the powers of the mantissas, from
///   which the client reads the weights. A negative weight takes an inversion more, and a zero one none, so that time tells signs.
///   Bias ciphertexts carry no randomness at all: anyone decrypts them.
/// - SeeAlso: Yang et al., IEEE TAI 2025, and the code published with it. No deviation in what is computed; its 16 processes are
///   threads here.
package struct PaperArithmetic: Sendable {
    package let key: PublicKey
    private let square: BigInteger

    package init(key: PublicKey) {
        self.key = key
        square = key.n * key.n
    }

    /// `(1 + n m) r^n mod n^2` for the mantissa m and a fresh r, by plain modular powers.
    /// - Throws: `notFinite`.
    /// - Complexity: one power of |n| bits modulo n^2.
    package func encrypt(_ value: Double) throws(PaperSchemeError) -> PaperCiphertext {
        var generator = SystemRandomNumberGenerator()
        let encoded = try EncodedFloat(value)
        let root = BigInteger.random(below: key.n - .one, using: &generator) + .one
        return PaperCiphertext(
            value: key.encrypt(encoded.mantissa, unsafeRoot: root), exponent: encoded.exponent)
    }

    /// `1 + n m`, how the published system adds a bias.
    /// - Warning: readable by anyone.
    package func encryptWithoutRandomness(_ value: EncodedFloat) -> PaperCiphertext {
        let residue = value.mantissa.modulo(key.n)
        return PaperCiphertext(value: .one + key.n * residue, exponent: value.exponent)
    }

    /// The plaintexts' product: a power with the mantissa's magnitude, after an inversion if it is negative. Exponents add.
    /// - Throws: `notInvertible`.
    /// - Complexity: one power of 53 bits modulo n^2, and for half of all weights an inversion.
    package func product(
        _ ciphertext: PaperCiphertext, _ weight: EncodedFloat
    ) throws(PaperSchemeError) -> PaperCiphertext {
        var base = ciphertext.value
        if weight.mantissa.isNegative {
            guard let inverse = base.inverse(modulo: square) else { throw .notInvertible }
            base = inverse
        }
        return PaperCiphertext(
            value: base.power(weight.mantissa.absoluteValue, modulo: square),
            exponent: ciphertext.exponent + weight.exponent)
    }

    /// The plaintexts' sum. The one with the larger exponent is multiplied by `2^difference` first: a power.
    package func sum(_ left: PaperCiphertext, _ right: PaperCiphertext) -> PaperCiphertext {
        let exponent = min(left.exponent, right.exponent)
        let product = value(of: left, at: exponent) * value(of: right, at: exponent)
        return PaperCiphertext(value: product.modulo(square), exponent: exponent)
    }

    private func value(of ciphertext: PaperCiphertext, at exponent: Int) -> BigInteger {
        let shift = ciphertext.exponent - exponent
        return shift == 0 ? ciphertext.value : ciphertext.value.power(.one << shift, modulo: square)
    }
}

extension PrivateKey {
    /// Decrypts floats of the published system, by the Chinese remainder theorem as it does.
    /// - Throws: `PaillierError.ciphertextOutOfRange`; `PaperSchemeError.overflow` for an integer whose magnitude is at least n/3, the
    ///   published system's test. It cannot see larger overflows, which wrap round.
    package func decrypt(_ ciphertexts: [PaperCiphertext], threads: Int = 1) throws -> [Double] {
        let plaintexts = try decrypt(Ciphertexts(ciphertexts.map(\.value), key: publicKey), threads: threads)
        let three = BigInteger(3)
        return try ciphertexts.enumerated().map { index, ciphertext in
            let mantissa = plaintexts.signed(index, key: publicKey)
            guard mantissa.absoluteValue * three < publicKey.n else { throw PaperSchemeError.overflow(index: index) }
            return Double(mantissa: mantissa, exponent: ciphertext.exponent)
        }
    }
}
