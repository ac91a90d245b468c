import Denoising
import Numerics

/// The client sees every accumulator, requantises and encrypts again.
enum ClientAidedMode: ModeDefinition {
    static let clientSees =
        "every accumulator and the requantisation constants; the network is not protected"
    static let networkKind = IntegerNetwork.Kind.requantised
    static let layouts: Set<Layout> = [.batch, .tile]
    static let canGoOn = true

    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) -> any ServerHalf<Scheme> {
        OrderingServer(context: context)
    }
}

/// Sends values in an order of its own, drawn anew for every answer but the last.
private struct OrderingServer<Scheme: AdditiveScheme>: ServerHalf {
    let context: ServerContext<Scheme>
    /// Of the last answer.
    var drawn: Cover<Scheme>?

    func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted {
        try drawn?.ordered(tensors[0]) ?? tensors[0]
    }

    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        drawn = Cover(context, round: round)
        return try drawn?.applied(to: values) ?? values
    }

    func seen(_ accumulators: IntegerTensor, round: Int) -> IntegerTensor { drawn?.seen(accumulators) ?? accumulators }
}
