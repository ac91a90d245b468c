import CGMP

extension BigInteger {
    public static func + (left: BigInteger, right: BigInteger) -> BigInteger {
        computed(__gmpz_add, left, right)
    }

    public static func - (left: BigInteger, right: BigInteger) -> BigInteger {
        computed(__gmpz_sub, left, right)
    }

    public static func * (left: BigInteger, right: BigInteger) -> BigInteger {
        computed(__gmpz_mul, left, right)
    }

    public static prefix func - (value: BigInteger) -> BigInteger {
        BigInteger(magnitude: value.magnitude, isNegative: !value.isNegative)
    }

    public static func += (left: inout BigInteger, right: BigInteger) { left = left + right }
    public static func -= (left: inout BigInteger, right: BigInteger) { left = left - right }
    public static func *= (left: inout BigInteger, right: BigInteger) { left = left * right }

    /// `value * 2^bits`. - Precondition: `bits >= 0`.
    public static func << (value: BigInteger, bits: Int) -> BigInteger {
        precondition(bits >= 0, "a shift is not negative")
        return withOperand(value) { value in computed { __gmpz_mul_2exp($0, value, mp_bitcnt_t(bits)) } }
    }

    /// `floor(value / 2^bits)`, toward minus infinity. - Precondition: `bits >= 0`.
    public static func >> (value: BigInteger, bits: Int) -> BigInteger {
        precondition(bits >= 0, "a shift is not negative")
        return withOperand(value) { value in computed { __gmpz_fdiv_q_2exp($0, value, mp_bitcnt_t(bits)) } }
    }

    /// Quotient toward minus infinity and a remainder with the divisor's sign. - Precondition: `divisor != 0`.
    public func quotientAndRemainder(dividingBy divisor: BigInteger) -> (quotient: BigInteger, remainder: BigInteger) {
        precondition(!divisor.isZero, "division by zero")
        let quotient = Self.computed(__gmpz_fdiv_q, self, divisor)
        return (quotient, self - quotient * divisor)
    }

    /// The representative in `[0, modulus)`. - Precondition: `modulus > 0`.
    public func modulo(_ modulus: BigInteger) -> BigInteger {
        precondition(!modulus.isZero && !modulus.isNegative, "a modulus is positive")
        return Self.computed(__gmpz_mod, self, modulus)
    }

    /// `self^exponent mod modulus` in `[0, modulus)`, variable time. - Precondition: `exponent >= 0`, `modulus > 0`.
    public func power(_ exponent: BigInteger, modulo modulus: BigInteger) -> BigInteger {
        precondition(!exponent.isNegative && !modulus.isZero && !modulus.isNegative, "exponent or modulus out of range")
        return withOperands(self, exponent) { base, exponent in
            withOperand(modulus) { modulus in Self.computed { __gmpz_powm($0, base, exponent, modulus) } }
        }
    }

    /// The inverse in `[0, modulus)`, or nil when `gcd(self, modulus) != 1`.
    public func inverse(modulo modulus: BigInteger) -> BigInteger? {
        var exists = false
        let inverse = withOperands(self, modulus) { value, modulus in
            Self.computed { exists = __gmpz_invert($0, value, modulus) != 0 }
        }
        return exists ? inverse.modulo(modulus) : nil
    }

    /// The greatest common divisor, never negative.
    public func greatestCommonDivisor(_ other: BigInteger) -> BigInteger {
        Self.computed(__gmpz_gcd, self, other)
    }

    /// The representative of `self` modulo `modulus` in `[-(modulus-1)/2, modulus/2]`: how a signed value leaves a ring.
    public func centred(modulo modulus: BigInteger) -> BigInteger {
        let residue = modulo(modulus)
        return residue + residue > modulus ? residue - modulus : residue
    }

    /// Whether the value is prime, with an error probability below 4^-rounds for composites.
    public func isProbablePrime(rounds: Int = 40) -> Bool {
        withOperand(self) { __gmpz_probab_prime_p($0, Int32(rounds)) != 0 }
    }

    /// A value uniform in `[0, limit)`, by rejection. - Precondition: `limit > 0`.
    public static func random(
        below limit: BigInteger, using generator: inout some RandomNumberGenerator
    ) -> BigInteger {
        precondition(!limit.isZero && !limit.isNegative, "the limit is positive")
        let bits = limit.bitWidth
        let mask = UInt64.max >> UInt64((64 - bits % 64) % 64)
        while true {
            var words = (0..<(bits + 63) / 64).map { _ in generator.next() as UInt64 }
            words[words.count - 1] &= mask
            let candidate = BigInteger(magnitude: words)
            if candidate < limit { return candidate }
        }
    }

    /// A value uniform in `[-limit, limit]`.
    public static func randomSigned(
        within limit: BigInteger, using generator: inout some RandomNumberGenerator
    ) -> BigInteger {
        random(below: limit + limit + .one, using: &generator) - limit
    }
}
