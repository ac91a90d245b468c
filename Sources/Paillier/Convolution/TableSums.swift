import CPaillierKernel

/// The accumulators of one unit of work and the tables that feed them: what convolutions and linear maps have alike.
///
/// A table holds all products of its inputs' powers, see `ConvolutionPlan`; every step multiplies eight entries onto an accumulator.
struct TableSums {
    private let ring: SquareRing
    private let tableBits, digitBits: Int
    /// Accumulators in group form.
    private(set) var groups: [UInt64]
    /// Accumulators that hold something; the first factor is copied, not multiplied.
    private var started: [Bool]
    /// Tables in work, one after the other.
    private var arena: [UInt64]
    private var jobs: [pk_job] = []
    /// Modular products done so far, idle lanes of groups included.
    private(set) var products = 0

    /// - Parameters:
    ///   - tables: that exist at the same time, of `2^tableBits` entries each.
    ///   - digitBits: of an index, for every input.
    init(_ ring: SquareRing, accumulators: Int, tables: Int, tableBits: Int, digitBits: Int = 1) {
        self.ring = ring
        self.tableBits = tableBits
        self.digitBits = digitBits
        groups = [UInt64](repeating: 0, count: accumulators * ring.groupWords)
        started = [Bool](repeating: false, count: accumulators)
        arena = [UInt64](repeating: 0, count: tables << tableBits * ring.entryWords)
    }

    /// Fills the first tables, by doubling: `t[2^i + v] = t[2^i] * t[v]`.
    /// - Parameter sources: of each table, its inputs' places among the entries; nil for what lies outside the image.
    mutating func fillTables(_ sources: [[Int?]], from entries: [UInt64]) {
        let words = ring.entryWords
        let one = ring.one
        for (table, inputs) in sources.enumerated() {
            let base = table << tableBits
            arena.replaceSubrange(base * words..<(base + 1) * words, with: one)
            for (index, source) in inputs.enumerated() {
                let target = base + 1 << (index * digitBits)
                // Outside the image lies an encrypted zero; without randomness that is 1.
                arena.replaceSubrange(
                    target * words..<(target + 1) * words,
                    with: source.map { entries[$0 * words..<($0 + 1) * words] } ?? one[...])
            }
        }
        for element in 1..<max(2, tableBits) {
            let half = 1 << element
            let bases = sources.indices.filter { element < sources[$0].count * digitBits }.map { $0 << tableBits }
            // An input's powers c^2, c^4, ... come by squaring.
            if !element.isMultiple(of: digitBits) {
                multiply(bases.map { pk_triple(to: $0 + half, left: $0 + half / 2, right: $0 + half / 2) })
            }
            multiply(
                bases.flatMap { base in
                    (1..<half).map { pk_triple(to: base + half + $0, left: base + half, right: base + $0) }
                })
        }
    }

    private mutating func multiply(_ triples: [pk_triple]) {
        ring.multiply(in: &arena, triples)
        products += triples.count
    }

    /// Lists a step: each lane's entry onto one accumulator. Those of one accumulator should follow each other while it is in the cache.
    mutating func list(_ accumulator: Int, entry: (_ lane: Int) -> UInt32) {
        jobs.append(pk_job(group: accumulator, isFirst: !started[accumulator], entry: entry))
        started[accumulator] = true
    }

    /// Takes the listed steps.
    mutating func accumulate() {
        pk_accumulate(ring.context, &groups, arena, jobs, jobs.count)
        products += jobs.count { $0.first == 0 } * ConvolutionPlan.lanes
        jobs.removeAll(keepingCapacity: true)
    }

    /// Sums of nothing are encrypted zeros; without randomness that is 1.
    mutating func fillUntouched() {
        let nothing = [UInt32](repeating: .max, count: ConvolutionPlan.lanes)
        var ones = [UInt64](repeating: 0, count: ring.groupWords)
        pk_pack(ring.context, &ones, arena, nothing, 1)
        for index in started.indices where !started[index] {
            groups.replaceSubrange(index * ring.groupWords..<(index + 1) * ring.groupWords, with: ones)
        }
    }
}
