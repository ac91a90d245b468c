import CPaillierKernel
import WideIntegers

/// A plaintext filter bank applied to ciphertexts: for every output, `prod(c[i]^w[i]) mod n^2`.
///
/// Exact modulo n: neither bias nor randomness is added here. Work is cut into blocks of output rows that depend on nothing but
/// the inputs, so results are the same for every number of threads.
public struct EncryptedConvolution: Sendable {
    public let shape: ConvolutionShape
    public let plan: ConvolutionPlan
    public let key: PublicKey
    private let geometry: ConvolutionGeometry
    /// Table indices by channel group, kernel row, tap run, plane and lane: which subset of the group an output's plane takes.
    private let subsets: [UInt32]
    private let tableSize: Int
    /// Blocks that fit the memory together.
    private let concurrentBlocks: Int

    /// - Parameters:
    ///   - weights: `[out][in][ky][kx]`, as the shape says.
    ///   - memory: bytes that the blocks in work may take together.
    public init(
        shape: ConvolutionShape, weights: [Int32], key: PublicKey, memory: Int = 1 << 30
    ) throws(PaillierError) {
        precondition(weights.count == shape.weightCount, "\(shape.weightCount) weights expected")
        let bits = weights.reduce(1) { max($0, BigInteger($1).signedBitWidth) }
        self.shape = shape
        self.key = key
        plan = try ConvolutionPlan(
            shape: shape, weightBits: bits, key: key, memory: memory)
        concurrentBlocks = max(1, memory / plan.blockBytes)
        geometry = ConvolutionGeometry(shape: shape, channels: plan.channels, taps: plan.taps)
        tableSize = 1 << (plan.channels * plan.taps)
        subsets = Self.subsets(weights, shape, plan, geometry)
    }

    private static func subsets(
        _ weights: [Int32], _ shape: ConvolutionShape, _ plan: ConvolutionPlan, _ geometry: ConvolutionGeometry
    ) -> [UInt32] {
        let lanes = geometry.laneGroups * ConvolutionPlan.lanes
        let starts = Array(geometry.tapStarts)
        var subsets: [UInt32] = []
        subsets.reserveCapacity(
            geometry.channelGroups.count * shape.kernelHeight * starts.count * plan.planes * lanes)
        for group in geometry.channelGroups {
            for ky in 0..<shape.kernelHeight {
                for start in starts {
                    for plane in 0..<plan.planes {
                        for lane in 0..<lanes {
                            var subset: UInt32 = 0
                            // Lanes beyond the last band take the empty subset, the table's 1.
                            if lane < shape.outputChannels * plan.bands {
                                let output = lane % shape.outputChannels
                                for (index, channel) in group.enumerated() {
                                    for tap in 0..<min(plan.taps, shape.kernelWidth - start) {
                                        let row = (output * shape.inputChannels + channel) * shape.kernelHeight + ky
                                        let weight = weights[row * shape.kernelWidth + start + tap]
                                        let bit = UInt32(bitPattern: weight >> Int32(plane)) & 1
                                        subset |= bit << UInt32(index * plan.taps + tap)
                                    }
                                }
                            }
                            subsets.append(subset)
                        }
                    }
                }
            }
        }
        return subsets
    }

    /// The layer's products of ciphertexts.
    /// - Parameter input: `[channel][row][column]`, `shape.inputCount` ciphertexts.
    /// - Returns: `[channel][row][column]`, `shape.outputCount` ciphertexts, and the products counted while making them.
    /// - Throws: `ciphertextOutOfRange` when a ciphertext shares a factor with n.
    public func callAsFunction(
        _ input: EncryptedValues, threads: Int = 1
    ) throws(PaillierError) -> (output: EncryptedValues, products: Int) {
        precondition(input.key == key, "ciphertexts of the layer's key expected")
        guard input.count == shape.inputCount else {
            throw .ciphertextCount(found: input.count, expected: shape.inputCount)
        }
        let starts = Array(stride(from: 0, to: geometry.bandRows, by: plan.rows))
        let blocks = try parallelMap(starts.count, threads: min(threads, concurrentBlocks)) {
            (index) throws(PaillierError) in
            let end = min(starts[index] + plan.rows, geometry.bandRows)
            var block = ConvolutionBlock(
                plan: plan, geometry: geometry, ring: key.ring, rows: starts[index]..<end, tableSize: tableSize)
            block.accumulate(input.entries, subsets: subsets)
            guard let output = block.finish() else { throw .ciphertextOutOfRange(index: 0) }
            return (output: output, rows: starts[index]..<end, products: block.products)
        }
        let words = key.ring.entryWords
        var entries = [UInt64](repeating: 0, count: shape.outputCount * words)
        for block in blocks {
            for (position, target) in outputIndices(block.rows).enumerated() {
                entries.replaceSubrange(
                    target * words..<(target + 1) * words,
                    with: block.output[position * words..<(position + 1) * words])
            }
        }
        return (EncryptedValues(key: key, entries: entries), blocks.reduce(0) { $0 + $1.products })
    }

    /// Where a block's outputs belong, in the order `ConvolutionBlock.finish` returns them.
    private func outputIndices(_ rows: Range<Int>) -> [Int] {
        geometry.outputPositions(rows).map { position in
            (position.channel * shape.outputHeight + position.row) * shape.outputWidth + position.column
        }
    }
}

extension ConvolutionGeometry {
    struct OutputPosition {
        let channel, row, column: Int
        /// Lane group and lane within the block's accumulators, planes left out.
        let cell, lane: Int
    }

    /// The outputs of a block: row by row, column by column, lane by lane, lanes without an output left out.
    func outputPositions(_ rows: Range<Int>) -> [OutputPosition] {
        var positions: [OutputPosition] = []
        positions.reserveCapacity(outputs(in: rows))
        for (rowIndex, bandRow) in rows.enumerated() {
            for column in 0..<shape.outputWidth {
                for lane in 0..<shape.outputChannels * bands {
                    let row = bandRow + lane / shape.outputChannels * bandRows
                    guard row < shape.outputHeight else { continue }
                    positions.append(
                        OutputPosition(
                            channel: lane % shape.outputChannels, row: row, column: column,
                            cell: rowIndex * shape.outputWidth + column, lane: lane))
                }
            }
        }
        return positions
    }
}
