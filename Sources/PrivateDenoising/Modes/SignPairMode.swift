import Denoising
import Numerics

/// The client sees v = s y, s = +-1 drawn for every ciphertext, and sends the requantised max(v, 0) and max(-v, 0); the server keeps
/// the one that s selects.
enum SignPairMode: ModeDefinition {
    static let clientSees =
        "every accumulator but for a sign common to all patches of a ciphertext, and the requantisation constants; "
        + "the network is not protected"
    static let networkKind = IntegerNetwork.Kind.requantised
    static let hidesSigns = true

    static func objection(to permutation: Permutation) -> String? {
        permutation.objection(constantsByChannelIn: .signPair)
    }

    static func uploads(in round: Int) -> Int { round == 0 ? 1 : 2 }
    static func client(_ context: ClientContext) -> any ClientHalf { PairingClient() }
    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) -> any ServerHalf<Scheme> {
        SelectingServer(context: context)
    }
}

private struct PairingClient: ClientHalf {
    private(set) var activations: [IntegerTensor] = []

    mutating func begin(_ activation: IntegerTensor) { activations = [activation] }

    mutating func take(_ values: IntegerTensor, of round: Agreement.Round) {
        activations = [round.activation.apply(to: values)]
        guard !round.isLast else { return }
        var negated = values
        negated.values.negate()
        activations.append(round.activation.apply(to: negated))
    }
}

private struct SelectingServer<Scheme: AdditiveScheme>: ServerHalf {
    private let context: ServerContext<Scheme>
    private var order = SentOrder.unchanged
    /// One per ciphertext of the last answer; nil where no sign was changed.
    private var signs: [BigInteger]?

    init(context: ServerContext<Scheme>) { self.context = context }

    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        guard !context.agreement.rounds[round].isLast else {
            (order, signs) = (.unchanged, nil)
            return values
        }
        var generator = SystemRandomNumberGenerator()
        let signs = (0..<context.layouts[round].ciphertexts(.output)).map { _ in
            Bool.random(using: &generator) ? -BigInteger.one : .one
        }
        order = SentOrder(context.agreement, round: round)
        self.signs = signs
        let signed = try Scheme.mask(
            values, factors: signs, layout: context.layouts[round], key: context.key, threads: context.threads)
        return try order.applied(Scheme.self, signed)
    }

    mutating func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted {
        guard let signs else { return tensors[0] }
        return try Scheme.select(
            order.undone(Scheme.self, tensors[0]), order.undone(Scheme.self, tensors[1]),
            second: signs.map(\.isNegative), layout: context.layouts[round - 1])
    }

    func seen(_ accumulators: IntegerTensor, round: Int) throws -> IntegerTensor {
        guard let signs else { return accumulators }
        return order.applied(try Scheme.masked(accumulators, factors: signs, layout: context.layouts[round]))
    }
}
