import Numerics

extension EncryptedValues {
    /// Plaintexts with their sign changed where `flags` says so: an inverse each, all inverses of a batch at the price of one.
    /// - Precondition: one flag per ciphertext.
    /// - Throws: `ciphertextOutOfRange` when a ciphertext shares a factor with n.
    public func negated(where flags: [Bool], threads: Int = 1) throws(PaillierError) -> EncryptedValues {
        precondition(flags.count == count, "one flag per ciphertext expected")
        let indices = flags.indices.filter { flags[$0] }
        guard !indices.isEmpty else { return self }
        let words = key.ring.entryWords
        let size = (indices.count + max(1, threads) - 1) / max(1, threads)
        let pieces = indices.indices.cut(by: size).map { indices[$0] }
        let inverses = try parallelMap(pieces.count, threads: threads) { (piece) throws(PaillierError) in
            let chosen = pieces[piece].flatMap { entries[$0 * words..<($0 + 1) * words] }
            guard let inverses = key.ring.inverses(chosen) else {
                throw .ciphertextOutOfRange(index: indices[piece * size])
            }
            return inverses
        }
        var result = self
        for (index, source) in zip(indices, 0...) {
            let entry = inverses[source / size][source % size * words..<(source % size + 1) * words]
            result.entries.replaceSubrange(index * words..<(index + 1) * words, with: entry)
        }
        return result
    }

    /// Ciphertext j becomes ciphertext `order[j]`. - Precondition: an order of all of them.
    public func permuted(_ order: [Int]) -> EncryptedValues {
        precondition(order.count == count, "an order of all ciphertexts expected")
        let words = key.ring.entryWords
        return EncryptedValues(key: key, entries: order.flatMap { entries[$0 * words..<($0 + 1) * words] })
    }

    /// Another batch's ciphertexts where `flags` says so. - Precondition: equal counts and keys.
    public func replaced(by other: EncryptedValues, where flags: some Collection<Bool>) -> EncryptedValues {
        precondition(key == other.key && count == other.count && count == flags.count, "two equal batches expected")
        let words = key.ring.entryWords
        var result = self
        for (index, flag) in zip(0..., flags) where flag {
            let range = index * words..<(index + 1) * words
            result.entries.replaceSubrange(range, with: other.entries[range])
        }
        return result
    }
}
