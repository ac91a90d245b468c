import CPaillierKernel

/// The accumulators of some outputs and the tables that feed them: one unit of parallel work.
struct LinearMapBlock {
    private let map: LinearMap
    private let plan: LinearMapPlan
    private let geometry: LinearMapGeometry
    private let ring: SquareRing
    private let lanes: Range<Int>
    private let tableSize: Int
    /// `[lane group][plane]` in group form.
    private(set) var groups: [UInt64]
    private var started: [Bool]
    private var arena: [UInt64]
    /// Modular products done so far, idle lanes included.
    private(set) var products = 0

    init(_ map: LinearMap, plan: LinearMapPlan, geometry: LinearMapGeometry, ring: SquareRing, lanes: Range<Int>) {
        self.map = map
        self.plan = plan
        self.geometry = geometry
        self.ring = ring
        self.lanes = lanes
        tableSize = 1 << (plan.height * plan.width)
        groups = [UInt64](repeating: 0, count: lanes.count * plan.planes * ring.groupWords)
        started = [Bool](repeating: false, count: lanes.count * plan.planes)
        arena = [UInt64](repeating: 0, count: plan.tablesAtOnce * tableSize * ring.entryWords)
    }

    /// Multiplies the input's groups onto all accumulators they reach.
    mutating func accumulate(_ input: [UInt64], part: [LinearMapGeometry.Group]) {
        for start in stride(from: 0, to: part.count, by: plan.tablesAtOnce) {
            let inWork = Array(part[start..<min(start + plan.tablesAtOnce, part.count)])
            fillTables(input, inWork)
            let jobs = makeJobs(inWork)
            pk_accumulate(ring.context, &groups, arena, jobs, jobs.count)
            products += jobs.count { $0.first == 0 } * ConvolutionPlan.lanes
        }
        fillUntouched()
    }

    private mutating func fillTables(_ input: [UInt64], _ inWork: [LinearMapGeometry.Group]) {
        let words = ring.entryWords
        let one = ring.one
        for (slot, group) in inWork.enumerated() {
            let base = slot * tableSize
            arena.replaceSubrange(base * words..<(base + 1) * words, with: one)
            for (element, (row, column)) in group.pixels.enumerated() {
                let source = ((group.channel * map.inputHeight + row) * map.inputWidth + column) * words
                let target = (base + 1 << element) * words
                arena.replaceSubrange(target..<target + words, with: input[source..<source + words])
            }
        }
        for element in 1..<max(2, plan.height * plan.width) {
            let half = 1 << element
            var triples: [pk_triple] = []
            for (slot, group) in inWork.enumerated() where element < group.count {
                let base = slot * tableSize
                for subset in 1..<half {
                    triples.append(pk_triple(to: base + half + subset, left: base + half, right: base + subset))
                }
            }
            ring.multiply(in: &arena, triples)
            products += triples.count
        }
    }

    /// One job per accumulator and group; those of one accumulator follow each other while it is in the cache.
    private mutating func makeJobs(_ inWork: [LinearMapGeometry.Group]) -> [pk_job] {
        var jobs: [pk_job] = []
        for (cell, lane) in lanes.enumerated() {
            let touching = inWork.indices.filter { geometry.windows[lane].touches(inWork[$0]) }
            guard !touching.isEmpty else { continue }
            let entries = touching.map { subsets(lane, inWork[$0]) }
            for plane in 0..<plan.planes {
                let accumulator = cell * plan.planes + plane
                for (slot, own) in zip(touching, entries) {
                    var job = pk_job()
                    job.group = UInt32(accumulator)
                    job.first = started[accumulator] ? 0 : 1
                    started[accumulator] = true
                    withUnsafeMutableBytes(of: &job.entry) { bytes in
                        let entries = bytes.bindMemory(to: UInt32.self)
                        for lane in 0..<ConvolutionPlan.lanes {
                            entries[lane] = UInt32(slot * tableSize) + own[plane * ConvolutionPlan.lanes + lane]
                        }
                    }
                    jobs.append(job)
                }
            }
        }
        return jobs
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

    /// Accumulators that no group of this part reached hold 1.
    private mutating func fillUntouched() {
        let nothing = [UInt32](repeating: .max, count: ConvolutionPlan.lanes)
        var one = [UInt64](repeating: 0, count: ring.groupWords)
        pk_pack(ring.context, &one, arena, nothing, 1)
        for accumulator in started.indices where !started[accumulator] {
            groups.replaceSubrange(
                accumulator * ring.groupWords..<(accumulator + 1) * ring.groupWords, with: one)
        }
    }
}

extension LinearMapGeometry.Group {
    /// Row by row.
    var pixels: [(row: Int, column: Int)] { rows.flatMap { row in columns.map { (row, $0) } } }
}
