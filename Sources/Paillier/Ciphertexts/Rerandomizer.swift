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

    /// Writes fresh encryptions of zero in the kernel's form.
    private func zeros(_ count: Int, to entries: UnsafeMutablePointer<UInt64>) {
        let ring = key.ring
        var secret: [UInt64]
        if randomness == .full {
            secret = units(count)
            pk_import(ring.context, entries, secret, count)
            pk_power(ring.context, entries, entries, count, key.n.magnitude, key.bits)
        } else {
            let bits = Self.exponentBits(key, randomness)
            secret = randomExponents(count, bits: bits)
            pk_comb_power(ring.context, entries, comb, Self.window, secret, bits, count)
        }
        wipe(&secret)
    }

    /// The same as values modulo n^2.
    private func zeroValues(_ count: Int, to values: UnsafeMutablePointer<UInt64>) {
        SecretWords(count: count * key.ring.entryWords) { zeros(count, to: $0) }
            .read { pk_export(key.ring.context, values, $0, count) }
    }

    /// `count` fresh encryptions of zero, for `PublicKey.encrypt(_:with:)` and `rerandomise(_:with:)`.
    public func zeros(_ count: Int, threads: Int = 1) -> FreshZeros {
        FreshZeros(key: key, count: count, threads: threads) { zeroValues($1, to: $0) }
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
            } while !isBelow(values[start..<(start + words)], modulus)
                || values[start..<(start + words)].allSatisfy { $0 == 0 }
        }
        return values
    }

    /// Fresh encryptions of the plaintexts.
    public func encrypt(_ plaintexts: Plaintexts, threads: Int = 1) -> Ciphertexts {
        let values = parallelChunks(plaintexts.count, threads: threads) { range in
            SecretWords(count: range.count * key.ring.valueWords) { zeroValues(range.count, to: $0) }
                .read { key.encrypt(plaintexts.words, range, noise: $0) }
        }
        return Ciphertexts(key: key, values: values)
    }

    /// Fresh randomness for every ciphertext, and plaintexts where there are any to add.
    /// - Parameter zeros: randomness made before, as much as there are ciphertexts, of this key, not used before; nil draws it now.
    public func rerandomise(
        _ values: EncryptedValues, adding plaintexts: Plaintexts? = nil, with zeros: FreshZeros? = nil, threads: Int = 1
    ) -> EncryptedValues {
        if let plaintexts {
            let added =
                zeros.map { key.encrypt(plaintexts, with: $0, threads: threads) }
                ?? encrypt(plaintexts, threads: threads)
            return values.adding(EncryptedValues(added, threads: threads), threads: threads)
        }
        guard let zeros else { return times(values, threads: threads) { self.zeros($1.count, to: $0) } }
        return zeros.use(values.count, of: key) { zeros in
            nonisolated(unsafe) let zeros = zeros  // nobody writes any more
            return times(values, threads: threads) { entries, range in
                pk_import(key.ring.context, entries, zeros + range.lowerBound * key.ring.valueWords, range.count)
            }
        }
    }

    /// Every value times a zero. - Parameter zeros: writes those of a range, in the kernel's form, where they stay: no copy of them is
    /// wiped by whoever frees it.
    private func times(
        _ values: EncryptedValues, threads: Int, zeros: @Sendable (UnsafeMutablePointer<UInt64>, Range<Int>) -> Void
    ) -> EncryptedValues {
        let (ring, words) = (key.ring, key.ring.entryWords)
        let products = parallelChunks(values.count, threads: threads) { range in
            // One arena: the values, then the zeros; the product replaces the values.
            let count = range.count
            var arena = Array(values.entries[range.lowerBound * words..<range.upperBound * words])
            arena += [UInt64](repeating: 0, count: count * words)
            defer { wipe(&arena) }
            arena.withUnsafeMutableBufferPointer { arena in
                guard let start = arena.baseAddress else { return }
                zeros(start + count * words, range)
            }
            ring.multiply(in: &arena, (0..<count).map { pk_triple(to: $0, left: $0, right: count + $0) })
            return Array(arena[..<(count * words)])
        }
        return EncryptedValues(key: key, entries: products)
    }
}
