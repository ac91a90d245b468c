import CGMP

/// A signed integer of any size: the one big-number type of the project, a thin value over GMP.
///
/// The value is `sign * sum(words[i] * 2^(64 i))`, stored without leading zero words; zero is never negative. Words live in a
/// Swift array, so copies are values, and every operation hands GMP read-only views of them. Nothing here is constant-time
/// and freed arrays are not wiped: keys are never kept in this type (see `Paillier.PrivateKey`).
public struct BigInteger: Sendable, Hashable {
    /// Little-endian words of the magnitude, without leading zeros; empty for zero.
    public let magnitude: [UInt64]
    /// True for values below zero.
    public let isNegative: Bool

    /// Version of GMP in use.
    public static var libraryVersion: String { String(cString: ldct_gmp_version()) }

    public static let zero = BigInteger(magnitude: [], isNegative: false)
    public static let one = BigInteger(1)

    /// Makes `±sum(magnitude[i] * 2^(64 i))`; leading zero words are dropped.
    public init(magnitude: [UInt64], isNegative: Bool = false) {
        var words = magnitude
        while words.last == 0 { words.removeLast() }
        self.magnitude = words
        self.isNegative = isNegative && !words.isEmpty
    }

    public init(_ value: some BinaryInteger) {
        let magnitude = value.magnitude
        self.init(magnitude: magnitude.words.map { UInt64($0) }, isNegative: value < 0)
    }

    /// The integer nearest to a finite `value`, halves away from zero.
    public init(rounding value: Double) {
        precondition(value.isFinite, "only a finite value has a nearest integer")
        let rounded = value.rounded(.toNearestOrAwayFromZero)
        guard rounded != 0 else { self = .zero; return }
        // |rounded| = significand * 2^shift exactly, with a 53-bit integer significand.
        let shift = max(0, Int(rounded.exponent) - 52)
        let significand = UInt64((rounded.magnitude / Double(sign: .plus, exponent: shift, significand: 1)))
        let value = BigInteger(significand) << shift
        self = rounded < 0 ? -value : value
    }

    /// Reads decimal digits with an optional leading minus; nil for anything else.
    public init?(decimal: some StringProtocol) {
        self.init(decimal, radix: 10)
    }

    /// Reads digits of `radix` (10 or 16) with an optional leading minus; nil for anything else.
    public init?(_ text: some StringProtocol, radix: Int) {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let valid = digits.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (Character(scalar).hexDigitValue.map { $0 < radix } ?? false)
        }
        guard !digits.isEmpty, valid else { return nil }
        var result = mpz_t()
        __gmpz_init(&result)
        defer { __gmpz_clear(&result) }
        guard __gmpz_set_str(&result, String(digits), Int32(radix)) == 0 else { return nil }
        self.init(taking: result, negated: text.hasPrefix("-"))
    }

    /// Reads an unsigned big-endian byte string.
    public init(bigEndian bytes: some Collection<UInt8>) {
        var words = [UInt64](repeating: 0, count: (bytes.count + 7) / 8)
        for (index, byte) in bytes.reversed().enumerated() {
            words[index / 8] |= UInt64(byte) << (8 * (index % 8))
        }
        self.init(magnitude: words)
    }

    /// The magnitude as `count` big-endian bytes. - Precondition: it fits.
    public func bigEndianBytes(count: Int) -> [UInt8] {
        precondition(bitWidth <= 8 * count, "\(bitWidth) bits do not fit \(count) bytes")
        return (0..<count).reversed().map { index in
            index / 8 < magnitude.count ? UInt8(truncatingIfNeeded: magnitude[index / 8] >> (8 * (index % 8))) : 0
        }
    }

    /// Bits of the magnitude: 0 for 0, 1 for 1, 8 for 255.
    public var bitWidth: Int {
        guard let top = magnitude.last else { return 0 }
        return 64 * magnitude.count - top.leadingZeroBitCount
    }

    public var isZero: Bool { magnitude.isEmpty }
    public var isOdd: Bool { (magnitude.first ?? 0) & 1 == 1 }
    public var absoluteValue: BigInteger { BigInteger(magnitude: magnitude) }

    /// The value as `Int`, or nil when it does not fit.
    public var exactInt: Int? {
        guard magnitude.count <= 1 else { return nil }
        let word = magnitude.first ?? 0
        if isNegative { return word <= 1 << 63 ? Int(truncatingIfNeeded: 0 &- word) : nil }
        return Int(exactly: word)
    }

    /// The magnitude as exactly `count` little-endian words, zero-padded. - Precondition: it fits.
    public func words(count: Int) -> [UInt64] {
        precondition(magnitude.count <= count, "\(bitWidth) bits do not fit \(count) words")
        return magnitude + [UInt64](repeating: 0, count: count - magnitude.count)
    }

    /// The value as `count` little-endian words of two's complement. - Precondition: it fits, sign bit included.
    public func twosComplement(count: Int) -> [UInt64] {
        precondition(signedBitWidth <= 64 * count, "\(signedBitWidth) bits do not fit \(count) words")
        var words = magnitude + [UInt64](repeating: 0, count: max(0, count - magnitude.count))
        if isNegative { words.negate(words.indices) }
        return words
    }

    /// Reads little-endian two's complement words.
    public init(twosComplement words: some Collection<UInt64>) {
        var magnitude = Array(words)
        let isNegative = (magnitude.last ?? 0) >> 63 == 1
        if isNegative { magnitude.negate(magnitude.indices) }
        self.init(magnitude: magnitude, isNegative: isNegative)
    }

    /// The smallest width of two's complement, sign bit included, that holds the value: 1 for 0 and -1, 2 for 1, 8 for -128.
    public var signedBitWidth: Int {
        isNegative ? (absoluteValue - .one).bitWidth + 1 : bitWidth + 1
    }
}

