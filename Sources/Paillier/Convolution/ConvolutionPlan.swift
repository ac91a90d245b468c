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
    /// Parts of the input channels with accumulators of their own.
    public let parts: Int
    /// Output channels are repeated for this many bands of rows so that all eight lanes carry an output.
    public let bands: Int
    /// Groups of channels whose tables exist at the same time, so that an accumulator is fetched once for all of them.
    public let tablesAtOnce: Int
    /// Output rows (of a band) whose accumulators are held at once.
    public private(set) var rows = 1
    /// Modular products: tables, accumulation, inversions and Horner; idle lanes of full groups of eight included.
    public private(set) var products = 0
    /// Products, weighted by how long two threads wait for each other: what the plan is chosen by.
    private(set) var cost = 0.0
    /// Bytes of accumulators and tables of one unit of work; `unitsAtOnce` of them exist together.
    public private(set) var unitBytes = 0
    /// Bytes of all work in hand.
    public var bytesAtOnce: Int { Self.unitsAtOnce * unitBytes }

    /// Accumulators per output: the digits and the sign.
    public var planes: Int { (weightBits - 1 + digitBits - 1) / digitBits + 1 }

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
        for (geometry, digit, parts) in Self.candidates(shape, digitBits: digitBits) {
            var plan = Self(
                geometry, digitBits: digit, weightBits: weightBits, parts: parts, entryBytes: entryBytes)
            smallest = min(smallest, plan.bytes(geometry, rows: 1, tables: 1, entryBytes: entryBytes))
            guard plan.fit(geometry, memory: memory, entryBytes: entryBytes) else { continue }
            if best.map({ plan.cost < $0.cost }) ?? true { best = plan }
        }
        guard let best else {
            throw .memoryLimit(needed: Self.unitsAtOnce * smallest, available: Self.unitsAtOnce * memory)
        }
        self = best
    }

    /// Ways to cut a layer: tables of up to 2^13 entries, and as many parts as there are groups for.
    private static func candidates(
        _ shape: ConvolutionShape, digitBits: ClosedRange<Int>
    ) -> [(geometry: ConvolutionGeometry, digitBits: Int, parts: Int)] {
        var candidates: [(geometry: ConvolutionGeometry, digitBits: Int, parts: Int)] = []
        for digit in digitBits {
            for taps in Set([1, min(shape.kernelWidth, 5)]).sorted() where taps * digit <= 13 {
                for channels in 1...min(13 / (taps * digit), shape.inputChannels) {
                    let geometry = ConvolutionGeometry(shape: shape, channels: channels, taps: taps)
                    for parts in [1, 2, 4] where parts <= geometry.channelGroups.count {
                        candidates.append((geometry, digit, parts))
                    }
                }
            }
        }
        return candidates
    }

    private init(
        _ geometry: ConvolutionGeometry, digitBits: Int, weightBits: Int, parts: Int, entryBytes: Int
    ) {
        (channels, taps, bands) = (geometry.channels, geometry.taps, geometry.bands)
        (self.digitBits, self.weightBits, self.parts) = (digitBits, weightBits, parts)
        // Several tables at once save traffic of accumulators until they fall out of the cache.
        let perPart = (geometry.channelGroups.count + parts - 1) / parts
        let tableBytes = entryBytes * bands << (channels * taps * digitBits)
        tablesAtOnce = min(perPart, max(1, 6 << 20 / tableBytes))
    }

    /// Chooses the rows that are held at once and counts what they cost.
    /// - Returns: false when not even one fits `memory` bytes.
    private mutating func fit(_ geometry: ConvolutionGeometry, memory: Int, entryBytes: Int) -> Bool {
        func bytes(rows: Int, tables: Int) -> Int {
            self.bytes(geometry, rows: rows, tables: tables, entryBytes: entryBytes)
        }
        let fitting = (memory - bytes(rows: 0, tables: tablesAtOnce)) / bytes(rows: 1, tables: 0)
        guard fitting >= 1 else { return false }
        // Blocks of nearly equal heights, at least as many as keep `unitsAtOnce` threads busy.
        let least = min((Self.unitsAtOnce + parts - 1) / parts, geometry.bandRows)
        let blocks = max((geometry.bandRows + fitting - 1) / fitting, least)
        rows = (geometry.bandRows + blocks - 1) / blocks
        unitBytes = bytes(rows: rows, tables: tablesAtOnce)
        products = products(geometry)
        cost = Double(products) * imbalance(geometry)
        return true
    }

    /// Bytes of so many rows of accumulators and of the tables, all bands, of so many groups.
    private func bytes(_ geometry: ConvolutionGeometry, rows: Int, tables: Int, entryBytes: Int) -> Int {
        let accumulators = rows * geometry.shape.outputWidth * planes * geometry.laneGroups * Self.lanes
        return entryBytes * (accumulators + tables * bands << tableBits)
    }

    private func blocks(rows total: Int) -> [Range<Int>] { (0..<total).cut(by: rows) }

    /// Blocks of rows, as many at a time as make `unitsAtOnce` units.
    func waves(rows total: Int) -> [[Range<Int>]] {
        let blocks = blocks(rows: total)
        return blocks.indices.cut(by: max(1, Self.unitsAtOnce / parts)).map { Array(blocks[$0]) }
    }

    /// The channel groups of each part, as equal as can be, larger parts first so that threads end together.
    func channelParts(_ groups: Int) -> [Range<Int>] {
        let (size, larger) = (groups / parts, groups % parts)
        return (0..<parts).map { part in
            let start = part * size + min(part, larger)
            return start..<start + size + (part < larger ? 1 : 0)
        }
    }

    /// Cells of a block that are finished together.
    static func cellRanges(_ cells: Range<Int>) -> [Range<Int>] {
        cells.cut(by: (cells.count + unitsAtOnce - 1) / unitsAtOnce)
    }

    /// Products that invert so many values, batch by batch.
    static func inversionProducts(_ values: Int) -> Int {
        3 * (values / inversionBatch * (inversionBatch - 1) + max(0, values % inversionBatch - 1))
    }

    /// Time of two threads over half the work of one, units being taken in order; 1 is perfect.
    private func imbalance(_ geometry: ConvolutionGeometry) -> Double {
        let parts = channelParts(geometry.channelGroups.count)
        let time = waves(rows: geometry.bandRows).reduce(0) { time, wave in
            var ends = [0, 0]
            for unit in wave.flatMap({ block in parts.map { $0.count * block.count } }) {
                ends[ends[0] <= ends[1] ? 0 : 1] += unit
            }
            return time + max(ends[0], ends[1])
        }
        return Double(2 * time) / Double(geometry.channelGroups.count * geometry.bandRows)
    }

    private func products(_ geometry: ConvolutionGeometry) -> Int {
        let (shape, lanes) = (geometry.shape, geometry.laneGroups * Self.lanes)
        let tableProducts = geometry.channelGroups.reduce(0) {
            $0 + (1 << ($1.count * taps * digitBits)) - 1 - $1.count * taps
        }
        let columnTaps = (0..<shape.outputWidth).map(geometry.columnTaps)
        let (columnVisits, columns) = (columnTaps.reduce(0, +), columnTaps.count { $0 > 0 })
        var total = 0
        for block in blocks(rows: geometry.bandRows) {
            total += geometry.inputRows(for: block).count * geometry.columnStarts.count * bands * tableProducts
            let rowTaps = block.map(geometry.rowTaps)
            let cells = block.count * shape.outputWidth
            // The first factor of an accumulator of each part is copied, and where the kernel lies in the padding alone there is none.
            let factors = rowTaps.reduce(0, +) * columnVisits * geometry.channelGroups.count
            let copied = rowTaps.count { $0 > 0 } * columns * parts
            total += (factors - copied + (parts - 1) * cells) * planes * lanes
            total += (weightBits - 1 + planes - 1) * cells * lanes
            for range in Self.cellRanges(0..<cells) {
                total += Self.inversionProducts(geometry.outputs(block, cells: range))
            }
        }
        return total
    }
}

extension Range<Int> {
    /// Pieces of `size`, the last one of what is left.
    func cut(by size: Int) -> [Range<Int>] {
        stride(from: lowerBound, to: upperBound, by: size).map { $0..<Swift.min($0 + size, upperBound) }
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
