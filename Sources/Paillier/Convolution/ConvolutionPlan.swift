/// How an encrypted convolution is cut up: the choice of the cost model, with the counts it predicts exactly.
///
/// Method of four Russians (Arlazarov et al. 1970) on the bits of the weights. Inputs are taken in groups of `channels` channels times
/// `taps` neighbouring columns; all products of a group's powers `c^0 ... c^(2^digitBits - 1)` make a table, and every digit plane of
/// every filter then multiplies one table entry onto its accumulator. With one bit a digit these are subset tables, best for many
/// inputs; with more they are digit tables, for layers with fewer inputs than a table can take. Planes are joined by Horner's
/// rule; the sign plane (two's complement) is inverted first, all inversions of a batch at the price of one.
///
/// Work is cut into blocks of output rows, because of memory, and each block into parts of the input channels, because of
/// threads: parts share no table, and joining them costs one product per accumulator.
public struct ConvolutionPlan: Sendable, Equatable {
    /// Channels and neighbouring columns of a full group.
    public let channels, taps: Int
    /// Bits of a weight that one table entry covers.
    public let digitBits: Int
    /// Two's complement width of the layer's weights.
    public let weightBits: Int
    /// Output rows (of a band) whose accumulators are held at once.
    public let rows: Int
    /// Parts of the input channels with accumulators of their own.
    public let parts: Int
    /// Output channels are repeated for this many bands of rows so that all eight lanes carry an output.
    public let bands: Int
    /// Groups of channels whose tables exist at the same time, so that an accumulator is fetched once for all of them.
    public let tablesAtOnce: Int
    /// Modular products: tables, accumulation, inversions and Horner; idle lanes of full groups of eight included.
    public let products: Int
    /// Products, weighted by how long two threads wait for each other: what the plan is chosen by.
    let cost: Double
    /// Bytes of accumulators and tables of one unit of work; `unitsAtOnce` of them exist together.
    public let unitBytes: Int
    /// Bytes of all work in hand.
    public var bytesAtOnce: Int { Self.unitsAtOnce * unitBytes }

    /// Accumulators per output: the digits and the sign.
    public var planes: Int { Self.planes(weightBits: weightBits, digitBits: digitBits) }

    fileprivate static func planes(weightBits: Int, digitBits: Int) -> Int {
        (weightBits - 1 + digitBits - 1) / digitBits + 1
    }

    /// Position of each plane's lowest bit in a weight, and its width; the sign is the last.
    var positions: [Int] { (0..<planes - 1).map { $0 * digitBits } + [weightBits - 1] }
    var digitWidths: [Int] { positions.dropLast().map { min(digitBits, weightBits - 1 - $0) } + [1] }

    /// Bits of a table's index.
    public var tableBits: Int { channels * taps * digitBits }

    static let lanes = 8
    static let inversionBatch = 2048
    /// Units of work that run and are held together. A constant, so that neither choice nor counts depend on the machine.
    static let unitsAtOnce = 4

    /// The cheapest plan of which `unitsAtOnce` units fit `memory` bytes.
    /// - Parameter digitBits: bits of a digit to choose from.
    /// - Throws: `memoryLimit` when one row of accumulators does not fit.
    public init(
        shape: ConvolutionShape, weightBits: Int, key: PublicKey, memory: Int, digitBits: ClosedRange<Int> = 1...4
    ) throws(PaillierError) {
        let memory = memory / Self.unitsAtOnce
        let entryBytes = 8 * key.ring.entryWords
        var best: ConvolutionPlan?
        var smallest = Int.max
        for layout in UnitLayout.candidates(shape, weightBits: weightBits, digitBits: digitBits, entryBytes: entryBytes)
        {
            smallest = min(smallest, layout.bytes(rows: 1, tablesAtOnce: 1))
            guard let plan = layout.plan(memory: memory) else { continue }
            if best.map({ plan.cost < $0.cost }) ?? true { best = plan }
        }
        guard let best else {
            throw .memoryLimit(needed: Self.unitsAtOnce * smallest, available: Self.unitsAtOnce * memory)
        }
        self = best
    }

