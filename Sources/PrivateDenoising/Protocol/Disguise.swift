import Denoising
import Numerics

/// What the server did to the values of one answer before it sent them: its secret until the next upload.
struct Disguise: Sendable {
    /// One factor per ciphertext, by group of images and position; nil where nothing is multiplied.
    let factors: [BigInteger]?
    /// Sent position j holds position `order[j]` of the tensor; nil where nothing moves.
    let order: [Int]?

    static let none = Disguise(factors: nil, order: nil)

    /// Draws factors and order for an answer that is not the last.
    init(_ agreement: Agreement, _ round: Agreement.Round) {
        var generator = SystemRandomNumberGenerator()
        order = agreement.permutation.draw(
            channels: round.output.channels, positions: round.output.planeSize, using: &generator)
        let mode = agreement.mode
        guard mode != .clientAided else { factors = nil; return }
        factors = (0..<round.downloaded).map { _ in
            let magnitude = agreement.mask?.draw(using: &generator) ?? 1
            let isNegative = mode != .positiveMask && Bool.random(using: &generator)
            return BigInteger(isNegative ? -magnitude : magnitude)
        }
    }

    private init(factors: [BigInteger]?, order: [Int]?) {
        self.factors = factors
        self.order = order
    }

    /// Ciphertexts whose factor is negative.
    var negative: [Bool] { factors?.map(\.isNegative) ?? [] }

    /// Where each position of the tensor was sent to.
    var inverseOrder: [Int]? {
        guard let order else { return nil }
        var inverse = order
        for (sent, position) in order.enumerated() { inverse[position] = sent }
        return inverse
    }

    /// What the client has to see if these are the accumulators.
    func applied(to values: IntegerTensor, packing: Packing) -> IntegerTensor {
        var result = IntegerTensor(shape: values.shape, values: values.values.resized(limbs: packing.limbs))
        if let factors {
            for index in 0..<values.values.count {
                result.values[index] = values.values[index] * factors[packing.ciphertext(of: index, values.shape)]
            }
        }
        if let order { result = result.permuted(order) }
        return result
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
