package import Denoising
package import Imaging
package import Paillier
import PrivateDenoising
import Numerics

/// The key that a client, as an attacker, opens its own transcript with.
package enum ClientKey: Sendable {
    case paillier(PrivateKey)
    /// Of a run in which nothing was encrypted.
    case none
}

/// A semi-honest client's view of a run: what it sent and what it decrypted, round by round.
package struct ClientView: Sendable {
    package struct Round: Sendable {
        package let layers: [Layer]
        /// Images that shared a ciphertext, one a slot.
        package let slots: Int
        /// What the client uploaded. In a mask mode still under the mask, but for the first round.
        package let sent: IntegerTensor
        /// What it decrypted: accumulators, or masked ones.
        package var received: IntegerTensor
    }

    package let header: TranscriptHeader
    /// Rounds that were answered.
    package var rounds: [Round]

    /// - Throws: `LeakageError.unsuitable` for another key, or a run without an answer; the scheme's error for ciphertexts that
    ///   are none.
    package init(_ transcript: RecordedTranscript, key: ClientKey, threads: Int) throws {
        header = transcript.header
        switch (header.scheme, key) {
        case (.cleartext, _):
            let key = CleartextScheme.Key(plaintextBits: header.plaintextBits)
            rounds = try Self.rounds(CleartextScheme.self, transcript, key: key, threads: threads)
        case (.paillier, .paillier(let key)):
            guard key.publicKey.n.text(radix: 16) == header.modulus else {
                throw LeakageError.unsuitable(
                    attack: "of a client",
                    found: "a key of another modulus", expected: "the private key of this transcript's client")
            }
            rounds = try Self.rounds(
                PaillierScheme.self, transcript, key: PaillierScheme.PrivateKey(key), threads: threads)
        default:
            throw LeakageError.unsuitable(
                attack: "of a client",
                found: header.scheme == .paper ? "a transcript of the published encoding" : "no key",
                expected: header.scheme == .paper
                    ? "one of this protocol" : "the private key of this transcript's client")
        }
        guard !rounds.isEmpty else {
            throw LeakageError.unsuitable(attack: "of a client", expected: "a transcript with an answer of the server")
        }
    }

    private static func rounds<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ transcript: RecordedTranscript, key: Scheme.PrivateKey, threads: Int
    ) throws -> [Round] {
        let publicKey = Scheme.publicKey(of: key)
        func open(_ bytes: ArraySlice<UInt8>, _ shape: TensorShape, _ packing: Packing) throws -> IntegerTensor {
            let encrypted = try Scheme.deserialise(
                bytes, shape: shape, packing: packing, key: publicKey, threads: threads)
            return try Scheme.decrypt(encrypted, shape: shape, packing: packing, key: key, threads: threads).values
        }
        var rounds: [Round] = []
        for (index, round) in transcript.header.rounds.enumerated() {
            guard let up = try transcript.body(.up, round: index),
                let down = try transcript.body(.down, round: index)
            else { break }
            // What the client sends twice, it knows already: the first tensor is the layer's input.
            let ciphertexts = round.packing.groups * round.input.with(count: 1).elementCount
            guard up.ciphertexts >= ciphertexts else {
                throw LeakageError.unsuitable(
                    attack: "of a client", expected: "uploads of at least \(ciphertexts) ciphertexts")
            }
            // Without encryption the last of the pretended ciphertexts may be shorter, so the product comes first.
            let end = up.bytes.startIndex + up.bytes.count * ciphertexts / up.ciphertexts
            rounds.append(
                Round(
                    layers: round.layers, slots: round.slots,
                    sent: try open(up.bytes[..<end], round.input, round.packing),
                    received: try open(down.bytes, round.output, round.packing)))
        }
        return rounds
    }
}

extension ClientView {
    /// What the client gets for its images, in HU: the last values after their ReLU, as the public scale says.
    package var finalImages: [Image] {
        let round = rounds[rounds.count - 1]
        let hasReLU = round.layers.last?.relu ?? false
        var tensor = Tensor(shape: round.received.shape)
        tensor.values = (0..<round.received.values.count).map { index in
            let value = Float(round.received.values.double(index) * header.outputScale)
            return hasReLU ? max(0, value) : value
        }
        return tensor.hounsfieldImages()
    }
}

extension IntegerTensor {
    /// The first images of the batch.
    package func prefix(_ count: Int) -> IntegerTensor {
        var result = IntegerTensor(shape: shape.with(count: count), limbs: values.limbs)
        result.values.words = Array(values.words.prefix(result.values.words.count))
        return result
    }
}