    fileprivate init(layout: UnitLayout, rows: Int, tablesAtOnce: Int) {
        channels = layout.channels
        taps = layout.taps
        digitBits = layout.digitBits
        weightBits = layout.weightBits
        parts = layout.parts
        bands = layout.geometry.bands
        self.rows = rows
        self.tablesAtOnce = tablesAtOnce
        products = layout.products(rows: rows)
        unitBytes = layout.bytes(rows: rows, tablesAtOnce: tablesAtOnce)
        cost = Double(products) * layout.imbalance(rows: rows)
    }

    /// Blocks of rows, as many at a time as make `unitsAtOnce` units.
    func waves(rows total: Int) -> [[Range<Int>]] { Self.waves(rows: rows, parts: parts, of: total) }

    fileprivate static func waves(rows: Int, parts: Int, of total: Int) -> [[Range<Int>]] {
        let blocks = blocks(rows: rows, of: total)
        let size = max(1, unitsAtOnce / parts)
        return stride(from: 0, to: blocks.count, by: size).map { Array(blocks[$0..<min($0 + size, blocks.count)]) }
    }

    fileprivate static func blocks(rows: Int, of total: Int) -> [Range<Int>] {
        stride(from: 0, to: total, by: rows).map { $0..<min($0 + rows, total) }
    }

    /// The channel groups of each part, as equal as can be, larger parts first so that threads end together.
    func channelParts(_ groups: Int) -> [Range<Int>] { Self.channelParts(groups, parts: parts) }

    fileprivate static func channelParts(_ groups: Int, parts: Int) -> [Range<Int>] {
        let (size, larger) = (groups / parts, groups % parts)
        return (0..<parts).map { part in
            let start = part * size + min(part, larger)
            return start..<start + size + (part < larger ? 1 : 0)
        }
    }

    /// Cells of a block that are finished together.
    func cellRanges(_ cells: Int) -> [Range<Int>] { Self.cellRanges(cells) }

    fileprivate static func cellRanges(_ cells: Int) -> [Range<Int>] {
        let size = (cells + unitsAtOnce - 1) / unitsAtOnce
        return stride(from: 0, to: cells, by: size).map { $0..<min($0 + size, cells) }
    }
}

/// Sizes and exact product counts of one way to cut a layer.
private struct UnitLayout {
    let shape: ConvolutionShape
    let channels, taps, digitBits, weightBits, parts: Int
    let entryBytes: Int
    let geometry: ConvolutionGeometry

    init(
        shape: ConvolutionShape, channels: Int, taps: Int, digitBits: Int, weightBits: Int, parts: Int, entryBytes: Int
    ) {
        self.shape = shape
        self.channels = channels
        self.taps = taps
        self.digitBits = digitBits
        self.weightBits = weightBits
        self.parts = parts
        self.entryBytes = entryBytes
        geometry = ConvolutionGeometry(shape: shape, channels: channels, taps: taps)
    }

    /// Tables of up to 2^13 entries, and as many parts as there are groups for.
    static func candidates(
        _ shape: ConvolutionShape, weightBits: Int, digitBits: ClosedRange<Int>, entryBytes: Int
    ) -> [UnitLayout] {
        digitBits.flatMap { digit in
            Set([1, min(shape.kernelWidth, 5)]).sorted().flatMap { taps in
                (1...max(1, min(13 / (taps * digit), shape.inputChannels))).flatMap { channels in
                    [1, 2, 4].compactMap { parts in
                        let layout = UnitLayout(
                            shape: shape, channels: channels, taps: taps, digitBits: digit, weightBits: weightBits,
                            parts: parts, entryBytes: entryBytes)
                        let fits = taps * digit <= 13 && parts <= layout.geometry.channelGroups.count
                        return fits ? layout : nil
                    }
                }
            }
        }
    }

    private var planes: Int { ConvolutionPlan.planes(weightBits: weightBits, digitBits: digitBits) }

