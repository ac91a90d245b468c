/// How an encrypted linear map is cut up, with the counts that predicts exactly.
///
/// As in `ConvolutionPlan` all subset products of a group of inputs make a table and every bit plane of every output multiplies one
/// entry. Here weights belong to positions, so a table serves every output whose window reaches its group: groups are
/// rectangles of pixels of one channel. Eight consecutive outputs share a window, the union of theirs.
public struct LinearMapPlan: Sendable, Equatable {
    /// Pixels of a group.
    public let height, width: Int
    /// Two's complement width of the weights.
    public let planes: Int
    /// Groups of eight outputs whose accumulators are held at once.
    public let lanesAtOnce: Int
    /// Tables that exist at the same time in each unit of work.
    public let tablesAtOnce: Int
    /// Modular products: tables, accumulation, joining, inversions and Horner; idle lanes included.
    public let products: Int
    /// Entries of all accumulators and tables in hand.
    public var entriesAtOnce: Int {
        ConvolutionPlan.unitsAtOnce * (tablesAtOnce << tableBits + lanesAtOnce * ConvolutionPlan.lanes * planes)
    }
    /// Bits of a table's index, one for each pixel of its group.
    var tableBits: Int { height * width }

    /// The cheapest plan of which `ConvolutionPlan.unitsAtOnce` units fit `memory` bytes.
    /// - Throws: `memoryLimit` when one group of outputs does not fit.
    init(_ map: LinearMap, planes: Int, key: PublicKey, memory: Int) throws(PaillierError) {
        let entryBytes = 8 * key.ring.entryWords
        let unit = memory / ConvolutionPlan.unitsAtOnce
        var best: LinearMapPlan?
        var smallest = Int.max
        for height in 1...4 {
            for width in 1...12 where height * width <= 12 {
                let tableBytes = entryBytes << (height * width)
                let laneBytes = entryBytes * ConvolutionPlan.lanes * planes
                smallest = min(smallest, tableBytes + laneBytes)
                let tables = max(1, min(6 << 20, unit / 2) / tableBytes)
                let fitting = (unit - tables * tableBytes) / laneBytes
                guard fitting >= 1 else { continue }
                let plan = LinearMapPlan(
                    map, height: height, width: width, planes: planes, lanesAtOnce: fitting, tablesAtOnce: tables)
                if best.map({ plan.products < $0.products }) ?? true { best = plan }
            }
        }
        guard let best else {
            throw .memoryLimit(needed: ConvolutionPlan.unitsAtOnce * smallest, available: memory)
        }
        self = best
    }

    private init(_ map: LinearMap, height: Int, width: Int, planes: Int, lanesAtOnce: Int, tablesAtOnce: Int) {
        self.height = height
        self.width = width
        self.planes = planes
        self.lanesAtOnce = min(lanesAtOnce, (map.outputCount + ConvolutionPlan.lanes - 1) / ConvolutionPlan.lanes)
        self.tablesAtOnce = tablesAtOnce
        let geometry = LinearMapGeometry(map, height: height, width: width)
        var total = 0
        for chunk in geometry.chunks(of: self.lanesAtOnce) {
            for part in geometry.parts(chunk) {
                total += part.reduce(0) { $0 + geometry.tableProducts($1) }
                for lane in chunk {
                    // The first factor of an accumulator is copied.
                    total +=
                        max(0, part.count { geometry.windows[lane].touches($0) } - 1) * planes * ConvolutionPlan.lanes
                }
            }
            total += (ConvolutionPlan.unitsAtOnce - 1) * chunk.count * planes * ConvolutionPlan.lanes
            total += 2 * (planes - 1) * chunk.count * ConvolutionPlan.lanes
            for cells in ConvolutionPlan.cellRanges(chunk) {
                let values =
                    min(map.outputCount, cells.upperBound * ConvolutionPlan.lanes)
                    - cells.lowerBound * ConvolutionPlan.lanes
                total += ConvolutionPlan.inversionProducts(values)
            }
        }
        products = total
    }
}

/// The index arithmetic that plan and map share, so that they cannot disagree.
struct LinearMapGeometry: Sendable {
    /// Input groups, as rectangles of one channel.
    struct Group: Sendable {
        let channel: Int
        let rows, columns: Range<Int>
        var count: Int { rows.count * columns.count }
    }

    /// What eight consecutive outputs read together.
    struct Window: Sendable {
        var rows, columns: Range<Int>

        func touches(_ group: Group) -> Bool { rows.overlaps(group.rows) && columns.overlaps(group.columns) }
    }

    let groups: [Group]
    /// One per eight outputs.
    let windows: [Window]

    init(_ map: LinearMap, height: Int, width: Int) {
        // Rectangles of nearly equal sizes.
        func cut(_ length: Int, _ size: Int) -> [Range<Int>] {
            let count = (length + size - 1) / size
            return (0..<count).map { length * $0 / count..<length * ($0 + 1) / count }
        }
        let (rows, columns) = (cut(map.inputHeight, height), cut(map.inputWidth, width))
        groups = (0..<map.inputChannels).flatMap { channel in
            rows.flatMap { rows in columns.map { Group(channel: channel, rows: rows, columns: $0) } }
        }
        windows = stride(from: 0, to: map.outputCount, by: ConvolutionPlan.lanes).map { first in
            let outputs = (first..<min(first + ConvolutionPlan.lanes, map.outputCount)).map(map.position)
            return Window(around: outputs.map { Window(rows: map.rows[$0.row], columns: map.columns[$0.column]) })
        }
    }

    /// Lanes whose accumulators are held together.
    func chunks(of size: Int) -> [Range<Int>] { windows.indices.cut(by: size) }

    /// The groups that some lanes read, dealt out to units of work one by one, so that all have about the same to do.
    func parts(_ chunk: Range<Int>) -> [[Group]] {
        let read = groups.filter(Window(around: Array(windows[chunk])).touches)
        let units = ConvolutionPlan.unitsAtOnce
        return (0..<units).map { unit in stride(from: unit, to: read.count, by: units).map { read[$0] } }
    }

    /// Products that make a group's table.
    func tableProducts(_ group: Group) -> Int { 1 << group.count - 1 - group.count }
}

extension LinearMapGeometry.Window {
    /// The smallest that holds these.
    init(around windows: [Self]) {
        func hull(_ ranges: [Range<Int>]) -> Range<Int> {
            (ranges.map(\.lowerBound).min() ?? 0)..<(ranges.map(\.upperBound).max() ?? 0)
        }
        (rows, columns) = (hull(windows.map(\.rows)), hull(windows.map(\.columns)))
    }
}
