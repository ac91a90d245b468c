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
    let context: ServerContext<Scheme>
    /// The signs of the last answer.
    var drawn: Cover<Scheme>?

    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        drawn = Cover(context, round: round) { Bool.random(using: &$0) ? -1 : 1 }
        return try drawn?.applied(to: values) ?? values
    }

    func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted {
        guard let drawn, let signs = drawn.factors else { return tensors[0] }
        return try Scheme.select(
            drawn.ordered(tensors[0]), drawn.ordered(tensors[1]), second: signs.map(\.isNegative),
            layout: drawn.layout)
    }

    func seen(_ accumulators: IntegerTensor, round: Int) -> IntegerTensor { drawn?.seen(accumulators) ?? accumulators }
}
