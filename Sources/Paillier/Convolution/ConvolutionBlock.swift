/// The accumulators of some output rows and the tables that feed them: one unit of parallel work.
struct ConvolutionBlock {
    private let plan: ConvolutionPlan
    private let geometry: ConvolutionGeometry
    private let rows: Range<Int>
    private let channelGroups: Range<Int>
    /// Accumulators `[row][column][plane][lane group]`; tables of the groups in work, `[channel group in work][band]`.
    private(set) var sums: TableSums

    /// - Parameter channelGroups: the part of the input this block takes in; parts are multiplied together afterwards.
    init(
        plan: ConvolutionPlan, geometry: ConvolutionGeometry, ring: SquareRing, rows: Range<Int>,
        channelGroups: Range<Int>
    ) {
        self.plan = plan
        self.geometry = geometry
        self.rows = rows
        self.channelGroups = channelGroups
        sums = TableSums(
            ring, accumulators: rows.count * geometry.shape.outputWidth * plan.planes * geometry.laneGroups,
            tables: plan.tablesAtOnce * plan.bands, tableBits: plan.tableBits, digitBits: plan.digitBits)
    }

    /// Multiplies every input group onto all accumulators it reaches.
    mutating func accumulate(_ input: [UInt64], subsets: [UInt32]) {
        let groupsInWork = channelGroups.cut(by: plan.tablesAtOnce)
        for row in geometry.inputRows(for: rows) {
            for column in geometry.columnStarts {
                for inWork in groupsInWork {
                    sums.fillTables(inWork.flatMap { tables($0, row: row, column: column) }, from: input)
                    listSteps(subsets, row: row, column: column, channelGroups: inWork)
                    sums.accumulate()
                }
            }
        }
        sums.fillUntouched()
    }

    /// The inputs of a group's tables at one position, band by band.
    private func tables(_ group: Int, row: Int, column: Int) -> [[Int?]] {
        let shape = geometry.shape
        return (0..<plan.bands).map { band in
            let y = row + band * geometry.bandRows
            return geometry.channelGroups[group].flatMap { channel in
                (column..<column + plan.taps).map { x in
                    let isInside = (0..<shape.inputHeight).contains(y) && (0..<shape.inputWidth).contains(x)
                    return isInside ? (channel * shape.inputHeight + y) * shape.inputWidth + x : nil
                }
            }
        }
    }

    /// One step per accumulator and channel group.
    private mutating func listSteps(_ subsets: [UInt32], row: Int, column: Int, channelGroups: Range<Int>) {
        let (plan, shape) = (plan, geometry.shape)
        let lanes = geometry.laneGroups * ConvolutionPlan.lanes
        let starts = Array(geometry.tapStarts)
        let perTap = plan.planes * lanes
        for ky in 0..<shape.kernelHeight {
            let outputRow = row + shape.top - ky
            guard rows.contains(outputRow) else { continue }
            for (startIndex, start) in starts.enumerated() {
                let outputColumn = column + shape.left - start
                guard (0..<shape.outputWidth).contains(outputColumn) else { continue }
                let cell = (outputRow - rows.lowerBound) * shape.outputWidth + outputColumn
                for plane in 0..<plan.planes {
                    for laneGroup in 0..<geometry.laneGroups {
                        let accumulator = (cell * plan.planes + plane) * geometry.laneGroups + laneGroup
                        for (slot, group) in channelGroups.enumerated() {
                            let tap = (group * shape.kernelHeight + ky) * starts.count + startIndex
                            let first = tap * perTap + plane * lanes + laneGroup * ConvolutionPlan.lanes
                            sums.list(accumulator) { lane in
                                let band = min(
                                    (laneGroup * ConvolutionPlan.lanes + lane) / shape.outputChannels, plan.bands - 1)
                                return UInt32((slot * plan.bands + band) << plan.tableBits) + subsets[first + lane]
                            }
                        }
                    }
                }
            }
        }
    }
}
