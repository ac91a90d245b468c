import CPaillierKernel
public import Numerics

/// Where the randomness of a ciphertext comes from.
public enum Randomness: String, Sendable, CaseIterable {
    /// `h^x mod n^2` for the key's `h`, an n-th power, with an exponent long enough to be statistically uniform in the group
    /// that `h` generates: |n| + 104 bits without the private key, |p| + 64 bits per prime with it. Damgard, Jurik, Nielsen 2010.
    case djn
    /// The same with an exponent of |n| / 2 bits, as the authors propose: about 80 bits of security (|n| = 2048) against a party
    /// that knows p and q, which here is the semi-honest client. For measurements; tables name it.
    case djnShort = "djn-short"
    /// `r^n mod n^2` for a fresh unit r: Paillier 1999. The only choice for keys without `h`.
    case full
}

/// A Paillier public key with generator `g = n + 1`.
public struct PublicKey: Sendable {
    /// The modulus, a product of two primes of equal size.
    public let n: BigInteger
    /// A generator of n-th powers modulo n^2, when the key carries one: `h = (-x^2)^n`.
    public let h: BigInteger?
    package let ring: SquareRing

    /// Key sizes this program offers: 3072 is the usual one (128 bits of security), 2048 the least (112), and 1024, "as in the paper",
    /// needs the caller to say that it is insecure.
    public static let usualBits = 3072
    public static let secureBits = 2048
    public static let insecureBits = 1024

    /// The bits of security that a modulus has at least against classical attackers, and none against a quantum computer: NIST SP
    /// 800-57 part 1 revision 5 (2020), table 2, the largest size there that it reaches. Nil below 1024.
    public static func securityBits(modulus bits: Int) -> Int? {
        [(15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80)].first { bits >= $0.0 }?.1
    }

    /// A key for use.
    /// - Throws: `keyTooSmall` below 2048 bits (1024 with `allowInsecure`), `malformedKey` for an impossible n or an h that is
    ///   impossible or visibly hides nothing.
    public init(
        n: BigInteger, h: BigInteger? = nil, allowInsecure: Bool = false, path: KernelPath? = nil
    ) throws(PaillierError) {
        try Self.requireSize(n.bitWidth, allowInsecure: allowInsecure)
        try self.init(unsafeSize: n, h: h, path: path)
        try requireHidingGenerator()
    }

    /// - Throws: `keyTooSmall`.
    static func requireSize(_ bits: Int, allowInsecure: Bool) throws(PaillierError) {
        let minimum = allowInsecure ? insecureBits : secureBits
        guard bits >= minimum else { throw .keyTooSmall(bits: bits, minimum: minimum) }
    }

    /// What anyone can see of a generator that hides too little: modulo a prime of n it has an order made of small primes, so that
    /// its powers are few. Whoever knows the primes sees more (see `PrivateKey`).
    func requireHidingGenerator() throws(PaillierError) {
        guard let h else { return }
        let words = h.words(count: ring.valueWords)
        guard pk_generator_hides(n.magnitude, n.magnitude.count, words, words.count) != 0 else {
            throw .malformedKey(
                "h has few powers modulo a prime of n, so that they hide nothing; (-x^2)^n for a random x expected")
        }
    }

    /// A key of any size, for tests and known answers only.
    public init(unsafeSize n: BigInteger, h: BigInteger? = nil, path: KernelPath? = nil) throws(PaillierError) {
        guard !n.isNegative, n.isOdd, (16...8192).contains(n.bitWidth) else {
            throw .malformedKey("n is not an odd number of 16 to 8192 bits")
        }
        switch pk_check_modulus(n.magnitude, n.magnitude.count) {
        case PK_MODULUS_PRIME: throw .malformedKey("n is a prime; the product of two expected")
        case PK_MODULUS_POWER: throw .malformedKey("n is a power; the product of two different primes expected")
        default: break
        }
        if let h {
            guard !h.isNegative, !h.isZero, h < n * n, h.greatestCommonDivisor(n) == .one else {
                throw .malformedKey("h is not a unit modulo n^2")
            }
            // Its powers hide nothing.
            guard h != .one, h != n * n - .one else {
                throw .malformedKey("h is 1 or -1 modulo n^2; a generator of n-th powers expected")
            }
        }
        self.n = n
        self.h = h
        ring = SquareRing(n: n, path: try KernelPath.selected(path))
    }

    public var bits: Int { n.bitWidth }
    public var path: KernelPath { ring.path }
    /// Bytes of one serialised ciphertext: fixed-width, big-endian.
    public var ciphertextBytes: Int { (2 * n.bitWidth + 7) / 8 }
    /// Bytes of one ciphertext in memory, in the kernel's form.
    public var residentBytes: Int { 8 * ring.entryWords }
    /// Signed plaintexts lie in `[-limit, limit]`, `limit = (n - 1) / 2`.
    public var plaintextLimit: BigInteger { (n - .one) >> 1 }

    /// The raw scheme with a given root: `(1 + n m) r^n mod n^2`, for known answers. m is taken modulo n.
    /// - Warning: two ciphertexts with one root reveal the difference of their plaintexts.
    public func encrypt(_ m: BigInteger, unsafeRoot r: BigInteger) -> BigInteger {
        let square = n * n
        return ((.one + n * m.modulo(n)) * r.power(n, modulo: square)).modulo(square)
    }
}

extension PublicKey: Equatable {
    public static func == (left: PublicKey, right: PublicKey) -> Bool { left.n == right.n && left.h == right.h }
}

/// Words from the system's generator.
func randomWords(_ count: Int) -> [UInt64] {
    [UInt64](unsafeUninitializedCapacity: count) { buffer, used in
        pk_random(buffer.baseAddress, 8 * count)
        used = count
    }
}

/// `count` exponents uniform in `[0, 2^bits)`, (bits + 63) / 64 words each.
func randomExponents(_ count: Int, bits: Int) -> [UInt64] {
    let words = (bits + 63) / 64
    var exponents = randomWords(count * words)
    let mask = UInt64.max >> UInt64((64 - bits % 64) % 64)
    for index in stride(from: words - 1, to: count * words, by: words) { exponents[index] &= mask }
    return exponents
}

/// Whether one number of as many words, little endian, is the smaller. Says so in a time that depends on the number alone where
/// it is thrown away.
func isBelow(_ number: ArraySlice<UInt64>, _ limit: [UInt64]) -> Bool {
    for (word, bound) in zip(number.reversed(), limit.reversed()) where word != bound { return word < bound }
    return false
}

/// Overwrites an array that held something secret.
func wipe(_ words: inout [UInt64]) {
    words.withUnsafeMutableBytes { pk_wipe($0.baseAddress, $0.count) }
}
