/// How an encrypted convolution is cut up: the choice of the cost model, with the counts it predicts exactly.
///
/// Method of four Russians (Arlazarov et al. 1970) on the bits of the weights. Inputs are taken in groups of `channels` channels times
/// `taps` neighbouring columns; all `2^g` products of a group's subsets make a table, and every bit plane of every filter
/// then multiplies one table entry onto its accumulator. Planes are joined by Horner's rule; the sign plane (two's complement)
/// is inverted first, all inversions of a batch at the price of one.
public struct ConvolutionPlan: Sendable, Equatable {
    /// Channels and neighbouring columns of a full group.
    public let channels, taps: Int
    /// Two's complement width of the layer's weights: bit planes per output.
    public let planes: Int
    /// Output rows (of a band) whose accumulators are held at once.
    public let rows: Int
    /// Output channels are repeated for this many bands of rows so that all eight lanes carry an output.
    public let bands: Int
    /// Groups of channels whose tables exist at the same time, so that an accumulator is fetched once for all of them.
    public let tablesAtOnce: Int
    /// Modular products: tables, accumulation, inversions and Horner; idle lanes of full groups of eight included.
    public let products: Int
    /// Bytes of accumulators and tables of one block.
    public let blockBytes: Int

    static let lanes = 8
    static let inversionBatch = 2048

    /// Blocks a layer is cut into at least, and that share the memory: a constant, so that counts do not depend on the machine.
    static let leastBlocks = 4

    /// The cheapest plan of which `leastBlocks` blocks fit `memory` bytes.
    /// - Throws: `memoryLimit` when one row of accumulators does not fit.
    public init(
        shape: ConvolutionShape, weightBits: Int, key: PublicKey, memory: Int
    ) throws(PaillierError) {
        let memory = memory / Self.leastBlocks
        let entryBytes = 8 * key.ring.entryWords
        var best: ConvolutionPlan?
        var smallest = Int.max
        for taps in Set([1, min(shape.kernelWidth, 5)]) {
            for size in 1...13 where size >= taps {
                let channels = min(size / taps, shape.inputChannels)
                guard channels >= 1 else { continue }
                let layout = BlockLayout(
                    shape: shape, channels: channels, taps: taps, planes: weightBits, entryBytes: entryBytes)
                smallest = min(smallest, layout.bytes(rows: 1, tablesAtOnce: 1))
                guard let plan = layout.plan(memory: memory) else { continue }
                if best.map({ plan.products < $0.products }) ?? true { best = plan }
            }
        }
        guard let best else { throw .memoryLimit(needed: smallest, available: memory) }
        self = best
    }

    fileprivate init(layout: BlockLayout, rows: Int, tablesAtOnce: Int) {
        channels = layout.channels
        taps = layout.taps
        planes = layout.planes
        bands = layout.bands
        self.rows = rows
        self.tablesAtOnce = tablesAtOnce
        products = layout.products(rows: rows)
        blockBytes = layout.bytes(rows: rows, tablesAtOnce: tablesAtOnce)
    }
}

/// Sizes and exact product counts of one way to cut a layer.
private struct BlockLayout {
    let shape: ConvolutionShape
    let channels, taps, planes: Int
    let entryBytes: Int

    var bands: Int { ConvolutionGeometry.bands(shape) }
    private var geometry: ConvolutionGeometry { ConvolutionGeometry(shape: shape, channels: channels, taps: taps) }

    func bytes(rows: Int, tablesAtOnce: Int) -> Int {
        let g = geometry
        let accumulators = rows * shape.outputWidth * planes * g.laneGroups * ConvolutionPlan.lanes
        return entryBytes * (accumulators + tablesAtOnce * bands << (channels * taps))
    }

    func plan(memory: Int) -> ConvolutionPlan? {
        let g = geometry
        // Two tables at once halve the traffic of accumulators; more of them fall out of the cache (measured).
        let tablesAtOnce = min(g.channelGroups.count, max(1, 6 << 20 / (entryBytes * bands << (channels * taps))))
        let row = bytes(rows: 1, tablesAtOnce: 0)
        let tables = bytes(rows: 0, tablesAtOnce: tablesAtOnce)
        let fitting = (memory - tables) / row
        guard fitting >= 1 else { return nil }
        // Blocks of nearly equal heights.
        let blocks = max((g.bandRows + fitting - 1) / fitting, min(ConvolutionPlan.leastBlocks, g.bandRows))
        return ConvolutionPlan(layout: self, rows: (g.bandRows + blocks - 1) / blocks, tablesAtOnce: tablesAtOnce)
    }

    func products(rows: Int) -> Int {
        let g = geometry
        var total = 0
        for start in stride(from: 0, to: g.bandRows, by: rows) {
            let block = start..<min(start + rows, g.bandRows)
            let tables = g.inputRows(for: block).count * g.columnStarts.count * bands
            total += tables * g.channelGroups.reduce(0) { $0 + (1 << ($1.count * taps)) - 1 - $1.count * taps }
            let visits = block.reduce(0) { $0 + g.rowTaps($1) } * g.columnVisits * g.channelGroups.count
            let accumulators = block.count * shape.outputWidth * planes * g.laneGroups
            total += (visits * planes * g.laneGroups - accumulators) * ConvolutionPlan.lanes
            let outputs = accumulators / planes
            total += 2 * (planes - 1) * outputs * ConvolutionPlan.lanes
            let values = g.outputs(in: block)
            let batch = ConvolutionPlan.inversionBatch
            total += 3 * (values / batch * (batch - 1) + max(0, values % batch - 1))
        }
        return total
    }
}
