import CObliviousTransfer

/// Uniform secret numbers from AES-128 in counter mode under a seed of the system's, drawn for this stream alone.
package struct SecretStream: ~Copyable, Sendable {
    private let key = SecretMemory(bytes: Int(OT_KEY_BYTES))
    private let kernel: TransferKernel
    private var counter: UInt64 = 0

    package init(kernel: TransferKernel) {
        let seed = SecretMemory(bytes: 16)
        seed.fillFromSystem()
        self.init(seed: seed, kernel: kernel)
    }

    /// A stream that can be drawn again, for tests.
    package init(unsafeSeed: UInt64, kernel: TransferKernel) {
        let seed = SecretMemory(bytes: 16)
        seed.words[0] = unsafeSeed
        self.init(seed: seed, kernel: kernel)
    }

    private init(seed: borrowing SecretMemory, kernel: TransferKernel) {
        self.kernel = kernel
        ot_expand(kernel.code, key.bytes, seed.bytes, 1)
    }

    /// `blocks` of numbers below 2^bits.
    package mutating func numbers(blocks: Int, bits: Int, threads: Int = 1) -> SecretNumbers {
        let result = SecretNumbers(blocks: blocks)
        fill(result.words, chunks: blocks * 8, threads: threads)
        if bits < 64 { result.map(threads: threads) { $0 & (1 << UInt64(bits) - 1) } }
        return result
    }

    /// `count` planes of uniform bits.
    package mutating func planes(_ count: Int, blocks: Int) -> BitPlanes {
        let result = BitPlanes(count: count, blocks: blocks)
        let chunks = (count * blocks + 7) / 8
        let block = SecretMemory(words: 64 * chunks)
        fill(block.words, chunks: chunks)
        if count > 0 { result.plane(0).update(from: block.words, count: count * result.planeWords) }
        return result
    }

    /// 512 bytes a chunk; the counter never goes back.
    private mutating func fill(_ words: UnsafeMutablePointer<UInt64>, chunks: Int, threads: Int = 1) {
        let bytes = Address(UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt8.self))
        let (kernel, key, counter) = (kernel.code, Address(key.bytes), counter)
        forEachRange(of: chunks, threads: threads) { range in
            ot_keystream(
                kernel, bytes.pointer + 512 * range.lowerBound, key.pointer, counter + UInt64(32 * range.lowerBound),
                range.count)
        }
        self.counter += UInt64(32 * chunks)
    }
}
