import Denoising
import Numerics

/// The client sees r y, r > 0 drawn for every value, and sends ReLU(r y) = r ReLU(y) back; the server divides by r, which is exact
/// because nothing is rounded.
enum PositiveMaskMode: ModeDefinition {
    static let clientSees =
        "r*y with a random r > 0 for every value y before a ReLU: sign, zeros and divisors; weights can be told"
    static let networkKind = IntegerNetwork.Kind.growingScale
    static let usesMask = true

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

    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) -> any ServerHalf<Scheme> {
        MaskingServer(context: context, hasSigns: true)
    }
}

private struct MaskingServer<Scheme: AdditiveScheme>: ServerHalf {
    let context: ServerContext<Scheme>
    let hasSigns: Bool
    /// The masks of the last answer.
    var drawn: Cover<Scheme>?
    /// The last answer's values before they were masked, where they are added to what comes back.
    var unmasked: Scheme.Encrypted?

    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        drawn = context.agreement.mask.flatMap { mask in
            Cover(context, round: round) { [hasSigns] in
                let magnitude = mask.draw(using: &$0)
                return hasSigns && Bool.random(using: &$0) ? -magnitude : magnitude
            }
        }
        if hasSigns { unmasked = drawn == nil ? nil : values }
        return try drawn?.applied(to: values) ?? values
    }

    mutating func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted {
        guard let drawn, let factors = drawn.factors else { return tensors[0] }
        let activations = try Scheme.unmask(
            drawn.ordered(tensors[0]), factors: factors.map(\.absoluteValue), layout: drawn.layout, key: context.key,
            threads: context.threads)
        guard let unmasked else { return activations }
        self.unmasked = nil
        let sums = try Scheme.sum(activations, unmasked, threads: context.threads)
        return try Scheme.select(activations, sums, second: factors.map(\.isNegative), layout: drawn.layout)
    }

    func seen(_ accumulators: IntegerTensor, round: Int) -> IntegerTensor { drawn?.seen(accumulators) ?? accumulators }
}
