public import Denoising

/// What a protocol run will exchange and compute, told exactly before it runs.
public struct CostPrediction: Sendable, Equatable {
    public struct Message: Sendable, Equatable {
        public let direction: PrivateDenoising.Message.Direction
        /// As in a transcript.
        public let layer: String
        public let phase: Phase
        public let bytes: Int
        public let ciphertexts: Int
        /// 0 for the client's.
        public let products: Int
    }

    public let messages: [Message]
    /// Bytes that the server's largest round and the comparison, if there is one, need; 0 without encryption.
    public let peakBytes: Int

    /// Bytes and ciphertexts come from the agreement, products from the plans that the run itself will follow.
    /// - Parameters:
    ///   - memory: as for the run itself, which plans with it.
    ///   - compares: whether the run takes the memory of a comparison as well, as one of both sides in one process does.
    /// - Throws: what the run would throw, `memoryLimit` for one.
    public init<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PublicKey,
        memory: Int = Server<Scheme>.defaultMemory, compares: Bool = true
    ) throws {
        try Scheme.requireDistance(agreement, network)
        let conversation = try Conversation<Scheme>(agreement)
        let comparison = compares ? try network.evaluationBytes(for: agreement.images) : 0
        let shapes = agreement.activationShapes
        var kept = KeptActivations<Int>(agreement)
        var messages: [Message] = []
        var peak = 0
        for step in conversation.steps {
            var products = 0
            if step.kind == .ciphertexts, step.direction == .down {
                let layout = conversation.layouts[step.round]
                var values = layout.ciphertexts(.input)
                for number in agreement.rounds[step.round].layers {
                    kept.keep(values, asInputOf: number)
                    let cost = Scheme.cost(
                        of: try Scheme.prepare(
                            network.layers[number], input: shapes[number], layout: layout, key: key,
                            kept: kept.values
                                + conversation.waiting(at: step).map { conversation.layouts[$0].ciphertexts(.input) },
                            memory: memory - comparison))
                    values = cost.ciphertexts
                    products += cost.products
                    peak = max(peak, cost.bytes)
                }
            }
            messages.append(
                Message(
                    direction: step.direction, layer: step.layer, phase: step.phase, bytes: step.messageBytes,
                    ciphertexts: step.ciphertexts, products: products))
        }
        self.messages = messages
        peakBytes = peak == 0 ? 0 : peak + comparison
    }

    public var products: Int { messages.reduce(0) { $0 + $1.products } }
    public func bytes(_ direction: PrivateDenoising.Message.Direction) -> Int {
        messages.reduce(0) { $0 + ($1.direction == direction ? $1.bytes : 0) }
    }
    public func ciphertexts(_ direction: PrivateDenoising.Message.Direction) -> Int {
        messages.reduce(0) { $0 + ($1.direction == direction ? $1.ciphertexts : 0) }
    }
}
