import Denoising
import Numerics

/// What the server did to the values of one answer before it sent them, its secret until the next upload: a factor for every
/// ciphertext, and another order.
struct Cover<Scheme: AdditiveScheme>: Sendable {
    private let context: ServerContext<Scheme>
    /// Of the answer, and of what comes back.
    let layout: Scheme.Layout
    /// One per ciphertext; nil where nothing is multiplied.
    let factors: [BigInteger]?
    /// Sent position j holds position `order[j]` of the tensor; nil where nothing moves.
    private let order: [Int]?

    /// A fresh one for an answer; none for the last.
    /// - Parameter draw: makes a factor; nil for no factors.
    init?(
        _ context: ServerContext<Scheme>, round: Int, draw: ((inout SystemRandomNumberGenerator) -> Int)? = nil
    ) {
        let agreed = context.agreement.rounds[round]
        guard !agreed.isLast else { return nil }
        self.context = context
        let layout = context.layouts[round]
        self.layout = layout
        var generator = SystemRandomNumberGenerator()
        factors = draw.map { draw in
            (0..<layout.ciphertexts(.output)).map { _ in BigInteger(draw(&generator)) }
        }
        order = context.agreement.permutation.draw(
            channels: agreed.output.channels, positions: agreed.output.planeSize, using: &generator)
    }

    func applied(to values: Scheme.Encrypted) throws -> Scheme.Encrypted {
        let masked =
            try factors.map {
                try Scheme.mask(values, factors: $0, layout: layout, key: context.key, threads: context.threads)
            } ?? values
        return try order.map { try Scheme.permute(masked, order: $0) } ?? masked
    }

    /// What came back, in the tensor's own order.
    func ordered(_ values: Scheme.Encrypted) throws -> Scheme.Encrypted {
        guard let order else { return values }
        var inverse = order
        for (sent, position) in order.enumerated() { inverse[position] = sent }
        return try Scheme.permute(values, order: inverse)
    }

    /// What the client has to see of these accumulators.
    func seen(_ accumulators: IntegerTensor) -> IntegerTensor {
        let masked =
            factors.map {
                layout.multiplied(accumulators, by: $0, limbs: accumulators.values.limbs + 1)
            } ?? accumulators
        return order.map(masked.permuted) ?? masked
    }
}

extension IntegerTensor {
    /// Value j of every image is its value `order[j]`.
    func permuted(_ order: [Int]) -> IntegerTensor {
        var result = IntegerArray(count: values.count, limbs: values.limbs)
        let limbs = values.limbs
        for index in 0..<values.count {
            let source = index - index % order.count + order[index % order.count]
            for limb in 0..<limbs { result.words[index * limbs + limb] = values.words[source * limbs + limb] }
        }
        return IntegerTensor(shape: shape, values: result)
    }
}
