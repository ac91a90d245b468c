import Foundation
package import Numerics

/// A float as the published system encodes it: `mantissa * 2^exponent`, the mantissa a signed integer of exactly 53 bits.
///
/// - Warning: `exponent` is `floor(log2 |x|) - 52` and travels in clear: whoever sees it knows every value up to a factor of two, which
///   is enough to rebuild the image. For measurement only.
package struct EncodedFloat: Sendable, Equatable {
    package let mantissa: BigInteger
    package let exponent: Int

    /// The exponent that zero gets, as if it were a number in `[1/2, 1)`: the reference takes it from `frexp(0)`.
    static let exponentOfZero = -53
    /// Smaller magnitudes count as zero, as in the reference.
    static let smallest = 1e-200

    /// Exact for every magnitude from 1e-200.
    /// - Throws: `notFinite`.
    package init(_ value: Double) throws(PaperSchemeError) {
        guard value.isFinite else { throw .notFinite }
        guard value.magnitude >= Self.smallest else {
            (mantissa, exponent) = (.zero, Self.exponentOfZero)
            return
        }
        let magnitude = BigInteger(1 << 52 | value.significandBitPattern)
        mantissa = value < 0 ? -magnitude : magnitude
        exponent = Int(value.exponent) - 52
    }
}

extension Double {
    /// `mantissa * 2^exponent`, to 53 bits; infinite beyond the range of `Double`.
    init(mantissa: BigInteger, exponent: Int) {
        let excess = max(0, mantissa.bitWidth - 64)
        let top = Double(mantissa.absoluteValue >> excess)
        self = scalbn(mantissa.isNegative ? -top : top, excess + exponent)
    }
}