extension [UInt64] {
    /// Changes the sign of the little-endian two's complement in some of the words; the least value of its width stays as it is.
    mutating func negate(_ range: Range<Int>) {
        var carry = true
        for index in range {
            (self[index], carry) = (~self[index]).addingReportingOverflow(carry ? 1 : 0)
        }
    }
}

extension BigInteger: Comparable, CustomStringConvertible {
    public static func < (left: BigInteger, right: BigInteger) -> Bool {
        withOperands(left, right) { __gmpz_cmp($0, $1) < 0 }
    }

    /// Decimal digits.
    public var description: String { text(radix: 10) }

    /// Digits in `radix` 2...36, lower case.
    public func text(radix: Int) -> String {
        withOperand(self) { operand in
            let capacity = __gmpz_sizeinbase(operand, Int32(radix)) + 2
            return String(unsafeUninitializedCapacity: capacity) { buffer in
                buffer.withMemoryRebound(to: CChar.self) { characters in
                    _ = __gmpz_get_str(characters.baseAddress, Int32(radix), operand)
                }
                return buffer.firstIndex(of: 0) ?? 0
            }
        }
    }
}

extension Double {
    /// The value truncated toward zero to 53 significant bits; infinite above the range of `Double`.
    public init(_ value: BigInteger) {
        guard value.bitWidth <= 1024 else { self = value.isNegative ? -.infinity : .infinity; return }
        self = withOperand(value) { __gmpz_get_d($0) }
    }
}

/// Calls `body` with GMP's read-only view of `value`; nothing is copied.
func withOperand<Result>(_ value: BigInteger, _ body: (UnsafePointer<__mpz_struct>) -> Result) -> Result {
    value.magnitude.withUnsafeBufferPointer { words in
        var view = __mpz_struct()
        // GMP takes the sign with the word count; `mp_limb_t` is 64 bits on every platform we build for.
        words.withMemoryRebound(to: mp_limb_t.self) { limbs in
            var none: mp_limb_t = 0
            let size = mp_size_t(value.isNegative ? -words.count : words.count)
            withUnsafePointer(to: &none) { _ = __gmpz_roinit_n(&view, limbs.baseAddress ?? $0, size) }
        }
        return withUnsafePointer(to: &view, body)
    }
}

func withOperands<Result>(
    _ left: BigInteger, _ right: BigInteger,
    _ body: (UnsafePointer<__mpz_struct>, UnsafePointer<__mpz_struct>) -> Result
) -> Result {
    withOperand(left) { left in withOperand(right) { right in body(left, right) } }
}

extension BigInteger {
    /// Copies GMP's result out; the caller still owns and clears it.
    init(taking value: __mpz_struct, negated: Bool = false) {
        let count = Int(value._mp_size.magnitude)
        let words = (0..<count).map { UInt64(value._mp_d[$0]) }
        self.init(magnitude: words, isNegative: (value._mp_size < 0) != negated)
    }

    /// The result of one GMP call on two integers.
    static func computed(
        _ call: (UnsafeMutablePointer<__mpz_struct>, UnsafePointer<__mpz_struct>, UnsafePointer<__mpz_struct>) -> Void,
        _ left: BigInteger, _ right: BigInteger
    ) -> BigInteger {
        withOperands(left, right) { left, right in computed { call($0, left, right) } }
    }

    /// Runs one GMP call that writes a fresh result.
    static func computed(_ body: (UnsafeMutablePointer<__mpz_struct>) -> Void) -> BigInteger {
        var result = __mpz_struct()
        __gmpz_init(&result)
        defer { __gmpz_clear(&result) }
        body(&result)
        return BigInteger(taking: result)
    }
}
