public import Denoising
import WideIntegers

/// Both parties in one process, message by message, with everything measured and every value compared.
public struct PrivateRun: Sendable {
    /// The integers the client ends with.
    public let output: IntegerTensor
    /// Values, over all rounds and the output, that differ from the integer network: 0, or something is broken.
    public let mismatchedValues: Int
    /// Decrypted values out of the proven range, which the client tells only now.
    public let outOfRange: Int
    public let transcript: Transcript

    /// Runs a batch of images through the protocol.
    ///
    /// - Parameters:
    ///   - expected: the integer network's trace for the same images; every round's accumulators and the output are compared with it.
    ///   - threads: for each side, which take turns.
    ///   - progress: called after each message with the rounds done and to do.
    public init<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PrivateKey,
        images: IntegerTensor, expected: IntegerTrace, threads: Int, memory: Int = 1 << 30, keepsMessages: Bool = false,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws {
        var client = Client<Scheme>(agreement: agreement, key: key, threads: threads)
        var server = Server<Scheme>(
            agreement: agreement, network: network, key: Scheme.publicKey(of: key), threads: threads, memory: memory)
        var transcript = Transcript(keepsMessages: keepsMessages)
        let clock = ContinuousClock()
        var mismatched = 0
        var upload: Message?
        var clientTime = try clock.measure { upload = try client.start(images) }
        var round = 0
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
            mismatched += Self.mismatches(
                client.seen[round], expected.accumulators[agreed.layers.upperBound - 1], masks: server.masks)
            round += 1
            progress(round, agreement.rounds.count)
        }
        transcript.finishSeconds = clientTime.seconds
        guard let result = client.result else { throw PrivateDenoisingError.malformedMessage("the run ended early") }
        output = result.output
        outOfRange = result.outOfRange
        mismatchedValues = mismatched + result.output.values.mismatches(with: expected.output.values)
        self.transcript = transcript
    }

    /// Differences between what the client saw and the integer network's accumulators, times the server's masks if it masked.
    private static func mismatches(_ seen: IntegerTensor, _ expected: IntegerTensor, masks: [BigInteger]) -> Int {
        guard !masks.isEmpty else { return seen.values.mismatches(with: expected.values) }
        return masks.indices.count { seen.values[$0] != expected.values[$0] * masks[$0] }
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
