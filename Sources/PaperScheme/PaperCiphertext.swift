package import Numerics

/// One encrypted float of the published system, as it travels.
package struct PaperCiphertext: Sendable, Equatable {
    /// The Paillier ciphertext of the mantissa, in `[1, n^2)`.
    package let value: BigInteger
    /// The float's binary exponent, in clear: all that the exponent attack needs.
    package let exponent: Int

    package init(value: BigInteger, exponent: Int) {
        self.value = value
        self.exponent = exponent
    }
}
