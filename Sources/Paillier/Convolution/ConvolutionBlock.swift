import CPaillierKernel

/// The accumulators of some output rows and the tables that feed them: one unit of parallel work.
struct ConvolutionBlock {
    private let plan: ConvolutionPlan
    private let geometry: ConvolutionGeometry
    private let ring: SquareRing
    private let rows: Range<Int>
    private let channelGroups: Range<Int>
    private let tableSize: Int
    /// `[row][column][plane][lane group]` in group form.
    private(set) var groups: [UInt64]
    /// Accumulator groups that hold something; the first factor is copied, not multiplied.
    private var started: [Bool]
    /// Tables of the groups in work: `[channel group in work][band][subset]`.
    private var arena: [UInt64]
    private var jobs: [pk_job] = []
    /// Modular products done so far, idle lanes of groups included.
    private(set) var products = 0

    /// - Parameter channelGroups: the part of the input this block takes in; parts are multiplied together afterwards.
    init(
        plan: ConvolutionPlan, geometry: ConvolutionGeometry, ring: SquareRing, rows: Range<Int>,
        channelGroups: Range<Int>, tableSize: Int
    ) {
        self.plan = plan
        self.geometry = geometry
        self.ring = ring
        self.rows = rows
        self.channelGroups = channelGroups
        self.tableSize = tableSize
        let accumulators = rows.count * geometry.shape.outputWidth * plan.planes * geometry.laneGroups
        groups = [UInt64](repeating: 0, count: accumulators * ring.groupWords)
        started = [Bool](repeating: false, count: accumulators)
        arena = [UInt64](repeating: 0, count: plan.tablesAtOnce * plan.bands * tableSize * ring.entryWords)
    }

    /// Multiplies every input group onto all accumulators it reaches.
    mutating func accumulate(_ input: [UInt64], subsets: [UInt32]) {
        let groupsInWork = stride(from: channelGroups.lowerBound, to: channelGroups.upperBound, by: plan.tablesAtOnce)
            .map {
                $0..<min($0 + plan.tablesAtOnce, channelGroups.upperBound)
            }
        for row in geometry.inputRows(for: rows) {
            for column in geometry.columnStarts {
                for inWork in groupsInWork {
                    fillTables(input, row: row, column: column, channelGroups: inWork)
                    listJobs(subsets, row: row, column: column, channelGroups: inWork)
                    pk_accumulate(ring.context, &groups, arena, jobs, jobs.count)
                    products += jobs.reduce(0) { $0 + ($1.first == 0 ? ConvolutionPlan.lanes : 0) }
                }
            }
        }
        fillUnreached()
    }

    /// Outputs whose kernel lies in the padding alone are encrypted zeros; without randomness that is 1.
    private mutating func fillUnreached() {
        let ones = [UInt32](repeating: .max, count: ConvolutionPlan.lanes)
        var group = [UInt64](repeating: 0, count: ring.groupWords)
        pk_pack(ring.context, &group, arena, ones, 1)
        for index in started.indices where !started[index] {
            groups.replaceSubrange(index * ring.groupWords..<(index + 1) * ring.groupWords, with: group)
        }
    }

    /// The products of each group and band at one input position, by doubling: `t[2^i + v] = t[2^i] * t[v]`.
    private mutating func fillTables(_ input: [UInt64], row: Int, column: Int, channelGroups: Range<Int>) {
        let shape = geometry.shape
        let words = ring.entryWords
        let one = ring.one
        var tables: [(base: Int, elements: Int)] = []
        for (slot, group) in channelGroups.enumerated() {
            let channels = geometry.channelGroups[group]
            for band in 0..<plan.bands {
                let base = (slot * plan.bands + band) * tableSize
                arena.replaceSubrange(base * words..<(base + 1) * words, with: one)
                let y = row + band * geometry.bandRows
                for (index, channel) in channels.enumerated() {
                    for tap in 0..<plan.taps {
                        let x = column + tap
                        let target = base + 1 << ((index * plan.taps + tap) * plan.digitBits)
                        // Outside the image lies an encrypted zero; without randomness that is 1.
                        let inside = (0..<shape.inputHeight).contains(y) && (0..<shape.inputWidth).contains(x)
                        let source = ((channel * shape.inputHeight + y) * shape.inputWidth + x) * words
                        arena.replaceSubrange(
                            target * words..<(target + 1) * words,
                            with: inside ? input[source..<source + words] : one[...])
                    }
                }
                tables.append((base, channels.count * plan.taps * plan.digitBits))
            }
        }
        for element in 1..<max(2, plan.tableBits) {
            var triples: [pk_triple] = []
            // An input's powers c^2, c^4, ... come by squaring.
            if !element.isMultiple(of: plan.digitBits) {
                triples = tables.filter { element < $0.elements }.map { table in
                    let half = table.base + 1 << (element - 1)
                    return pk_triple(to: table.base + 1 << element, left: half, right: half)
                }
                ring.multiply(in: &arena, triples)
                products += triples.count
                triples.removeAll()
            }
            for table in tables where element < table.elements {
                let half = 1 << element
                for subset in 1..<half {
                    triples.append(
                        pk_triple(to: table.base + half + subset, left: table.base + half, right: table.base + subset))
                }
            }
            ring.multiply(in: &arena, triples)
            products += triples.count
        }
    }

    /// One job per accumulator and channel group; those of one accumulator follow each other while it is in the cache.
    private mutating func listJobs(_ subsets: [UInt32], row: Int, column: Int, channelGroups: Range<Int>) {
        let shape = geometry.shape
        let lanes = geometry.laneGroups * ConvolutionPlan.lanes
        let starts = Array(geometry.tapStarts)
        let perTap = plan.planes * lanes
        jobs.removeAll(keepingCapacity: true)
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
                            var job = pk_job()
                            job.group = UInt32(accumulator)
                            job.first = started[accumulator] ? 0 : 1
                            started[accumulator] = true
                            let table = slot * plan.bands * tableSize
                            withUnsafeMutableBytes(of: &job.entry) { bytes in
                                let entries = bytes.bindMemory(to: UInt32.self)
                                for lane in 0..<ConvolutionPlan.lanes {
                                    let band = min(
                                        (laneGroup * ConvolutionPlan.lanes + lane) / shape.outputChannels,
                                        plan.bands - 1)
                                    entries[lane] = UInt32(table + band * tableSize) + subsets[first + lane]
                                }
                            }
                            jobs.append(job)
                        }
                    }
                }
            }
        }
    }
}
