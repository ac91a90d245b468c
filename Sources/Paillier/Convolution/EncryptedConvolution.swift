/// A plaintext filter bank applied to ciphertexts: for every output, `prod(c[i]^w[i]) mod n^2`.
///
/// Exact modulo n: neither bias nor randomness is added here. The layer is cut into phases along none, one or both axes
/// (`PhaseSplit`), whichever the cost model finds cheapest, and every piece is computed by subset tables (`ConvolutionPlan`).
public struct EncryptedConvolution: Sendable {
    public let shape: ConvolutionShape
    public let key: PublicKey
    /// Axes along which even and odd samples are taken apart, the first cut first.
    public let splits: [ConvolutionShape.Axis]
    private let node: Node

    fileprivate indirect enum Node: Sendable {
        case tables(TableConvolution)
        case split(PhaseSplit, [Node])
    }

    /// - Parameters:
    ///   - weights: `[out][in][ky][kx]`, as the shape says.
    ///   - memory: bytes that the blocks in work, and the pieces of a cut layer, may take together.
    ///   - splits: axes to cut along; nil leaves the choice to the cost model.
    ///   - digitBits: bits of a weight that a table entry may cover.
    /// - Throws: `memoryLimit` when no way fits.
    public init(
        shape: ConvolutionShape, weights: [Int32], key: PublicKey, memory: Int = 1 << 30,
        splits: [ConvolutionShape.Axis]? = nil, digitBits: ClosedRange<Int> = 1...4
    ) throws(PaillierError) {
        precondition(weights.count == shape.weightCount, "\(shape.weightCount) weights expected")
        let choices = splits.map { [$0] } ?? [[], [.columns], [.rows], [.rows, .columns]]
        var best: (splits: [ConvolutionShape.Axis], node: Node, cost: Double)?
        var refusal: PaillierError?
        for choice in choices {
            do {
                guard
                    let node = try Self.node(
                        shape, weights, key, memory: memory, splits: choice[...], digitBits: digitBits)
                else { continue }
                let cost = node.total(\.cost) { $1.reduce(Double($0.products), +) }
                if best.map({ cost < $0.cost }) ?? true { best = (choice, node, cost) }
            } catch {
                // What is least likely to fit is tried last; the first refusal asks for the least memory.
                refusal = refusal ?? error
            }
        }
        guard let best else { throw refusal ?? .memoryLimit(needed: 0, available: memory) }
        self.shape = shape
        self.key = key
        self.splits = best.splits
        node = best.node
    }

    /// nil when an axis is too short for its cut.
    private static func node(
        _ shape: ConvolutionShape, _ weights: [Int32], _ key: PublicKey, memory: Int,
        splits: ArraySlice<ConvolutionShape.Axis>, digitBits: ClosedRange<Int>
    ) throws(PaillierError) -> Node? {
        guard let axis = splits.first else {
            // Two's complement width: that of the largest magnitude, where -2^k counts as 2^k - 1, and a sign.
            let magnitude = weights.reduce(0) { max($0, $1 ^ ($1 >> 31)) }
            let bits = Int32.bitWidth - magnitude.leadingZeroBitCount + 1
            let plan = try ConvolutionPlan(
                shape: shape, weightBits: bits, key: key, memory: memory, digitBits: digitBits)
            return .tables(TableConvolution(plan: plan, shape: shape, weights: weights, ring: key.ring))
        }
        guard let split = PhaseSplit(shape, axis: axis) else { return nil }
        let rest = memory - split.ciphertexts * 8 * key.ring.entryWords
        var parts: [Node] = []
        for (part, own) in zip(split.parts, split.weights(weights)) {
            guard
                let node = try node(
                    part, own, key, memory: rest, splits: splits.dropFirst(), digitBits: digitBits)
            else { return nil }
            parts.append(node)
        }
        return .split(split, parts)
    }

    /// The plans of all pieces, in the order they are computed.
    public var plans: [ConvolutionPlan] { node.total({ [$0] }) { $1.flatMap(\.self) } }

    /// Modular products, predicted exactly.
    public var products: Int { node.total(\.products) { $1.reduce($0.products, +) } }

    /// Bytes of all work in hand: accumulators and tables, and the pieces of a cut layer beside them.
    public var bytesAtOnce: Int {
        node.total(\.bytesAtOnce) { $0.ciphertexts * key.residentBytes + ($1.max() ?? 0) }
    }

    /// Bytes of accumulators and tables of one unit of work, the largest of all pieces.
    public var unitBytes: Int { plans.map(\.unitBytes).max() ?? 0 }

    /// The layer's products of ciphertexts.
    /// - Parameter input: `[channel][row][column]`, `shape.inputCount` ciphertexts.
    /// - Returns: `[channel][row][column]`, `shape.outputCount` ciphertexts, and the products counted while making them.
    /// - Throws: `ciphertextOutOfRange` when a ciphertext shares a factor with n.
    public func callAsFunction(
        _ input: EncryptedValues, threads: Int = 1
    ) throws(PaillierError) -> (output: EncryptedValues, products: Int) {
        precondition(input.key == key, "ciphertexts of the layer's key expected")
        guard input.count == shape.inputCount else {
            throw .ciphertextCount(found: input.count, expected: shape.inputCount)
        }
        let (entries, products) = try run(node, input.entries, threads: threads)
        return (EncryptedValues(key: key, entries: entries), products)
    }

    private func run(
        _ node: Node, _ input: [UInt64], threads: Int
    ) throws(PaillierError) -> (entries: [UInt64], products: Int) {
        switch node {
        case .tables(let convolution): return try convolution(input, threads: threads)
        case .split(let split, let nodes):
            var outputs: [[UInt64]] = []
            var products = split.products
            var inputs = split.inputs(input, ring: key.ring, threads: threads)
            for (index, part) in nodes.enumerated() {
                let (entries, count) = try run(part, inputs[index], threads: threads)
                inputs[index] = []
                outputs.append(entries)
                products += count
            }
            guard let entries = split.join(outputs, ring: key.ring, threads: threads) else {
                throw .ciphertextOutOfRange(index: 0)
            }
            return (entries, products)
        }
    }
}

extension EncryptedConvolution.Node {
    /// A table's value of its plan, a cut's of those of its pieces.
    fileprivate func total<Value>(
        _ value: (ConvolutionPlan) -> Value, _ join: (_ cut: PhaseSplit, _ pieces: [Value]) -> Value
    ) -> Value {
        switch self {
        case .tables(let convolution): value(convolution.plan)
        case .split(let split, let parts): join(split, parts.map { $0.total(value, join) })
        }
    }
}
