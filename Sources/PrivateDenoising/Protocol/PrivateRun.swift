public import Denoising
import Numerics

/// Both parties in one process, message by message, with everything measured and every value compared.
public struct PrivateRun: Sendable {
    /// The integers the client ends with.
    public let output: IntegerTensor
    /// Values, over all rounds and the output, that differ from the integer network: 0, or something is broken.
    public let mismatchedValues: Int
    /// Decrypted values out of the proven range, which the client tells only now.
    public let outOfRange: Int
    public let transcript: Transcript
    /// Parts of either side's seconds.
    public let stages: Stages

    /// Seconds of the whole run that went into making ciphertexts and into decrypting and decoding them, on the client's side, and
    /// into fresh randomness, on the server's.
    public struct Stages: Sendable, Equatable {
        public let encrypt, decrypt, rerandomise: Double
    }

    /// Runs a batch of images through the protocol.
    ///
    /// - Parameters:
    ///   - reference: the integer network whose every round's accumulators and output are compared; nil takes the server's. Its
    ///     evaluation is timed on neither side.
    ///   - serverKey: the public key with the server's own choice of randomness; nil takes the client's choice.
    ///   - threads: for each side, which take turns.
    ///   - memory: bytes for the whole run, see `Server`; the comparison's tensors are taken off.
    ///   - resuming: where an earlier run of the tile layout stopped; what was compared before is not compared again.
    ///   - progress: called after each message with the rounds done and to do.
    ///   - onState: called with the client's state between layers of the tile layout, and what the run has come to.
    public init<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PrivateKey,
        serverKey: Scheme.PublicKey? = nil, images: IntegerTensor, reference: IntegerNetwork? = nil, threads: Int,
        memory: Int = Server<Scheme>.defaultMemory,
        keepsMessages: Bool = false, protections: Protections = .all, resuming: Client<Scheme>.State? = nil,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in },
        onState: (_ state: Client<Scheme>.State, Transcript, _ mismatchedValues: Int) throws -> Void = { _, _, _ in }
    ) throws {
        var client = Client<Scheme>(
            agreement: agreement, key: key, threads: threads, protections: protections)
        var server = Server<Scheme>(
            agreement: agreement, network: network, key: serverKey ?? Scheme.publicKey(of: key), threads: threads,
            memory: memory - (try Self.comparisonBytes(network, images.shape)), protections: protections)
        let reference = reference ?? network
        var expected = try IntegerEvaluation(reference, input: images)
        var transcript = Transcript(keepsMessages: keepsMessages)
        let clock = ContinuousClock()
        var mismatched = 0
        var upload: Message?
        var round = resuming?.round ?? 0
        var clientTime = try clock.measure {
            upload = try resuming.map { try client.resume($0) } ?? client.start(images)
        }
        if round > 0 { server.resume(at: round) }
        var accumulators = images
        for _ in 0..<agreement.rounds[round].layers.lowerBound { _ = try expected.step(threads: threads) }
        while let message = upload {
            let agreed = agreement.rounds[round]
            transcript.append(
                message, direction: .up, round: round, layer: network.layers[agreed.layers.lowerBound].name,
                ciphertexts: agreed.uploaded, seconds: clientTime.seconds, products: 0
            )
            var answer = message
            let serverTime = try clock.measure { answer = try server.evaluate(message) }
            transcript.append(
                answer, direction: .down, round: round, layer: agreed.name,
                ciphertexts: agreed.downloaded, seconds: serverTime.seconds,
                products: server.products)
            clientTime = try clock.measure { upload = try client.receive(answer) }
            if agreed.rows.lowerBound == 0 {
                for _ in agreed.layers { accumulators = try expected.step(threads: threads) }
            }
            if let seen = client.seen {
                let expected = server.disguise.applied(to: accumulators.rows(agreed.rows), packing: agreed.packing)
                mismatched += seen.values.mismatches(with: expected.values)
            }
            round += 1
            if let state = client.state { try onState(state, transcript, mismatched) }
            progress(round, agreement.rounds.count)
        }
        transcript.finishSeconds = clientTime.seconds
        guard let result = client.result, let output = expected.activation else {
            throw PrivateDenoisingError.malformedMessage("the run ended early")
        }
        self.output = result.output
        outOfRange = result.outOfRange
        mismatchedValues = mismatched + result.output.values.mismatches(with: output.values)
        self.transcript = transcript
        stages = Stages(
            encrypt: client.encryptSeconds, decrypt: client.decryptSeconds, rerandomise: server.rerandomiseSeconds)
    }

    /// What the reference and the client's plaintexts take: a layer's accumulators and activations on both sides, two
    /// activations kept for skips.
    static func comparisonBytes(_ network: IntegerNetwork, _ images: TensorShape) throws -> Int {
        let widest = try network.activationShapes(for: images).map(\.elementCount).max() ?? 0
        return 6 * 8 * IntegerArray.limbs(forBits: network.maximumAccumulatorBits) * widest
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
