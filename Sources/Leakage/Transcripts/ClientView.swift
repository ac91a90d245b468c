package import Denoising
package import Imaging
package import Paillier
package import PrivateDenoising
import Numerics

/// The key that a client, as an attacker, opens its own transcript with.
package struct ClientKey: Sendable {
    /// Nil where no key was given: none is needed where nothing is encrypted.
    package let scheme: (any AdditiveScheme.Type)?
    private let key: (any Sendable)?

    package init<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) {
        self.scheme = scheme
        self.key = key
    }

    private init() {
        scheme = nil
        key = nil
    }

    package static let none = ClientKey()
    package static func paillier(_ key: PrivateKey) -> ClientKey {
        ClientKey(PaillierScheme.self, PaillierScheme.PrivateKey(key))
    }

    /// Nil if it is another scheme's.
    package func key<Scheme: AdditiveScheme>(of scheme: Scheme.Type) -> Scheme.PrivateKey? { key as? Scheme.PrivateKey }
}

/// A semi-honest client's view of a run: what it sent and what it decrypted, round by round.
package struct ClientView: Sendable {
    package struct Round: Sendable {
        package let layers: [Layer]
        /// Images that shared a ciphertext.
        package let slots: Int
        /// What the client uploaded. In a mask mode still under the mask, but for the first round.
        package var sent: IntegerTensor
        /// What it decrypted: accumulators, or masked ones.
        package var received: IntegerTensor
    }

    package let agreement: Agreement
    /// Rounds that were answered.
    package var rounds: [Round]

    /// - Throws: `LeakageError.unsuitable` for another key, or a run without an answer; the scheme's error for ciphertexts that
    ///   are none.
    package init(_ transcript: Transcript, key: ClientKey, threads: Int) throws {
        agreement = transcript.agreement
        guard let scheme = agreement.parameters.name.scheme else {
            throw LeakageError.unsuitable(
                attack: "of a client", found: "a transcript of the published encoding",
                expected: "one of this protocol")
        }
        rounds = try Self.rounds(scheme, transcript, key: key, threads: threads)
        guard !rounds.isEmpty else {
            throw LeakageError.unsuitable(attack: "of a client", expected: "a transcript with an answer of the server")
        }
    }

    private static func refusal(found: String) -> LeakageError {
        .unsuitable(attack: "of a client", found: found, expected: "the private key of this transcript's client")
    }

    private static func rounds<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ transcript: Transcript, key: ClientKey, threads: Int
    ) throws -> [Round] {
        let agreement = transcript.agreement
        guard let key = Scheme.keyOfEveryone(agreement.parameters) ?? key.key(of: scheme) else {
            throw refusal(found: "no key")
        }
        let publicKey = Scheme.publicKey(of: key)
        guard Scheme.identity(of: publicKey) == transcript.key else { throw refusal(found: "a key of another client") }
        let layouts = try Conversation<Scheme>(agreement).layouts
        var rounds: [Round] = []
        for (index, round) in agreement.rounds.enumerated() {
            let layout = layouts[index]
            func open(_ bytes: ArraySlice<UInt8>, _ role: TensorRole) throws -> IntegerTensor {
                let encrypted = try Scheme.deserialise(
                    bytes, as: role, layout: layout, key: publicKey, threads: threads)
                let values = try Scheme.decrypt(encrypted, as: role, layout: layout, key: key, threads: threads).values
                return role == .output ? agreement.shareBits.map(values.centred) ?? values : values
            }
            guard let up = try transcript.ciphertexts(.up, round: index),
                let down = try transcript.ciphertexts(.down, round: index)
            else { break }
            // What the client sends twice, it knows already: the first tensor is the layer's input.
            guard up.bytes.count >= layout.bytes(.input) else {
                throw LeakageError.unsuitable(
                    attack: "of a client", expected: "uploads of at least \(layout.bytes(.input)) bytes")
            }
            rounds.append(
                Round(
                    layers: agreement.layers[round.layers].map(\.architecture), slots: layout.imagesTogether,
                    sent: try open(up.bytes.prefix(layout.bytes(.input)), .input),
                    received: try open(down.bytes, .output)))
        }
        return rounds
    }
}

extension ClientView {
    /// What a client makes of two sessions whose masks were the same: they cancel.
    func less(_ other: ClientView) -> ClientView {
        var result = self
        for round in rounds.indices {
            result.rounds[round].sent = rounds[round].sent.less(other.rounds[round].sent, bits: 64)
            result.rounds[round].received = rounds[round].received.less(
                other.rounds[round].received, bits: agreement.shareBits ?? 64)
        }
        return result
    }

    /// The images that the client sent, as normalised pixels.
    var pixels: Tensor {
        let largest = Float(1 << agreement.inputBits - 1)
        var tensor = Tensor(rounds[0].sent)
        tensor.values = tensor.values.map { $0 / largest }
        return tensor
    }

    /// What the last values come to after their ReLU, as normalised pixels.
    var outputs: Tensor {
        let last = rounds[rounds.count - 1]
        let hasReLU = last.layers.last?.relu ?? false
        var tensor = Tensor(last.received)
        tensor.values = tensor.values.map {
            let value = $0 * Float(agreement.outputScale)
            return hasReLU ? max(0, value) : value
        }
        return tensor
    }

    /// What the client gets for its images, in HU: the last values after their ReLU, as the public scale says.
    package var finalImages: [Image] { rounds[rounds.count - 1].received.finalImages(agreement) }
}

extension IntegerTensor {
    /// Images in HU of a last layer's accumulators.
    func finalImages(_ agreement: Agreement, window: HounsfieldWindow = .standard) -> [Image] {
        let hasReLU = agreement.layers.last?.architecture.relu ?? false
        var tensor = Tensor(shape: shape)
        tensor.values = (0..<values.count).map { index in
            let value = Float(values.double(index) * agreement.outputScale)
            return hasReLU ? max(0, value) : value
        }
        return tensor.hounsfieldImages(window: window)
    }
}

extension IntegerTensor {
    /// Values modulo 2^bits, in [-2^(bits - 1), 2^(bits - 1)), one word each.
    func centred(bits: Int) -> IntegerTensor {
        let (limbs, unused) = (values.limbs, Int64(64 - bits))
        var result = IntegerTensor(shape: shape, limbs: 1)
        for index in 0..<values.count {
            result.values.words[index] = UInt64(
                bitPattern: (Int64(bitPattern: values.words[index * limbs]) << unused) >> unused)
        }
        return result
    }

    fileprivate func less(_ other: IntegerTensor, bits: Int) -> IntegerTensor {
        var result = centred(bits: bits)
        let others = other.centred(bits: bits)
        for index in 0..<values.count { result.values.words[index] &-= others.values.words[index] }
        return result.centred(bits: bits)
    }

    /// Some images of the batch.
    func images(_ indices: Range<Int>) -> IntegerTensor {
        var result = IntegerTensor(shape: shape.with(count: indices.count), limbs: values.limbs)
        let first = indices.lowerBound * shape.with(count: 1).elementCount * values.limbs
        result.values.words = Array(values.words[first..<first + result.values.words.count])
        return result
    }
}
