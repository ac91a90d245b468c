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
    /// Activations beyond what the calibration foresaw, in all layers: clamped, so that the image departs from the float network's.
    public let saturatedValues: Int
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
    ///   - progress: called after each answer with the rounds done and to do.
    ///   - onState: called with the client's state between layers of the tile layout, and what the run has come to.
    public init<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PrivateKey,
        serverKey: Scheme.PublicKey? = nil, images: IntegerTensor, reference: IntegerNetwork? = nil, threads: Int,
        memory: Int = Server<Scheme>.defaultMemory, protections: Protections = .all,
        resuming: Client<Scheme>.State? = nil, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in },
        onState: (_ state: Client<Scheme>.State, Transcript, _ mismatchedValues: Int) throws -> Void = { _, _, _ in }
    ) throws {
        let publicKey = Scheme.publicKey(of: key)
        let client =
            try resuming.map {
                try Client<Scheme>(
                    agreement: agreement, key: key, resuming: $0, threads: threads, protections: protections)
            }
            ?? Client<Scheme>(
                agreement: agreement, key: key, images: images, threads: threads, protections: protections)
        var session = Session(client)
        var channel = MemoryChannel(
            to: try Server<Scheme>(
                agreement: agreement, network: network, key: serverKey ?? publicKey, threads: threads,
                memory: memory - network.evaluationBytes(for: images.shape), protections: protections,
                startingAt: resuming?.round ?? 0))
        var verification = try Verification(
            reference ?? network, images: images, agreement: agreement, from: resuming?.round ?? 0, threads: threads)
        while let step = session.party.step {
            try session.exchange(over: &channel)
            if step.direction == .down { session.complete(seconds: channel.seconds, products: channel.peer.products) }
            // An upload waits for its answer where there is memory: two hashes take no longer than one.
            let waits = threads > 1 && memory >= Server<Scheme>.defaultMemory
            if step.direction == .down || !waits { session.hash(threads: threads) }
            try verification.check(after: step, session.party, channel.peer)
            guard step.kind == .ciphertexts, step.direction == .down else { continue }
            if let state = session.party.state { try onState(state, session.transcript, verification.mismatched) }
            progress(step.round + 1, agreement.rounds.count)
        }
        session.hash(threads: threads)
        guard let result = session.party.result else {
            throw PrivateDenoisingError.malformedMessage("the run ended early")
        }
        output = result.output
        outOfRange = result.outOfRange
        mismatchedValues = verification.mismatched
        saturatedValues = verification.saturated
        transcript = session.transcript
        stages = Stages(
            encrypt: session.party.encryptSeconds, decrypt: session.party.decryptSeconds,
            rerandomise: channel.peer.rerandomiseSeconds)
    }
}
