import Denoising
import Numerics

/// The client sees r y, r > 0 drawn for every value, and sends ReLU(r y) = r ReLU(y) back; the server divides by r, which is exact
/// because nothing is rounded.
enum PositiveMaskMode: ModeDefinition {
    static let clientSees =
        "r*y with a random r > 0 for every value y before a ReLU: sign, zeros and divisors; weights can be told"
    static let networkKind = IntegerNetwork.Kind.growingScale
    static let usesMask = true

    static func objection(to permutation: Permutation) -> String? { nil }
    static func extraBits(_ mask: MaskOptions?) -> Int { mask?.bits ?? 0 }
    static func client(_ context: ClientContext) -> any ClientHalf { ActivatingClient(context) }
    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) -> any ServerHalf<Scheme> {
        MaskingServer(context: context, hasSigns: false)
    }
}

/// The same with masks of either sign. Where r < 0 the client makes ReLU(-|r| y), and the server adds y: ReLU(-y) + y = ReLU(y).
enum SignedMaskMode: ModeDefinition {
    static let clientSees =
        "r*y with a random r of either sign for every value y before a ReLU: zeros and divisors; weights can be told"
    static let networkKind = IntegerNetwork.Kind.growingScale
    static let usesMask = true
    static let hidesSigns = true

    static func objection(to permutation: Permutation) -> String? { nil }
    static func extraBits(_ mask: MaskOptions?) -> Int { mask?.bits ?? 0 }
    static func client(_ context: ClientContext) -> any ClientHalf { ActivatingClient(context) }
    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) -> any ServerHalf<Scheme> {
        MaskingServer(context: context, hasSigns: true)
    }
}

private struct MaskingServer<Scheme: AdditiveScheme>: ServerHalf {
    private let context: ServerContext<Scheme>
    private let hasSigns: Bool
    private var order = SentOrder.unchanged
    /// One per ciphertext of the last answer; nil where nothing was masked.
    private var factors: [BigInteger]?
    /// The last answer's values before they were masked, where they are added to what comes back.
    private var unmasked: Scheme.Encrypted?

    init(context: ServerContext<Scheme>, hasSigns: Bool) {
        self.context = context
        self.hasSigns = hasSigns
    }

    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        guard let mask = context.agreement.mask, !context.agreement.rounds[round].isLast else {
            (order, factors) = (.unchanged, nil)
            return values
        }
        var generator = SystemRandomNumberGenerator()
        let factors = (0..<context.layouts[round].ciphertexts(.output)).map { _ in
            let magnitude = mask.draw(using: &generator)
            return BigInteger(hasSigns && Bool.random(using: &generator) ? -magnitude : magnitude)
        }
        order = SentOrder(context.agreement, round: round)
        self.factors = factors
        if hasSigns { unmasked = values }
        let masked = try Scheme.mask(
            values, factors: factors, layout: context.layouts[round], key: context.key, threads: context.threads)
        return try order.applied(Scheme.self, masked)
    }

    mutating func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted {
        let values = try order.undone(Scheme.self, tensors[0])
        guard let factors else { return values }
        // What came back has the layout of the answer it belongs to.
        let layout = context.layouts[round - 1]
        let activations = try Scheme.unmask(
            values, factors: factors.map(\.absoluteValue), layout: layout, key: context.key, threads: context.threads)
        guard let unmasked else { return activations }
        self.unmasked = nil
        let sums = try Scheme.sum(activations, unmasked, threads: context.threads)
        return try Scheme.select(activations, sums, second: factors.map(\.isNegative), layout: layout)
    }

    func seen(_ accumulators: IntegerTensor, round: Int) throws -> IntegerTensor {
        guard let factors else { return accumulators }
        return order.applied(
            try Scheme.masked(accumulators, factors: factors, layout: context.layouts[round]))
    }
}
