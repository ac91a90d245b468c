public import Denoising
import Synchronization

/// What a protocol run will exchange and compute, told exactly before it runs.
public struct CostPrediction: Sendable, Equatable {
    public struct Message: Sendable, Equatable {
        public let direction: PrivateDenoising.Message.Direction
        /// As in a transcript.
        public let layer: String
        public let bytes: Int
        public let ciphertexts: Int
        /// 0 for the client's.
        public let products: Int
    }

    public let messages: [Message]
    /// Bytes that the server's largest round and the comparison need; 0 without encryption.
    public let peakBytes: Int

    /// For Paillier: client and server run, but nothing is encrypted.
    /// - Parameter memory: as for the run itself, which plans with it.
    /// - Throws: what the run would throw, `memoryLimit` for one.
    public init(
        agreement: Agreement, network: IntegerNetwork, key: PaillierScheme.PublicKey,
        memory: Int = Server<PaillierScheme>.defaultMemory
    ) throws {
        let counting = CountingScheme.Key(key)
        messages = try Self.messages(CountingScheme.self, agreement, network, counting, memory)
        peakBytes =
            try counting.peakBytes.withLock { $0 } + PrivateRun.comparisonBytes(network, agreement.images)
    }

    /// For a run without encryption, with pretended plaintexts of `plaintextBits` bits.
    public init(cleartext agreement: Agreement, network: IntegerNetwork, plaintextBits: Int) throws {
        let key = CleartextScheme.Key(plaintextBits: plaintextBits)
        messages = try Self.messages(CleartextScheme.self, agreement, network, key, .max)
        peakBytes = 0
    }

    public var products: Int { messages.reduce(0) { $0 + $1.products } }
    public func bytes(_ direction: PrivateDenoising.Message.Direction) -> Int {
        messages.reduce(0) { $0 + ($1.direction == direction ? $1.bytes : 0) }
    }
    public func ciphertexts(_ direction: PrivateDenoising.Message.Direction) -> Int {
        messages.reduce(0) { $0 + ($1.direction == direction ? $1.ciphertexts : 0) }
    }

    private static func messages<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ agreement: Agreement, _ network: IntegerNetwork, _ key: Scheme.PrivateKey,
        _ memory: Int
    ) throws -> [Message] {
        var client = Client<Scheme>(agreement: agreement, key: key)
        var server = Server<Scheme>(
            agreement: agreement, network: network, key: Scheme.publicKey(of: key),
            memory: memory - (try PrivateRun.comparisonBytes(network, agreement.images)))
        var messages: [Message] = []
        var upload: PrivateDenoising.Message? = try client.start(IntegerTensor(shape: agreement.images, limbs: 1))
        for agreed in agreement.rounds {
            guard let message = upload else { break }
            let answer = try server.evaluate(message)
            messages += [
                Message(
                    direction: .up, layer: network.layers[agreed.layers.lowerBound].name, bytes: message.bytes.count,
                    ciphertexts: agreed.uploaded, products: 0),
                Message(
                    direction: .down, layer: agreed.name, bytes: answer.bytes.count, ciphertexts: agreed.downloaded,
                    products: server.products),
            ]
            upload = try client.receive(answer)
        }
        return messages
    }
}
