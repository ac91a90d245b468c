import Synchronization
import Testing

import Numerics

@Suite struct ParallelWordsTests {
    /// Pieces, words of one, threads; the last of them is large enough for large pages.
    @Test(arguments: [(0, 5), (1, 1), (3, 7), (64, 1), (5, 4096), (33, 1 << 16)], [1, 2, 3, 9])
    func everyWordIsWrittenOnce(size: (pieces: Int, words: Int), threads: Int) {
        let words = parallelWords(size.pieces, of: size.words, threads: threads) { piece, words in
            #expect(words.count == size.words)
            for index in words.indices { words[index] = UInt64(piece * size.words + index) }
        }
        #expect(words == (0..<UInt64(size.pieces * size.words)).map { $0 })
        var changed = words
        parallelChange(&changed, of: size.words, threads: threads) { piece, words in
            for index in words.indices { words[index] = words[index] &* 3 &+ UInt64(piece) }
        }
        #expect(changed == words.map { $0 * 3 + $0 / UInt64(size.words) })
    }

    @Test func noWordsAreNoPieces() {
        var none: [UInt64] = []
        parallelChange(&none, of: 0, threads: 2) { _, _ in Issue.record("there is nothing to change") }
        parallelChange(&none, of: 4, threads: 2) { _, _ in Issue.record("there is nothing to change") }
        #expect(none.isEmpty)
    }

    /// Groups of ciphertexts can be small, and each ciphertext takes long: whatever has a batch of eight lanes for every thread keeps
    /// all of them busy.
    @Test(arguments: [(0, 2), (1, 2), (16, 2), (64, 2), (65, 3), (72, 9), (4096, 2)])
    func chunksAreWholeBatchesForEveryThread(size: (count: Int, threads: Int)) {
        let seen = Mutex<[Range<Int>]>([])
        let words = parallelChunks(size.count, threads: size.threads) { range in
            seen.withLock { $0.append(range) }
            return range.map(UInt64.init)
        }
        #expect(words == (0..<UInt64(size.count)).map { $0 })
        let chunks = seen.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
        #expect(chunks.dropLast().allSatisfy { $0.count.isMultiple(of: 8) })
        #expect(chunks.count >= min(size.threads, size.count / 8))
    }

    /// Against the values one by one, at one limb and at two.
    @Test(arguments: [1, 2]) func magnitudesAreCounted(limbs: Int) {
        let values: [Int] = [0, 1, -1, 7, -7, 8, -8, .max, .min, .min + 1, 1 << 40]
        let array = IntegerArray(values).resized(limbs: limbs)
        for bound in [0, 1, 7, 8, 1 << 40, Int.max] {
            #expect(
                array.count(beyond: BigInteger(bound))
                    == values.count { BigInteger($0).absoluteValue > BigInteger(bound) })
        }
        // A bound that no word passes.
        #expect(array.count(beyond: .one << 64) == 0)
        #expect(array.hasNegatives && !IntegerArray([0, 3, .max]).resized(limbs: limbs).hasNegatives)
        #expect(!IntegerArray([]).hasNegatives)
    }
}
