import CPaillierKernel
package import Numerics

/// The ring Z/n^2 with everything a kernel path precomputes for it; immutable, shared by all threads.
///
/// Elements live in flat word arrays, `entryWords` words each, in the path's own form (see `paillier_kernel.h`).
package struct SquareRing: Sendable {
    package let path: KernelPath
    package let n: BigInteger
    package let context: [UInt64]

    /// - Precondition: `n` is odd and has 16 to 8192 bits.
    package init(n: BigInteger, path: KernelPath) {
        precondition(n.isOdd && (16...Int(PK_MAXIMUM_BITS)).contains(n.bitWidth), "n out of the kernel's range")
        self.n = n
        self.path = path
        var context = [UInt64](repeating: 0, count: pk_context_words(path.code, n.bitWidth))
        pk_context_init(&context, path.code, n.magnitude, n.bitWidth)
        self.context = context
    }

    package var entryWords: Int { pk_entry_words(context) }
    package var groupWords: Int { pk_group_words(context) }
    /// 64-bit words of n; a value has twice as many.
    package var modulusWords: Int { pk_modulus_words(context) }
    package var valueWords: Int { 2 * modulusWords }

    /// The entry of 1.
    var one: [UInt64] {
        var entry = [UInt64](repeating: 0, count: entryWords)
        pk_one(context, &entry)
        return entry
    }

    /// Values below n^2, `valueWords` words each, to entries.
    package func entries(fromValues values: [UInt64], threads: Int = 1) -> [UInt64] {
        inChunks(values, of: valueWords, to: entryWords, threads: threads) { pk_import(context, $1, $0, $2) }
    }

    package func values(fromEntries entries: [UInt64], threads: Int = 1) -> [UInt64] {
        inChunks(entries, of: entryWords, to: valueWords, threads: threads) { pk_export(context, $1, $0, $2) }
    }

    /// Entry by entry product of two equally long arrays.
    package func products(_ left: [UInt64], _ right: [UInt64], threads: Int = 1) -> [UInt64] {
        precondition(left.count == right.count, "element-wise products need equal counts")
        let count = left.count / entryWords
        return parallelChunks(count, threads: threads) { range in
            // One arena: left, then right; the product replaces left.
            var arena = Array(left[range.lowerBound * entryWords..<range.upperBound * entryWords])
            arena += right[range.lowerBound * entryWords..<range.upperBound * entryWords]
            let triples = (0..<UInt32(range.count)).map {
                pk_triple(to: $0, left: $0, right: $0 + UInt32(range.count))
            }
            pk_products(context, &arena, triples, triples.count)
            return Array(arena[..<(range.count * entryWords)])
        }
    }

    /// `base[i]^exponents[i]`, each exponent of `bits` bits in `(bits + 63) / 64` words. Addresses depend on the exponents.
    package func powers(_ base: [UInt64], exponents: [UInt64], bits: Int, threads: Int = 1) -> [UInt64] {
        let (words, exponentWords) = (entryWords, (bits + 63) / 64)
        precondition(exponents.count / exponentWords == base.count / words, "one exponent per base expected")
        return parallelChunks(base.count / words, threads: threads) { range in
            let base = Array(base[range.lowerBound * words..<range.upperBound * words])
            let exponents = Array(exponents[range.lowerBound * exponentWords..<range.upperBound * exponentWords])
            var result = [UInt64](repeating: 0, count: base.count)
            pk_power_each(context, &result, base, range.count, exponents, bits)
            return result
        }
    }

    /// Inverts every entry with one modular inversion for all (Montgomery's trick as a binary tree).
    ///
    /// - Returns: nil when some entry shares a factor with n.
    /// - Complexity: `3 (count - 1)` products and one inversion.
    package func inverses(_ entries: [UInt64]) -> [UInt64]? {
        let (words, count) = (entryWords, entries.count / entryWords)
        guard count > 0 else { return [] }
        // Node i is the product of nodes 2i and 2i + 1; leaves are nodes count ..< 2 count. Inverses lie 2 count further on.
        var arena = [UInt64](repeating: 0, count: 4 * count * words)
        arena.replaceSubrange(count * words..<2 * count * words, with: entries)
        var levels: [Range<Int>] = []
        var top = 1
        while top < count {
            levels.append(top..<min(2 * top, count))
            top *= 2
        }
        for level in levels.reversed() {
            multiply(in: &arena, level.map { pk_triple(to: $0, left: 2 * $0, right: 2 * $0 + 1) })
        }
        let root = BigInteger(magnitude: values(fromEntries: Array(arena[words..<2 * words])))
        guard let inverse = root.inverse(modulo: n * n) else { return nil }
        let inverseEntry = self.entries(fromValues: inverse.words(count: valueWords))
        arena.replaceSubrange((2 * count + 1) * words..<(2 * count + 2) * words, with: inverseEntry)
        for level in levels {
            multiply(
                in: &arena,
                level.flatMap { node in
                    (0...1).map {
                        pk_triple(to: 2 * count + 2 * node + $0, left: 2 * count + node, right: 2 * node + 1 - $0)
                    }
                })
        }
        return Array(arena[3 * count * words..<4 * count * words])
    }

    /// arena[to] = arena[left] * arena[right], see `pk_products`.
    func multiply(in arena: inout [UInt64], _ triples: [pk_triple]) {
        pk_products(context, &arena, triples, triples.count)
    }

    /// Elements of another width for `input`'s, some at a time: `body` gets those, room for their results and how many they are.
    func inChunks(
        _ input: [UInt64], of inputWords: Int, to outputWords: Int, threads: Int,
        _ body: @Sendable (UnsafePointer<UInt64>, UnsafeMutablePointer<UInt64>, Int) -> Void
    ) -> [UInt64] {
        precondition(input.count.isMultiple(of: inputWords), "a whole number of elements expected")
        return parallelChunks(input.count / inputWords, threads: threads) { range in
            var output = [UInt64](repeating: 0, count: range.count * outputWords)
            input.withUnsafeBufferPointer { input in
                guard let start = input.baseAddress else { return }
                body(start + range.lowerBound * inputWords, &output, range.count)
            }
            return output
        }
    }
}

extension pk_triple {
    init(to: Int, left: Int, right: Int) {
        self.init(to: UInt32(to), left: UInt32(left), right: UInt32(right))
    }
}
