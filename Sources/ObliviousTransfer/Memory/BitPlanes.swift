import CObliviousTransfer

/// Secret bits of many instances side by side: `count` planes of `blocks` times 512 bits.
///
/// Instance q of a block is bit `q / 8` of word `q % 8`, so that 512 numbers and their planes are transposes of each other.
package struct BitPlanes: ~Copyable, Sendable {
    package let count: Int
    package let blocks: Int
    private let memory: SecretMemory

    package static let block = Int(OT_BLOCK)
    /// Blocks that hold `values` instances.
    package static func blocks(for values: Int) -> Int { (values + block - 1) / block }
    package static let planeBytes = 8 * Int(OT_PLANE_WORDS)

    /// All bits 0.
    package init(count: Int, blocks: Int) {
        self.count = count
        self.blocks = blocks
        memory = SecretMemory(words: count * blocks * Int(OT_PLANE_WORDS))
    }

    /// Words of one plane.
    package var planeWords: Int { blocks * Int(OT_PLANE_WORDS) }

    package func plane(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        precondition(index >= 0 && index < max(count, 1), "a plane of these")
        return memory.words + index * planeWords
    }

    package func copy(of index: Int) -> BitPlanes {
        let result = BitPlanes(count: 1, blocks: blocks)
        result.plane(0).update(from: plane(index), count: planeWords)
        return result
    }

    /// plane(index) ^= other.plane(otherIndex).
    package func add(_ other: borrowing BitPlanes, _ otherIndex: Int = 0, to index: Int = 0) {
        let otherBlocks = other.blocks
        precondition(blocks == otherBlocks, "planes of one size")
        let (to, from) = (plane(index), other.plane(otherIndex))
        for word in 0..<planeWords { to[word] ^= from[word] }
    }

    package func invert(_ index: Int = 0) {
        let plane = plane(index)
        for word in 0..<planeWords { plane[word] = ~plane[word] }
    }

    /// The planes of the low `count` bits of numbers.
    package init(_ numbers: borrowing SecretNumbers, count: Int, kernel: TransferKernel, threads: Int = 1) {
        self.init(count: count, blocks: numbers.blocks)
        let (planes, words, blocks) = (Address(memory.words), Address(numbers.words), blocks)
        forEachRange(of: blocks, threads: threads) { range in
            ot_to_planes(
                kernel.code, planes.pointer + 8 * range.lowerBound, count, blocks,
                words.pointer + Self.block * range.lowerBound, range.count)
        }
    }

    /// The bytes of a plane as they go into a message.
    package func append(_ index: Int, to message: inout [UInt8]) {
        let plane = UnsafeRawPointer(plane(index))
        message.append(contentsOf: UnsafeRawBufferPointer(start: plane, count: 8 * planeWords))
    }

    /// Planes from a message.
    /// - Precondition: a whole number of blocks for each.
    package init(count: Int, reading message: ArraySlice<UInt8>) {
        let bytes = message.count
        precondition(bytes.isMultiple(of: count * Self.planeBytes), "whole planes")
        self.init(count: count, blocks: bytes / (count * Self.planeBytes))
        let to = memory.words
        read(message) { UnsafeMutableRawPointer(to).copyMemory(from: $0.pointer, byteCount: bytes) }
    }
}

/// Secret numbers modulo 2^64 or less, 512 in a block.
package struct SecretNumbers: ~Copyable, Sendable {
    package let blocks: Int
    private let memory: SecretMemory

    /// All zero.
    package init(blocks: Int) {
        self.blocks = blocks
        memory = SecretMemory(words: blocks * BitPlanes.block)
    }

    package var words: UnsafeMutablePointer<UInt64> { memory.words }
    package var count: Int { memory.count }

    /// The bits of one plane as numbers 0 and 1.
    package init(bits planes: borrowing BitPlanes, _ index: Int = 0, kernel: TransferKernel, threads: Int = 1) {
        self.init(planes, index..<index + 1, kernel, threads)
    }

    /// Of their planes, lowest first.
    package init(_ planes: borrowing BitPlanes, kernel: TransferKernel, threads: Int = 1) {
        self.init(planes, 0..<planes.count, kernel, threads)
    }

    private init(_ planes: borrowing BitPlanes, _ indices: Range<Int>, _ kernel: TransferKernel, _ threads: Int) {
        self.init(blocks: planes.blocks)
        let (words, bits, blocks) = (Address(words), Address(planes.plane(indices.lowerBound)), blocks)
        forEachRange(of: blocks, threads: threads) { range in
            ot_to_words(
                kernel.code, words.pointer + BitPlanes.block * range.lowerBound, bits.pointer + 8 * range.lowerBound,
                indices.count, blocks, range.count)
        }
    }

    /// `body(number of this, number of other)` in every place.
    @inlinable
    package func combine(
        _ other: borrowing SecretNumbers, threads: Int = 1, _ body: @Sendable (UInt64, UInt64) -> UInt64
    ) {
        let otherBlocks = other.blocks
        precondition(blocks == otherBlocks, "as many numbers")
        let (to, from) = (Address(words), Address(other.words))
        forEachRange(of: blocks, threads: threads) { range in
            for index in BitPlanes.block * range.lowerBound..<BitPlanes.block * range.upperBound {
                to.pointer[index] = body(to.pointer[index], from.pointer[index])
            }
        }
    }

    @inlinable
    package func map(threads: Int = 1, _ body: @Sendable (UInt64) -> UInt64) {
        let words = Address(words)
        forEachRange(of: blocks, threads: threads) { range in
            for index in BitPlanes.block * range.lowerBound..<BitPlanes.block * range.upperBound {
                words.pointer[index] = body(words.pointer[index])
            }
        }
    }
}
