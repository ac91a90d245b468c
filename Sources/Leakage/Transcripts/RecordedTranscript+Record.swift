package import Denoising
package import PrivateDenoising
import Numerics

extension RecordedTranscript {
    /// Runs both parties, as `PrivateRun` does, and keeps every message.
    ///
    /// - Parameters:
    ///   - modulus: of the client's key, hexadecimal; empty where nothing is encrypted.
    ///   - serverKey: the public key with the server's own choice of randomness; nil takes the client's.
    ///   - messages: how many to wait for; the attacker may have seen enough before the end. Nil is the whole run.
    package static func recording<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, agreement: Agreement, network: IntegerNetwork, key: Scheme.PrivateKey, modulus: String,
        serverKey: Scheme.PublicKey? = nil, images: IntegerTensor, messages limit: Int? = nil,
        protections: Protections = .all, threads: Int
    ) throws -> RecordedTranscript {
        var client = Client<Scheme>(
            agreement: agreement, key: key, threads: threads, protections: protections)
        var server = Server<Scheme>(
            agreement: agreement, network: network, key: serverKey ?? Scheme.publicKey(of: key), threads: threads,
            protections: protections)
        var messages: [Message] = []
        var upload: Message? = try client.start(images)
        while let message = upload, messages.count < limit ?? .max {
            messages.append(message)
            guard messages.count < limit ?? .max else { break }
            let answer = try server.evaluate(message)
            messages.append(answer)
            upload = messages.count < limit ?? .max ? try client.receive(answer) : nil
        }
        let header = TranscriptHeader(
            agreement, network: network, scheme: Scheme.name == PaillierScheme.name ? .paillier : .cleartext,
            modulus: modulus, plaintextBits: Scheme.plaintextBits(Scheme.publicKey(of: key)), messages: messages)
        return RecordedTranscript(header: header, messages: messages)
    }
}

extension TranscriptHeader {
    /// - Parameter messages: in turns, starting with the client.
    init(
        _ agreement: Agreement, network: IntegerNetwork, scheme: Scheme, modulus: String, plaintextBits: Int,
        messages: [Message]
    ) {
        let sent = messages.enumerated().map { index, message in
            let (round, direction) = (index / 2, index % 2 == 0 ? Message.Direction.up : .down)
            let agreed = agreement.rounds[round]
            return Sent(
                message, round: round, direction: direction,
                ciphertexts: direction == .up ? agreed.uploaded : agreed.downloaded)
        }
        self.init(
            version: Self.version, scheme: scheme, mode: agreement.mode.rawValue, mask: agreement.mask,
            hidesSigns: agreement.mode == .signedMask || agreement.mode == .signPair,
            permutation: agreement.permutation, modulus: modulus, plaintextBits: plaintextBits,
            inputBits: agreement.inputBits, outputScale: network.outputScale,
            rounds: agreement.rounds.map { Round($0, network: network) }, messages: sent)
    }
}

extension TranscriptHeader.Sent {
    init(_ message: Message, round: Int, direction: Message.Direction, ciphertexts: Int) {
        let number = String(2 * round + direction.rawValue)
        let name = String(repeating: "0", count: max(0, 3 - number.count)) + number
        self.init(
            file: "\(name)-\(direction == .up ? "up" : "down").ldct", direction: direction, round: round,
            ciphertexts: ciphertexts, sha256: RecordedTranscript.digest(message))
    }
}

extension TranscriptHeader.Round {
    fileprivate init(_ agreed: Agreement.Round, network: IntegerNetwork) {
        self.init(
            layers: network.layers[agreed.layers].map { layer in
                Layer(
                    name: layer.name, inputChannels: layer.inputChannels, outputChannels: layer.outputChannels,
                    kernelHeight: layer.kernelHeight, kernelWidth: layer.kernelWidth, padding: layer.padding,
                    relu: layer.activation != .none, skip: layer.skip?.source)
            },
            slotBits: agreed.packing.slotBits, slots: agreed.packing.slots, images: agreed.packing.images,
            input: agreed.input, output: agreed.output)
    }
}
