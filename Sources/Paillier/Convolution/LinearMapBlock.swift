/// The accumulators of some outputs and the tables that feed them: one unit of parallel work.
struct LinearMapBlock {
    private let map: LinearMap
    private let plan: LinearMapPlan
    private let geometry: LinearMapGeometry
    private let lanes: Range<Int>
    /// Accumulators `[lane group][plane]`; a table for each group in work.
    private(set) var sums: TableSums

    init(_ map: LinearMap, plan: LinearMapPlan, geometry: LinearMapGeometry, ring: SquareRing, lanes: Range<Int>) {
        self.map = map
        self.plan = plan
        self.geometry = geometry
        self.lanes = lanes
        sums = TableSums(
            ring, accumulators: lanes.count * plan.planes, tables: plan.tablesAtOnce, tableBits: plan.tableBits)
    }

    /// Multiplies the input's groups onto all accumulators they reach.
    mutating func accumulate(_ input: [UInt64], part: [LinearMapGeometry.Group]) {
        for range in part.indices.cut(by: plan.tablesAtOnce) {
            let inWork = Array(part[range])
            let sources = inWork.map { group in
                group.pixels.map { (group.channel * map.inputHeight + $0.row) * map.inputWidth + $0.column }
            }
            sums.fillTables(sources, from: input)
            listSteps(inWork)
            sums.accumulate()
        }
        sums.fillUntouched()
    }

    /// One step per accumulator and group.
    private mutating func listSteps(_ inWork: [LinearMapGeometry.Group]) {
        let tableBits = plan.tableBits
        for (cell, lane) in lanes.enumerated() {
            let touching = inWork.indices.filter { geometry.windows[lane].touches(inWork[$0]) }
            let entries = touching.map { subsets(lane, inWork[$0]) }
            for plane in 0..<plan.planes {
                for (slot, own) in zip(touching, entries) {
                    sums.list(cell * plan.planes + plane) { lane in
                        UInt32(slot << tableBits) + own[plane * ConvolutionPlan.lanes + lane]
                    }
                }
            }
        }
    }

    /// For every plane and output of a lane group, which of the group's pixels have that bit in their weight.
    private func subsets(_ laneGroup: Int, _ group: LinearMapGeometry.Group) -> [UInt32] {
        var subsets = [UInt32](repeating: 0, count: plan.planes * ConvolutionPlan.lanes)
        let first = laneGroup * ConvolutionPlan.lanes
        for index in first..<min(first + ConvolutionPlan.lanes, map.outputCount) {
            let (channel, row, column) = map.position(index)
            let (rows, columns) = (map.rows[row], map.columns[column])
            let filter = map.filterOf[row * map.columns.count + column]
            let start = (channel * map.inputChannels + group.channel) * rows.count * columns.count
            for (element, (y, x)) in group.pixels.enumerated() where rows.contains(y) && columns.contains(x) {
                let tap = start + (y - rows.lowerBound) * columns.count + x - columns.lowerBound
                let weight = map.filters[filter][tap]
                for plane in 0..<plan.planes {
                    let bit = UInt32(bitPattern: weight >> Int32(plane)) & 1
                    subsets[plane * ConvolutionPlan.lanes + index - first] |= bit << UInt32(element)
                }
            }
        }
        return subsets
    }
}

extension LinearMapGeometry.Group {
    /// Row by row.
    var pixels: [(row: Int, column: Int)] { rows.flatMap { row in columns.map { (row, $0) } } }
}
