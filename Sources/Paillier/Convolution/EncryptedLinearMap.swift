import Numerics

/// A plaintext linear map applied to ciphertexts: for every output, `prod(c[i]^w[i]) mod n^2` over its window.
///
/// Exact modulo n: neither bias nor randomness is added here, and results are the same for every number of threads.
public struct EncryptedLinearMap: Sendable {
    public let map: LinearMap
    public let plan: LinearMapPlan
    public let key: PublicKey
    private let geometry: LinearMapGeometry

    /// - Parameter memory: bytes that the units in work may take together.
    /// - Throws: `memoryLimit`.
    public init(_ map: LinearMap, key: PublicKey, memory: Int = 1 << 30) throws(PaillierError) {
        let planes = map.filters.reduce(1) { $1.reduce($0) { max($0, BigInteger($1).signedBitWidth) } }
        self.map = map
        self.key = key
        plan = try LinearMapPlan(map, planes: planes, key: key, memory: memory)
        geometry = LinearMapGeometry(map, height: plan.height, width: plan.width)
    }

    /// - Parameter input: `[channel][row][column]`, `map.inputCount` ciphertexts.
    /// - Returns: `map.outputCount` ciphertexts, and the products counted while making them.
    /// - Throws: `ciphertextCount`; `ciphertextOutOfRange` when a ciphertext shares a factor with n.
    public func callAsFunction(
        _ input: EncryptedValues, threads: Int = 1
    ) throws(PaillierError) -> (output: EncryptedValues, products: Int) {
        precondition(input.key == key, "ciphertexts of the map's key expected")
        guard input.count == map.inputCount else {
            throw .ciphertextCount(found: input.count, expected: map.inputCount)
        }
        var entries: [UInt64] = []
        entries.reserveCapacity(map.outputCount * key.ring.entryWords)
        var products = 0
        for chunk in geometry.chunks(of: plan.lanesAtOnce) {
            let parts = geometry.parts(chunk)
            let accumulated = parallelMap(parts.count, threads: threads) { part in
                var block = LinearMapBlock(map, plan: plan, geometry: geometry, ring: key.ring, lanes: chunk)
                block.accumulate(input.entries, part: parts[part])
                return (groups: block.sums.groups, products: block.sums.products)
            }
            let ranges = ConvolutionPlan.cellRanges(chunk)
            let finished = try parallelMap(ranges.count, threads: threads) { (index) throws(PaillierError) in
                let cells = ranges[index].lowerBound - chunk.lowerBound..<ranges[index].upperBound - chunk.lowerBound
                var sum = PlaneSum(
                    positions: Array(0..<plan.planes), ring: key.ring, laneGroups: 1, cells: cells,
                    parts: accumulated.map(\.groups))
                guard let values = sum.join(outputs(ranges[index])) else { throw .ciphertextOutOfRange(index: 0) }
                return (entries: values, products: sum.products)
            }
            products += accumulated.reduce(0) { $0 + $1.products } + finished.reduce(0) { $0 + $1.products }
            for piece in finished { entries += piece.entries }
        }
        return (EncryptedValues(key: key, entries: entries), products)
    }

    /// The outputs of some lane groups.
    private func outputs(_ lanes: Range<Int>) -> [ConvolutionGeometry.OutputPosition] {
        let first = lanes.lowerBound * ConvolutionPlan.lanes
        return (first..<min(lanes.upperBound * ConvolutionPlan.lanes, map.outputCount)).map { index in
            let (channel, row, column) = map.position(index)
            return ConvolutionGeometry.OutputPosition(
                channel: channel, row: row, column: column, cell: (index - first) / ConvolutionPlan.lanes,
                lane: index % ConvolutionPlan.lanes)
        }
    }
}
