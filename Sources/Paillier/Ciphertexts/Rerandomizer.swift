import CPaillierKernel
import Numerics

/// Fresh encryptions under a public key alone: what a server multiplies onto every ciphertext it sends.
///
/// A server that skips this loses its weights to a client that takes discrete logarithms modulo small factors of p-1 and
/// q-1. With `djn` the exponent has |n| + 104 bits, so that h^x is within 2^-104 of uniform even for a party that knows p and q, and the
/// 2^21 ciphertexts of a patch in shares together within 2^-83; the server never draws an h of its own, for the Jacobi symbol of the result would still leak weights modulo 2.
public struct Rerandomizer: Sendable {
    public let key: PublicKey
    /// What is used: `full` when the key has no h.
    public let randomness: Randomness
    private let comb: [UInt64]
    private static let window = 7
    /// Bits of an exponent above those of n: the distance of h^x from uniform is 2 to the power of minus that.
    package static let hidingBits = 104

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

    package static func exponentBits(_ key: PublicKey, _ randomness: Randomness) -> Int {
        randomness == .djnShort ? key.bits / 2 : key.bits + hidingBits
    }

    /// Bytes of the powers of h that are kept for a key of so many bits, at most: its square in words of 52 bits an entry.
    package static func powersBytes(keyBits bits: Int) -> Int {
        8 * pk_comb_entries(window, bits + hidingBits) * (2 * bits / 52 + 16)
    }

    /// `count` fresh encryptions of zero in the kernel's form, behind as many other entries or none: written where they stay, as
    /// no copy of them is wiped by whoever frees it.
    private func zeros(_ count: Int, behind others: ArraySlice<UInt64> = []) -> [UInt64] {
        let ring = key.ring
        var entries = Array(others) + [UInt64](repeating: 0, count: count * ring.entryWords)
        var secret: [UInt64]
        if randomness == .full {
            secret = units(count)
            entries.withUnsafeMutableBufferPointer { buffer in
                guard let zeros = buffer.baseAddress.map({ $0 + others.count }) else { return }
                pk_import(ring.context, zeros, secret, count)
                pk_power(ring.context, zeros, zeros, count, key.n.magnitude, key.bits)
            }
        } else {
            let bits = Self.exponentBits(key, randomness)
            secret = randomExponents(count, bits: bits)
            entries.withUnsafeMutableBufferPointer { buffer in
                guard let zeros = buffer.baseAddress.map({ $0 + others.count }) else { return }
                pk_comb_power(ring.context, zeros, comb, Self.window, secret, bits, count)
            }
        }
        wipe(&secret)
        return entries
    }

    /// Uniform numbers in 1..<n, one after the other as values, drawn where they stay: a `BigInteger` is freed unwiped. A number
    /// that shares a prime with n is not met in the lifetime of the universe.
    private func units(_ count: Int) -> [UInt64] {
        let (words, size, modulus) = (key.ring.modulusWords, key.ring.valueWords, key.n.magnitude)
        var values = [UInt64](repeating: 0, count: count * size)
        let mask = UInt64.max >> UInt64((64 - key.bits % 64) % 64)
        for start in stride(from: 0, to: values.count, by: size) {
            repeat {
                values.withUnsafeMutableBufferPointer { pk_random($0.baseAddress.map { $0 + start }, 8 * words) }
                values[start + words - 1] &= mask
            } while !Self.isBelow(values[start..<(start + words)], modulus)
                || values[start..<(start + words)].allSatisfy { $0 == 0 }
        }
        return values
    }

    /// Whether one number of as many words, little endian, is the smaller. Says so in a time that depends on the number alone where
    /// it is thrown away.
    private static func isBelow(_ number: ArraySlice<UInt64>, _ limit: [UInt64]) -> Bool {
        for (word, bound) in zip(number.reversed(), limit.reversed()) where word != bound { return word < bound }
        return false
    }

    /// Fresh encryptions of the plaintexts.
    public func encrypt(_ plaintexts: Plaintexts, threads: Int = 1) -> Ciphertexts {
        let ring = key.ring
        let words = plaintexts.words
        let values = parallelChunks(plaintexts.count, threads: threads) { range in
            var entries = zeros(range.count)
            var noise = [UInt64](repeating: 0, count: range.count * ring.valueWords)
            pk_export(ring.context, &noise, entries, range.count)
            defer {
                wipe(&entries)
                wipe(&noise)
            }
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
        let (ring, words) = (key.ring, key.ring.entryWords)
        let products = parallelChunks(values.count, threads: threads) { range in
            // One arena: the values, then the zeros; the product replaces the values.
            var arena = zeros(range.count, behind: values.entries[range.lowerBound * words..<range.upperBound * words])
            defer { wipe(&arena) }
            let count = range.count
            ring.multiply(in: &arena, (0..<count).map { pk_triple(to: $0, left: $0, right: count + $0) })
            return Array(arena[..<(count * words)])
        }
        return EncryptedValues(key: key, entries: products)
    }
}
