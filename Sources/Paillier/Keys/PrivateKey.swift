import CPaillierKernel
public import Numerics

/// A Paillier key pair. Everything derived from the primes lives in memory that is wiped when the key goes.
///
/// Decryption and the owner's encryption work modulo p^2 and q^2 apart (Paillier 1999, section 7). Powers with secret exponents
/// use fixed windows and masked table reads, divisions by primes GMP's `mpn_sec_*`; combs for fresh randomness read tables
/// at secret addresses, so another process on the client's own processor is out of scope.
public final class PrivateKey: Sendable {
    public let publicKey: PublicKey
    private let secret: SecretWords
    private let combs: SecretWords?
    private let primeBits: Int

    private static let combWindow = 7
    private var combBits: Int { primeBits + 64 }

    /// Draws a new key pair of `bits` bits with a generator of randomness `h`.
    /// - Throws: `keyTooSmall` below 2048 bits, 1024 with `allowInsecure`.
    public convenience init(
        bits: Int, allowInsecure: Bool = false, path: KernelPath? = nil
    ) throws(PaillierError) {
        try PublicKey.requireSize(bits, allowInsecure: allowInsecure)
        guard bits <= 8192, bits.isMultiple(of: 2) else {
            throw .malformedKey("an even size of at most 8192 bits expected")
        }
        try self.init(unsafeBits: bits, path: path)
    }

    /// A new key pair of any even size from 16 bits, for tests only.
    public convenience init(unsafeBits bits: Int, path: KernelPath? = nil) throws(PaillierError) {
        let words = (bits / 2 + 63) / 64
        let primes = SecretWords(count: 2 * words) { pk_generate_primes($0, $0 + words, bits / 2) }
        try self.init(primes: primes, drawsGenerator: true, path: path)
    }

    /// Takes over the primes of an existing key, checked, cheap checks first: not too long, n = pq, odd, different, of one size,
    /// gcd(n, (p-1)(q-1)) = 1, prime; and `h` an n-th power, no square modulo either prime, of no small order.
    public convenience init(
        p: [UInt8], q: [UInt8], n: BigInteger?, h: BigInteger?, allowInsecure: Bool = false, path: KernelPath? = nil
    ) throws(PaillierError) {
        try self.init(primes: try Self.primes(p, q), expectedModulus: n, h: h, path: path)
        try publicKey.requireHidingGenerator()
        try PublicKey.requireSize(publicKey.bits, allowInsecure: allowInsecure)
    }

    /// The same at any size, for tests and known answers only.
    public convenience init(unsafeP p: [UInt8], q: [UInt8], h: BigInteger? = nil, path: KernelPath? = nil)
        throws(PaillierError)
    {
        try self.init(primes: try Self.primes(p, q), h: h, path: path)
    }

    /// Big-endian bytes of both primes to words, p first.
    /// - Throws: `malformedKey` for numbers longer than the longest key's, before anything is computed with them.
    private static func primes(_ p: [UInt8], _ q: [UInt8]) throws(PaillierError) -> SecretWords {
        let bytes = max(p.drop { $0 == 0 }.count, q.drop { $0 == 0 }.count)
        guard bytes <= Int(PK_MAXIMUM_BITS) / 16 else {
            throw .malformedKey("p or q has more than \(PK_MAXIMUM_BITS / 2) bits")
        }
        let words = max(1, (bytes + 7) / 8)
        return SecretWords(count: 2 * words) { pointer in
            for (prime, bytes) in [p, q].enumerated() {
                for (index, byte) in bytes.drop(while: { $0 == 0 }).reversed().enumerated() {
                    pointer[prime * words + index / 8] |= UInt64(byte) << (8 * (index % 8))
                }
            }
        }
    }

    private init(
        primes: borrowing SecretWords, expectedModulus: BigInteger? = nil, h given: BigInteger? = nil,
        drawsGenerator: Bool = false, path: KernelPath?
    ) throws(PaillierError) {
        let path = try KernelPath.selected(path)
        let words = primes.count / 2
        var product = [UInt64](repeating: 0, count: 2 * words)
        var fault = PK_KEY_OTHER_PRODUCT
        if (expectedModulus?.magnitude.count ?? 0) <= 2 * words {
            let expected = expectedModulus?.words(count: 2 * words)
            fault = primes.read { pk_check_primes(&product, $0, $0 + words, words, expected) }
        }
        switch fault {
        case PK_KEY_GOOD: break
        case PK_KEY_OTHER_PRODUCT: throw .malformedKey("n is not the product of p and q")
        case PK_KEY_NOT_PRIME: throw .malformedKey("p or q is not an odd prime")
        case PK_KEY_EQUAL: throw .malformedKey("p and q are equal")
        case PK_KEY_UNEQUAL_SIZE: throw .malformedKey("p and q differ in size")
        default: throw .malformedKey("n shares a factor with (p-1)(q-1)")
        }
        if given != nil {
            guard primes.read({ pk_primes_are_admissible($0, $0 + words, words) }) == 1 else {
                throw .malformedKey("h belongs to primes with gcd(p-1, q-1) = 2, which these are not")
            }
        }
        let n = BigInteger(magnitude: product)
        let h = drawsGenerator ? Self.drawGenerator(n) : given
        publicKey = try PublicKey(unsafeSize: n, h: h, path: path)
        // Both primes have the same size, so n has twice that many bits or one less.
        let primeBits = (n.bitWidth + 1) / 2
        self.primeBits = primeBits
        let secret = primes.read { primes in
            SecretWords(count: pk_private_words(path.code, primeBits)) {
                pk_private_init($0, path.code, primes, primes + words, primeBits)
            }
        }
        if let h {
            let value = h.words(count: publicKey.ring.valueWords)
            let bits = primeBits + 64
            combs = secret.read { key in
                SecretWords(count: pk_private_comb_words(key, Self.combWindow, bits)) {
                    pk_private_comb_init(key, $0, value, Self.combWindow, bits)
                }
            }
        } else {
            combs = nil
        }
        self.secret = secret
        if let given {
            try requirePower(given)
            let value = given.words(count: publicKey.ring.valueWords)
            guard primes.read({ pk_generator_has_symbols($0, $0 + words, words, value, value.count) }) == 1 else {
                throw .malformedKey("h is a square modulo a prime of n, which (-x^2)^n is not")
            }
        }
    }

