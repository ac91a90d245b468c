public import WideIntegers

/// A batch of ciphertexts in the form that travels: plain residues modulo n^2 of one key.
///
/// Servers compute on `EncryptedValues`; converting costs a division and one product a ciphertext.
public struct Ciphertexts: Sendable {
    public let key: PublicKey
    /// `2 * words(n)` little-endian words per ciphertext.
    let values: [UInt64]

    init(key: PublicKey, values: [UInt64]) {
        self.key = key
        self.values = values
    }

    /// Takes over integers, checked: `0 < c < n^2`, gcd(c, n) = 1.
    public init(_ integers: some Collection<BigInteger>, key: PublicKey) throws(PaillierError) {
        let square = key.n * key.n
        var values: [UInt64] = []
        values.reserveCapacity(integers.count * key.ring.valueWords)
        for (index, value) in integers.enumerated() {
            guard !value.isZero, !value.isNegative, value < square else { throw .ciphertextOutOfRange(index: index) }
            values += value.words(count: key.ring.valueWords)
        }
        self.init(key: key, values: values)
        try requireUnits()
    }

    public var count: Int { values.count / key.ring.valueWords }

    public subscript(index: Int) -> BigInteger {
        let words = key.ring.valueWords
        return BigInteger(magnitude: Array(values[index * words..<(index + 1) * words]))
    }

    /// All ciphertexts, each as `key.ciphertextBytes` big-endian bytes.
    public func serialised() -> [UInt8] {
        let (words, bytes) = (key.ring.valueWords, key.ciphertextBytes)
        return [UInt8](unsafeUninitializedCapacity: count * bytes) { buffer, used in
            for index in 0..<count {
                for byte in 0..<bytes {
                    let word = values[index * words + byte / 8]
                    buffer[(index + 1) * bytes - 1 - byte] = UInt8(truncatingIfNeeded: word >> UInt64(8 * (byte % 8)))
                }
            }
            used = count * bytes
        }
    }

    /// Reads `count` serialised ciphertexts and checks every one.
    /// - Throws: `ciphertextCount` for a wrong length, `ciphertextOutOfRange` with the index of the first bad one.
    public init(serialised bytes: some RandomAccessCollection<UInt8>, count: Int, key: PublicKey) throws(PaillierError)
    {
        let (words, size) = (key.ring.valueWords, key.ciphertextBytes)
        guard bytes.count == count * size else {
            throw .ciphertextCount(found: bytes.count / size, expected: count)
        }
        var values = [UInt64](repeating: 0, count: count * words)
        var position = 0
        for byte in bytes {
            let (index, offset) = (position / size, size - 1 - position % size)
            values[index * words + offset / 8] |= UInt64(byte) << UInt64(8 * (offset % 8))
            position += 1
        }
        self.init(key: key, values: values)
        let square = (key.n * key.n).words(count: words)
        for index in 0..<count {
            let value = values[index * words..<(index + 1) * words]
            let isZero = value.allSatisfy { $0 == 0 }
            guard !isZero, value.reversed().lexicographicallyPrecedes(square.reversed()) else {
                throw .ciphertextOutOfRange(index: index)
            }
        }
        try requireUnits()
    }

    /// One gcd for the whole batch: the product of all ciphertexts shares a factor with n exactly when one of them does.
    private func requireUnits() throws(PaillierError) {
        guard count > 0 else { return }
        let product = EncryptedValues(self).product()
        if product.greatestCommonDivisor(key.n) == .one { return }
        let culprit = (0..<count).first { self[$0].greatestCommonDivisor(key.n) != .one }
        throw .ciphertextOutOfRange(index: culprit ?? 0)
    }
}
