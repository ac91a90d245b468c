public import Numerics

/// One encrypted float of the published system, as it travels.
public struct PaperCiphertext: Sendable, Equatable {
    /// The Paillier ciphertext of the mantissa, in `[1, n^2)`.
    public let value: BigInteger
    /// The float's binary exponent, in clear: all that the exponent attack needs.
    public let exponent: Int

    public init(value: BigInteger, exponent: Int) {
        self.value = value
        self.exponent = exponent
    }
}
