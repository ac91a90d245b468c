import Denoising
import Numerics

/// The order in which the server sent the values of one answer: its secret until the next upload.
struct SentOrder: Sendable {
    /// Sent position j holds position `order[j]` of the tensor; nil where nothing moves.
    private let order: [Int]?

    static let unchanged = SentOrder(order: nil)

    private init(order: [Int]?) { self.order = order }

    /// A fresh order for an answer that is not the last.
    init(_ agreement: Agreement, round: Int) {
        let round = agreement.rounds[round]
        var generator = SystemRandomNumberGenerator()
        order =
            round.isLast
            ? nil
            : agreement.permutation.draw(
                channels: round.output.channels, positions: round.output.planeSize, using: &generator)
    }

    func applied<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ values: Scheme.Encrypted) throws -> Scheme.Encrypted {
        try order.map { try Scheme.permute(values, order: $0) } ?? values
    }

    func applied(_ values: IntegerTensor) -> IntegerTensor { order.map(values.permuted) ?? values }

    /// Values in the tensor's own order.
    func undone<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ values: Scheme.Encrypted) throws -> Scheme.Encrypted {
        guard let order else { return values }
        var inverse = order
        for (sent, position) in order.enumerated() { inverse[position] = sent }
        return try Scheme.permute(values, order: inverse)
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
