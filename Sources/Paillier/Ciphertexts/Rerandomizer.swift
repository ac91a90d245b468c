import CPaillierKernel
import Numerics

/// Fresh encryptions under a public key alone: what a server multiplies onto every ciphertext it sends.
///
/// A server that skips this loses its weights to a client that takes discrete logarithms modulo small factors of p-1 and
/// q-1. With `djn` the exponent has |n| + 40 bits, so that h^x is within 2^-40 of uniform even for a party that knows p and q; the server
/// never draws an h of its own, for the Jacobi symbol of the result would still leak weights modulo 2.
public struct Rerandomizer: Sendable {
    public let key: PublicKey
    /// What is used: `full` when the key has no h.
    public let randomness: Randomness
    private let comb: [UInt64]
    private static let window = 7

    public init(key: PublicKey, randomness: Randomness) {
        self.key = key
        let ring = key.ring
        guard let h = key.h, randomness != .full else {
            self.randomness = .full
            comb = []
            return
        }
        self.randomness = randomness
        let bits = Self.exponentBits(key, randomness)
        let base = ring.entries(fromValues: h.words(count: ring.valueWords))
        var comb = [UInt64](repeating: 0, count: pk_comb_entries(Self.window, bits) * ring.entryWords)
        pk_comb_init(ring.context, &comb, base, Self.window, bits)
        self.comb = comb
    }

    private static func exponentBits(_ key: PublicKey, _ randomness: Randomness) -> Int {
        randomness == .djnShort ? key.bits / 2 : key.bits + 40
    }

    /// `count` fresh encryptions of zero in the kernel's form.
    private func zeros(_ count: Int) -> [UInt64] {
        let ring = key.ring
        var entries = [UInt64](repeating: 0, count: count * ring.entryWords)
        guard randomness == .full else {
            let bits = Self.exponentBits(key, randomness)
            var exponents = randomExponents(count, bits: bits)
            pk_comb_power(ring.context, &entries, comb, Self.window, exponents, bits, count)
            wipe(&exponents)
            return entries
        }
        var generator = SystemRandomNumberGenerator()
        let roots = (0..<count).flatMap { _ in
            BigInteger.random(below: key.n - .one, using: &generator).magnitudePlusOne(words: ring.valueWords)
        }
        let base = ring.entries(fromValues: roots)
        pk_power(ring.context, &entries, base, count, key.n.magnitude, key.bits)
        return entries
    }

    /// Fresh encryptions of the plaintexts.
    public func encrypt(_ plaintexts: Plaintexts, threads: Int = 1) -> Ciphertexts {
        let ring = key.ring
        let words = plaintexts.words
        let values = parallelChunks(plaintexts.count, threads: threads) { range in
            let noise = ring.values(fromEntries: zeros(range.count))
            var values = [UInt64](repeating: 0, count: range.count * ring.valueWords)
            words.withUnsafeBufferPointer { words in
                guard let start = words.baseAddress else { return }
                pk_encrypt(ring.context, &values, start + range.lowerBound * ring.modulusWords, noise, range.count)
            }
            return values
        }
        return Ciphertexts(key: key, values: values)
    }

    /// Adds `plaintexts` and fresh randomness to every ciphertext.
    public func rerandomise(
        _ values: EncryptedValues, adding plaintexts: Plaintexts, threads: Int = 1
    ) -> EncryptedValues {
        values.adding(EncryptedValues(encrypt(plaintexts, threads: threads), threads: threads), threads: threads)
    }

    /// Fresh randomness alone.
    public func rerandomise(_ values: EncryptedValues, threads: Int = 1) -> EncryptedValues {
        let zeros = parallelChunks(values.count, threads: threads) { self.zeros($0.count) }
        return values.adding(EncryptedValues(key: key, entries: zeros), threads: threads)
    }
}

extension BigInteger {
    fileprivate func magnitudePlusOne(words count: Int) -> [UInt64] { (self + .one).words(count: count) }
}
