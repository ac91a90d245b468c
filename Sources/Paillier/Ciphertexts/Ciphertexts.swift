public import Numerics

/// A batch of ciphertexts in the form that travels: plain residues modulo n^2 of one key.
///
/// Servers compute on `EncryptedValues`; converting costs a division and one product a ciphertext.
public struct Ciphertexts: Sendable {
    public let key: PublicKey
    /// `2 * words(n)` little-endian words per ciphertext.
    let values: [UInt64]
}

extension Ciphertexts {
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
    /// - Throws: `ciphertextBytes` for a wrong length, `ciphertextOutOfRange` with the index of the first bad one.
    public init(
        serialised bytes: ArraySlice<UInt8>, count: Int, key: PublicKey, threads: Int = 1
    ) throws(PaillierError) {
        try self.init(inRange: bytes, count: count, key: key, threads: threads)
        try requireUnits(threads: threads)
    }

    /// The same without the check for common factors with n, for a caller that makes it on the values it computes with.
    init(inRange bytes: ArraySlice<UInt8>, count: Int, key: PublicKey, threads: Int) throws(PaillierError) {
        let (words, size) = (key.ring.valueWords, key.ciphertextBytes)
        guard bytes.count == count * size else {
            throw .ciphertextBytes(found: bytes.count, expected: count * size)
        }
        let values = parallelChunks(count, threads: threads) { range in
            var values = [UInt64](repeating: 0, count: range.count * words)
            bytes.withUnsafeBufferPointer { bytes in
                for index in range {
                    for byte in 0..<size {
                        let value = UInt64(bytes[(index + 1) * size - 1 - byte])
                        values[(index - range.lowerBound) * words + byte / 8] |= value << UInt64(8 * (byte % 8))
                    }
                }
            }
            return values
        }
        self.init(key: key, values: values)
        let square = (key.n * key.n).words(count: words)
        for index in 0..<count {
            let value = values[index * words..<(index + 1) * words]
            guard isBelow(value, square), value.contains(where: { $0 != 0 }) else {
                throw .ciphertextOutOfRange(index: index)
            }
        }
    }

    private func requireUnits(threads: Int = 1) throws(PaillierError) {
        try EncryptedValues(self, threads: threads).requireUnits(threads: threads)
    }
}