    func bytes(rows: Int, tablesAtOnce: Int) -> Int {
        let accumulators = rows * shape.outputWidth * planes * geometry.laneGroups * ConvolutionPlan.lanes
        return entryBytes * (accumulators + tablesAtOnce * tableEntries)
    }

    /// Entries of one group's tables, all bands.
    private var tableEntries: Int { geometry.bands << (channels * taps * digitBits) }

    func plan(memory: Int) -> ConvolutionPlan? {
        // Several tables at once save traffic of accumulators until they fall out of the cache.
        let perPart = (geometry.channelGroups.count + parts - 1) / parts
        let tablesAtOnce = min(perPart, max(1, 6 << 20 / (entryBytes * tableEntries)))
        let fitting = (memory - bytes(rows: 0, tablesAtOnce: tablesAtOnce)) / bytes(rows: 1, tablesAtOnce: 0)
        guard fitting >= 1 else { return nil }
        // Blocks of nearly equal heights, at least as many as keep `unitsAtOnce` threads busy.
        let least = min((ConvolutionPlan.unitsAtOnce + parts - 1) / parts, geometry.bandRows)
        let blocks = max((geometry.bandRows + fitting - 1) / fitting, least)
        return ConvolutionPlan(
            layout: self, rows: (geometry.bandRows + blocks - 1) / blocks, tablesAtOnce: tablesAtOnce)
    }

    /// Time of two threads over half the work of one, units being taken in order; 1 is perfect.
    func imbalance(rows: Int) -> Double {
        let parts = ConvolutionPlan.channelParts(geometry.channelGroups.count, parts: parts)
        let time = ConvolutionPlan.waves(rows: rows, parts: parts.count, of: geometry.bandRows).reduce(0) {
            time, wave in
            var ends = [0, 0]
            for unit in wave.flatMap({ block in parts.map { $0.count * block.count } }) {
                ends[ends[0] <= ends[1] ? 0 : 1] += unit
            }
            return time + max(ends[0], ends[1])
        }
        return Double(2 * time) / Double(geometry.channelGroups.count * geometry.bandRows)
    }

    func products(rows: Int) -> Int {
        let lanes = ConvolutionPlan.lanes
        let tableProducts = geometry.channelGroups.reduce(0) {
            $0 + (1 << ($1.count * taps * digitBits)) - 1 - $1.count * taps
        }
        let columnTaps = (0..<shape.outputWidth).map(geometry.columnTaps)
        let (columnVisits, columns) = (columnTaps.reduce(0, +), columnTaps.count { $0 > 0 })
        var total = 0
        for block in ConvolutionPlan.blocks(rows: rows, of: geometry.bandRows) {
            total += geometry.inputRows(for: block).count * geometry.columnStarts.count * geometry.bands * tableProducts
            let rowTaps = block.map(geometry.rowTaps)
            let cells = block.count * shape.outputWidth
            // The first factor of an accumulator of each part is copied, and where the kernel lies in the padding alone there is none.
            let factors = rowTaps.reduce(0, +) * columnVisits * geometry.channelGroups.count
            let copied = rowTaps.count { $0 > 0 } * columns * parts
            total += (factors - copied + (parts - 1) * cells) * planes * geometry.laneGroups * lanes
            total += (weightBits - 1 + planes - 1) * cells * geometry.laneGroups * lanes
            for range in ConvolutionPlan.cellRanges(cells) {
                let values = geometry.outputs(block, cells: range)
                let batch = ConvolutionPlan.inversionBatch
                total += 3 * (values / batch * (batch - 1) + max(0, values % batch - 1))
            }
        }
        return total
    }
}

extension ConvolutionGeometry {
    /// Outputs that exist in some cells of a block; the last band may end early.
    fileprivate func outputs(_ rows: Range<Int>, cells: Range<Int>) -> Int {
        cells.reduce(0) { sum, cell in
            let row = rows.lowerBound + cell / shape.outputWidth
            return sum + (0..<bands).count { row + $0 * bandRows < shape.outputHeight } * shape.outputChannels
        }
    }
}
