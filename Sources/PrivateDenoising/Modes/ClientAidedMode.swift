import Denoising
import Numerics

/// The client sees every accumulator, requantises and encrypts again.
enum ClientAidedMode: ModeDefinition {
    static let clientSees =
        "every accumulator and the requantisation constants; the network is not protected"
    static let networkKind = IntegerNetwork.Kind.requantised
    static let layouts: Set<Layout> = [.batch, .tile]
    static let canGoOn = true

    static func objection(to permutation: Permutation) -> String? {
        permutation.objection(constantsByChannelIn: .clientAided)
    }

    static func client(_ context: ClientContext) -> any ClientHalf { ActivatingClient(context) }
    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) -> any ServerHalf<Scheme> {
        OrderingServer(context: context)
    }
}

/// Sends values in an order of its own, drawn anew for every answer but the last.
private struct OrderingServer<Scheme: AdditiveScheme>: ServerHalf {
    let context: ServerContext<Scheme>
    private var order = SentOrder.unchanged

    init(context: ServerContext<Scheme>) { self.context = context }

    mutating func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted {
        try order.undone(Scheme.self, tensors[0])
    }

    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted {
        order = SentOrder(context.agreement, round: round)
        return try order.applied(Scheme.self, values)
    }

    func seen(_ accumulators: IntegerTensor, round: Int) -> IntegerTensor { order.applied(accumulators) }
}
