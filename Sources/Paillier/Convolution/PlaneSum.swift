import CPaillierKernel

/// The end of a convolution for some cells (positions of a block): parts multiplied together, the sign plane inverted, planes joined.
struct PlaneSum {
    /// Position of each plane's lowest bit in the weight, ascending; the last plane is the sign.
    private let positions: [Int]
    private let ring: SquareRing
    private let laneGroups: Int
    private let cells: Int
    private var planes: Int { positions.count }
    /// `[cell][plane][lane group]` in group form.
    private var groups: [UInt64]
    /// Modular products done so far, idle lanes of groups included.
    private(set) var products = 0

    /// - Parameter parts: accumulators of the same block for different parts of the input, at least one.
    init(positions: [Int], ring: SquareRing, laneGroups: Int, cells: Range<Int>, parts: [[UInt64]]) {
        self.positions = positions
        self.ring = ring
        self.laneGroups = laneGroups
        self.cells = cells.count
        let perCell = positions.count * laneGroups
        let words = cells.lowerBound * perCell * ring.groupWords..<cells.upperBound * perCell * ring.groupWords
        groups = Array(parts[0][words])
        for part in parts.dropFirst() {
            part[words].withUnsafeBufferPointer {
                pk_multiply_groups(ring.context, &groups, $0.baseAddress, cells.count * perCell)
            }
            products += cells.count * perCell * ConvolutionPlan.lanes
        }
    }

    /// - Parameter positions: the cells' outputs; their `cell` counts from the first of these cells.
    /// - Returns: one entry per position; nil when one has no inverse.
    mutating func join(_ positions: [ConvolutionGeometry.OutputPosition]) -> [UInt64]? {
        let words = ring.entryWords
        // For each lane of each cell, its place among the outputs; lanes without an output are skipped.
        var lanes = [UInt32](repeating: .max, count: cells * laneGroups * ConvolutionPlan.lanes)
        for (index, position) in positions.enumerated() {
            lanes[position.cell * laneGroups * ConvolutionPlan.lanes + position.lane] = UInt32(index)
        }
        var outputs = [UInt64](repeating: 0, count: positions.count * words)
        unpackSignPlane(into: &outputs, lanes)
        for start in stride(from: 0, to: positions.count, by: ConvolutionPlan.inversionBatch) {
            let range = start * words..<min(start + ConvolutionPlan.inversionBatch, positions.count) * words
            guard let inverted = ring.inverses(Array(outputs[range])) else { return nil }
            outputs.replaceSubrange(range, with: inverted)
            products += 3 * (range.count / words - 1)
        }
        packSignPlane(outputs, lanes)
        horner()
        unpackSignPlane(into: &outputs, lanes)
        return outputs
    }

    private func signGroup(_ cell: Int) -> Int { (cell * planes + planes - 1) * laneGroups }

    private func unpackSignPlane(into outputs: inout [UInt64], _ lanes: [UInt32]) {
        let perCell = laneGroups * ConvolutionPlan.lanes
        for cell in 0..<cells {
            let words = signGroup(cell) * ring.groupWords..<(signGroup(cell) + laneGroups) * ring.groupWords
            groups[words].withUnsafeBufferPointer {
                pk_unpack(
                    ring.context, &outputs, Array(lanes[cell * perCell..<(cell + 1) * perCell]), $0.baseAddress,
                    laneGroups)
            }
        }
    }

    private mutating func packSignPlane(_ outputs: [UInt64], _ lanes: [UInt32]) {
        let perCell = laneGroups * ConvolutionPlan.lanes
        var packed = [UInt64](repeating: 0, count: laneGroups * ring.groupWords)
        for cell in 0..<cells {
            pk_pack(ring.context, &packed, outputs, Array(lanes[cell * perCell..<(cell + 1) * perCell]), laneGroups)
            groups.replaceSubrange(
                signGroup(cell) * ring.groupWords..<(signGroup(cell) + laneGroups) * ring.groupWords, with: packed)
        }
    }

    /// From the inverted sign plane down: `acc = acc^(2^bits in between) * plane`.
    private mutating func horner() {
        for plane in (0..<planes - 1).reversed() {
            var to: [UInt32] = []
            var by: [UInt32] = []
            for cell in 0..<cells {
                for laneGroup in 0..<laneGroups {
                    to.append(UInt32(signGroup(cell) + laneGroup))
                    by.append(UInt32((cell * planes + plane) * laneGroups + laneGroup))
                }
            }
            let squarings = positions[plane + 1] - positions[plane]
            pk_square_multiply(ring.context, &groups, to, by, to.count, squarings)
            products += (squarings + 1) * to.count * ConvolutionPlan.lanes
        }
    }
}
