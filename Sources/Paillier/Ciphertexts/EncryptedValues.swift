public import Numerics

/// A batch of ciphertexts in the kernel's form, what a server computes on. Every operation is on plaintexts modulo n.
public struct EncryptedValues: Sendable {
    public let key: PublicKey
    /// `entryWords` words per ciphertext.
    var entries: [UInt64]
}

extension EncryptedValues {
    public init(_ ciphertexts: Ciphertexts, threads: Int = 1) {
        key = ciphertexts.key
        entries = key.ring.entries(fromValues: ciphertexts.values, threads: threads)
    }

    /// Reads `count` serialised ciphertexts, each checked as by `Ciphertexts`.
    /// - Throws: `ciphertextBytes`, `ciphertextOutOfRange`.
    public init(
        serialised bytes: ArraySlice<UInt8>, count: Int, key: PublicKey, threads: Int = 1
    ) throws(PaillierError) {
        self.init(try Ciphertexts(inRange: bytes, count: count, key: key, threads: threads), threads: threads)
        try requireUnits(threads: threads)
    }

    public var count: Int { entries.count / key.ring.entryWords }

    /// The travelling form. Not re-randomised: see `Rerandomizer`.
    public func ciphertexts(threads: Int = 1) -> Ciphertexts {
        Ciphertexts(key: key, values: key.ring.values(fromEntries: entries, threads: threads))
    }

    /// Adds plaintexts: element-wise product of ciphertexts. - Precondition: equal counts and keys.
    public func adding(_ other: EncryptedValues, threads: Int = 1) -> EncryptedValues {
        precondition(key == other.key, "ciphertexts of one key expected")
        return EncryptedValues(key: key, entries: key.ring.products(entries, other.entries, threads: threads))
    }

    /// Adds plaintexts without randomness, `c (1 + n m)`: for what stays on this side, or is re-randomised afterwards.
    public func adding(_ plaintexts: Plaintexts, threads: Int = 1) -> EncryptedValues {
        let one = BigInteger.one.words(count: key.ring.valueWords)
        let values = parallelChunks(plaintexts.count, threads: threads) { range in
            key.encrypt(plaintexts.words, range, noise: range.flatMap { _ in one })
        }
        return adding(EncryptedValues(Ciphertexts(key: key, values: values), threads: threads), threads: threads)
    }

    /// Multiplies plaintext `i` by `factors[i]`: a power each, of the bits of the largest factor. Negative factors are taken
    /// modulo n, so they cost a full-length power.
    public func multiplied(by factors: [BigInteger], threads: Int = 1) -> EncryptedValues {
        precondition(factors.count == count, "one factor per ciphertext expected")
        let exponents = factors.map { $0.isNegative ? $0.modulo(key.n) : $0 }
        let bits = max(1, exponents.map(\.bitWidth).max() ?? 1)
        let words = exponents.flatMap { $0.words(count: (bits + 63) / 64) }
        return EncryptedValues(
            key: key, entries: key.ring.powers(entries, exponents: words, bits: bits, threads: threads))
    }

    /// - Throws: `ciphertextOutOfRange` with the index of the first ciphertext that shares a factor with n.
    ///
    /// One gcd for the whole batch: the product of all shares a factor with n exactly when one of them does.
    func requireUnits(threads: Int) throws(PaillierError) {
        guard count > 0 else { return }
        let ring = key.ring
        var remaining = entries
        while remaining.count > ring.entryWords {
            let half = remaining.count / ring.entryWords / 2 * ring.entryWords
            let products = ring.products(
                Array(remaining[..<half]), Array(remaining[half..<2 * half]), threads: threads)
            remaining = products + remaining[(2 * half)...]
        }
        let product = BigInteger(magnitude: ring.values(fromEntries: remaining))
        if product.greatestCommonDivisor(key.n) == .one { return }
        let all = ciphertexts(threads: threads)
        throw .ciphertextOutOfRange(index: (0..<count).first { all[$0].greatestCommonDivisor(key.n) != .one } ?? 0)
    }
}
