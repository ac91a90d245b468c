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
        // 512 bytes a chunk; the counter never goes back.
        let chunks = blocks * 8
        let bytes = Address(UnsafeMutableRawPointer(result.words).assumingMemoryBound(to: UInt8.self))
        let (kernel, key, first) = (kernel.code, Address(key.bytes), counter)
        counter += UInt64(32 * chunks)
        forEachRange(of: chunks, threads: threads) { range in
            ot_keystream(
                kernel, bytes.pointer + 512 * range.lowerBound, key.pointer, first + UInt64(32 * range.lowerBound),
                range.count)
        }
        if bits < 64 { result.map(threads: threads) { $0 & (1 << UInt64(bits) - 1) } }
        return result
    }
}