    /// n-th powers are the encryptions of zero; anything else would shift every plaintext it is meant to hide.
    private func requirePower(_ h: BigInteger) throws(PaillierError) {
        let plaintext = try decrypt(Ciphertexts([h], key: publicKey))
        guard plaintext.words.allSatisfy({ $0 == 0 }) else {
            throw .malformedKey("h is not an n-th power modulo n^2, as (-x^2)^n is")
        }
    }

    /// `h = (-x^2)^n mod n^2` for a random unit x (Damgard, Jurik, Nielsen 2010, section 4.2).
    private static func drawGenerator(_ n: BigInteger) -> BigInteger {
        var generator = SystemRandomNumberGenerator()
        while true {
            let x = BigInteger.random(below: n, using: &generator)
            guard x.greatestCommonDivisor(n) == .one else { continue }
            return (-(x * x)).modulo(n).power(n, modulo: n * n)
        }
    }

    /// Encrypts residues modulo n with fresh randomness.
    /// - Parameter randomness: `djn` needs a key with `h` and otherwise falls back to `full`.
    /// - Complexity: at 2048 bits two fixed-base powers of 1,088 bits modulo 1024-bit primes squared, each.
    public func encrypt(_ plaintexts: Plaintexts, randomness: Randomness = .djn, threads: Int = 1) -> Ciphertexts {
        let values = parallelChunks(plaintexts.count, threads: threads) { range in
            SecretWords(count: range.count * publicKey.ring.valueWords) { noise(range.count, randomness, to: $0) }
                .read { publicKey.encrypt(plaintexts.words, range, noise: $0) }
        }
        return Ciphertexts(key: publicKey, values: values)
    }

    /// `count` fresh encryptions of zero, for `PublicKey.encrypt(_:with:)`: nearly all of the work of an encryption.
    public func zeros(_ count: Int, randomness: Randomness = .djn, threads: Int = 1) -> FreshZeros {
        FreshZeros(key: publicKey, count: count, threads: threads) { self.noise($1, randomness, to: $0) }
    }

    /// Fresh encryptions of zero, as values modulo n^2.
    private func noise(_ count: Int, _ randomness: Randomness, to noise: UnsafeMutablePointer<UInt64>) {
        var random: [UInt64]
        if randomness == .full || publicKey.h == nil {
            random = randomWords(2 * count * ((primeBits + 63) / 64 + 1))
            secret.read { pk_noise_full($0, noise, random, count) }
        } else {
            // Drawn per prime, so that even `djnShort`, which shortens the server's exponents, is statistically uniform here.
            random = randomExponents(2 * count, bits: combBits)
            shareParity(&random)
            secret.read { key in
                combs?.read { pk_noise_comb(key, noise, $0, Self.combWindow, random, combBits, count) }
            }
        }
        wipe(&random)
    }

    /// Gives the exponents for q the parity of those for p. Only then are both one exponent of h: with parities of their own half
    /// of all ciphertexts had Jacobi symbol -1, which no h^x of the server hides, and told the weights modulo 2.
    private func shareParity(_ exponents: inout [UInt64]) {
        let (words, half) = ((combBits + 63) / 64, exponents.count / 2)
        for index in stride(from: 0, to: half, by: words) {
            exponents[half + index] = exponents[half + index] & ~1 | exponents[index] & 1
        }
    }

    /// Decrypts to residues modulo n.
    /// - Throws: `malformedCiphertext` for another key's ciphertexts.
    public func decrypt(_ ciphertexts: Ciphertexts, threads: Int = 1) throws(PaillierError) -> Plaintexts {
        guard ciphertexts.key == publicKey else { throw .malformedCiphertext("encrypted under another key") }
        let ring = publicKey.ring
        let words = ring.inChunks(ciphertexts.values, of: ring.valueWords, to: ring.modulusWords, threads: threads) {
            (values, plaintexts, count) in secret.read { pk_decrypt($0, plaintexts, values, count) }
        }
        return Plaintexts(words: words, wordsEach: ring.modulusWords)
    }

    /// Calls `body` with the big-endian bytes of one prime (0: p, 1: q), which are wiped afterwards.
    package func withPrimeBytes<Result>(_ side: Int, _ body: ([UInt8]) throws -> Result) rethrows -> Result {
        let count = (primeBits + 7) / 8
        var bytes = secret.read { key in
            let prime = pk_private_prime(key, Int32(side))
            return (0..<count).reversed().map { UInt8(truncatingIfNeeded: (prime?[$0 / 8] ?? 0) >> (8 * ($0 % 8))) }
        }
        defer { bytes.withUnsafeMutableBytes { pk_wipe($0.baseAddress, $0.count) } }
        return try body(bytes)
    }
}
