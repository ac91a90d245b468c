import CPaillierKernel
import Numerics

/// A convolution by subset tables alone, as its plan says: a leaf of `EncryptedConvolution`.
///
/// Work is cut into blocks of output rows that depend on nothing but the inputs, so results are the same for every number of
/// threads.
struct TableConvolution: Sendable {
    let plan: ConvolutionPlan
    private let shape: ConvolutionShape
    private let ring: SquareRing
    private let weights: [Int32]
    private let geometry: ConvolutionGeometry

    /// - Parameter weights: `[out][in][ky][kx]`, as the shape says, none wider than the plan's planes.
    init(plan: ConvolutionPlan, shape: ConvolutionShape, weights: [Int32], ring: SquareRing) {
        self.plan = plan
        self.shape = shape
        self.ring = ring
        geometry = ConvolutionGeometry(shape: shape, channels: plan.channels, taps: plan.taps)
        self.weights = weights
    }

    /// Table indices by channel group, kernel row, tap run, plane and lane: which product of the group's powers an output's plane
    /// takes, `digitBits` bits of the index for each weight.
    private func subsets() -> [UInt32] {
        let lanes = geometry.laneGroups * ConvolutionPlan.lanes
        let starts = Array(geometry.tapStarts)
        let masks = plan.digitWidths.map { UInt32(1) << UInt32($0) - 1 }
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
                                        let digit = UInt32(bitPattern: weight) >> plan.positions[plane] & masks[plane]
                                        subset |= digit << UInt32((index * plan.taps + tap) * plan.digitBits)
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

    /// - Parameter input: entries, `[channel][row][column]`.
    /// - Returns: entries, `[channel][row][column]`, and the products counted while making them.
    /// - Throws: `ciphertextOutOfRange` when a ciphertext shares a factor with n.
    func callAsFunction(
        _ input: [UInt64], threads: Int
    ) throws(PaillierError) -> (entries: [UInt64], products: Int) {
        let words = ring.entryWords
        var entries = [UInt64](repeating: 0, count: shape.outputCount * words)
        let subsets = subsets()
        var products = 0
        for wave in plan.waves(rows: geometry.bandRows) {
            for piece in try run(wave, input, subsets, threads: threads) {
                products += piece.products
                for (index, position) in piece.positions.enumerated() {
                    let target =
                        (position.channel * shape.outputHeight + position.row) * shape.outputWidth + position.column
                    entries.replaceSubrange(
                        target * words..<(target + 1) * words, with: piece.entries[index * words..<(index + 1) * words])
                }
            }
        }
        return (entries, products)
    }

    private struct Piece: Sendable {
        let positions: [ConvolutionGeometry.OutputPosition]
        let entries: [UInt64]
        let products: Int
    }

    /// Some blocks of rows: first all parts of all blocks accumulate, then their cells are finished, both in parallel.
    private func run(
        _ blocks: [Range<Int>], _ input: [UInt64], _ subsets: [UInt32], threads: Int
    ) throws(PaillierError) -> [Piece] {
        let parts = plan.channelParts(geometry.channelGroups.count)
        let accumulated = parallelMap(blocks.count * parts.count, threads: threads) { index in
            var block = ConvolutionBlock(
                plan: plan, geometry: geometry, ring: ring, rows: blocks[index / parts.count],
                channelGroups: parts[index % parts.count])
            block.accumulate(input, subsets: subsets)
            return (groups: block.sums.groups, products: block.sums.products)
        }
        let pieces = blocks.enumerated().flatMap { index, rows in
            ConvolutionPlan.cellRanges(0..<rows.count * shape.outputWidth).map { (block: index, rows: rows, cells: $0) }
        }
        var finished = try parallelMap(pieces.count, threads: threads) { (index) throws(PaillierError) in
            let (block, rows, cells) = pieces[index]
            let own = accumulated[block * parts.count..<(block + 1) * parts.count].map(\.groups)
            var sum = PlaneSum(
                positions: plan.positions, ring: ring, laneGroups: geometry.laneGroups, cells: cells, parts: own)
            let positions = geometry.outputPositions(rows, cells: cells)
            guard let entries = sum.join(positions) else { throw .ciphertextOutOfRange(index: 0) }
            return Piece(positions: positions, entries: entries, products: sum.products)
        }
        finished.append(Piece(positions: [], entries: [], products: accumulated.reduce(0) { $0 + $1.products }))
        return finished
    }
}

extension ConvolutionGeometry {
    struct OutputPosition {
        let channel, row, column: Int
        /// Position among the cells asked for, and lane within it.
        let cell, lane: Int
    }

    /// The outputs of some cells of a block: cell by cell, lane by lane, lanes without an output left out.
    func outputPositions(_ rows: Range<Int>, cells: Range<Int>) -> [OutputPosition] {
        var positions: [OutputPosition] = []
        for cell in cells {
            for lane in 0..<shape.outputChannels * bands {
                let row = rows.lowerBound + cell / shape.outputWidth + lane / shape.outputChannels * bandRows
                guard row < shape.outputHeight else { continue }
                positions.append(
                    OutputPosition(
                        channel: lane % shape.outputChannels, row: row, column: cell % shape.outputWidth,
                        cell: cell - cells.lowerBound, lane: lane))
            }
        }
        return positions
    }
}
