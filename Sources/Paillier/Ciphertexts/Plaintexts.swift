public import Numerics

/// Residues modulo n, the plaintexts of a batch of ciphertexts: `wordsEach` little-endian words per residue.
public struct Plaintexts: Sendable, Equatable {
    public private(set) var words: [UInt64]
    let wordsEach: Int
}

extension Plaintexts {
    /// Signed values as residues modulo the key's n.
    /// - Throws: `plaintextOutOfRange` outside `[-(n-1)/2, (n-1)/2]`.
    public init(_ values: some Collection<BigInteger>, key: PublicKey) throws(PaillierError) {
        let limit = key.plaintextLimit
        guard values.allSatisfy({ $0.absoluteValue <= limit }) else { throw .plaintextOutOfRange(limit: "(n-1)/2") }
        wordsEach = key.ring.modulusWords
        words = []
        words.reserveCapacity(values.count * wordsEach)
        for value in values { words += value.modulo(key.n).words(count: wordsEach) }
    }

    /// Every value `times` times in a row: the bias of each channel at each position of its plane.
    public func repeated(_ times: Int) -> Plaintexts {
        var repeated: [UInt64] = []
        repeated.reserveCapacity(words.count * times)
        for index in 0..<count {
            for _ in 0..<times { repeated += words[index * wordsEach..<(index + 1) * wordsEach] }
        }
        return Plaintexts(words: repeated, wordsEach: wordsEach)
    }

    public var count: Int { words.count / wordsEach }

    /// The signed value behind residue `index`.
    public func signed(_ index: Int, key: PublicKey) -> BigInteger {
        BigInteger(magnitude: Array(words[index * wordsEach..<(index + 1) * wordsEach])).centred(modulo: key.n)
    }
}
