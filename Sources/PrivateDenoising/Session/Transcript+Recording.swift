public import Denoising

extension Transcript {
    /// Runs both parties in this process and keeps every message.
    ///
    /// - Parameters:
    ///   - serverKey: the public key with the server's own choice of randomness; nil takes the client's.
    ///   - limit: how many messages to wait for; whoever watches may have seen enough before the end. Nil is the whole run.
    public static func recording<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PrivateKey,
        serverKey: Scheme.PublicKey? = nil, images: IntegerTensor, messages limit: Int? = nil,
        protections: Protections = .all, threads: Int
    ) throws -> Transcript {
        try recorded(
            scheme, agreement: agreement, network: network, key: key, serverKey: serverKey, images: images,
            messages: limit, protections: protections, threads: threads
        ).transcript
    }

    /// The same with what the client ends with, once all messages were exchanged.
    /// - Parameters:
    ///   - shifts: of a client that deviates.
    ///   - after: called when both parties have read a message.
    package static func recorded<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PrivateKey,
        serverKey: Scheme.PublicKey? = nil, images: IntegerTensor, messages limit: Int? = nil,
        protections: Protections = .all, shifts: ShareShifts = .none, threads: Int,
        after: (Step, Client<Scheme>, Server<Scheme>) throws -> Void = { _, _, _ in }
    ) throws -> (transcript: Transcript, output: IntegerTensor?) {
        let publicKey = Scheme.publicKey(of: key)
        let client = try Client<Scheme>(
            agreement: agreement, key: key, images: images, threads: threads, protections: protections, shifts: shifts)
        let server = try Server<Scheme>(
            agreement: agreement, network: network, key: serverKey ?? publicKey, threads: threads,
            protections: protections)
        var session = Session(client)
        var channel = RecordingChannel(MemoryChannel(to: server))
        while session.transcript.entries.count < limit ?? .max, let step = session.party.step {
            try session.advance(over: &channel)
            try after(step, session.party, channel.base.peer)
        }
        var transcript = session.transcript
        transcript.messages = channel.messages
        return (transcript, session.party.result?.output)
    }
}
