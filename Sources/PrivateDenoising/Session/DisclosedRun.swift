public import Denoising
import Numerics
import ObliviousTransfer
import SharedEvaluation

/// A recorded run checked against its integer network by the client's key: every value of every message of ciphertexts, and in mode
/// `shared` the sums of both parties' shares.
///
/// What a transfer's own messages hold cannot be opened, by design of the transfer; the shares before and after it can, and are.
public struct DisclosedRun: Sendable {
    /// The tensors of every message of ciphertexts, by message: inputs, then what is added where the client sends it again; or the
    /// accumulators, covered as the mode covers them.
    public private(set) var plaintexts: [Int: [IntegerTensor]] = [:]
    /// Values compared.
    public private(set) var values = 0
    /// Of them, those that differ: 0, or something is broken or was changed.
    public private(set) var mismatched = 0

    private let agreement: Agreement
    private let network: IntegerNetwork
    private let disclosure: Disclosure

    /// - Parameters:
    ///   - key: the client's.
    ///   - images: what it began with.
    ///   - output: what it ended with.
    /// - Throws: the scheme's error for bytes that are no ciphertexts; `malformedMessage` for a run in part, or what was disclosed of
    ///   another.
    public init<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ transcript: Transcript, _ disclosure: Disclosure, key: Scheme.PrivateKey,
        network: IntegerNetwork, images: IntegerTensor, output: IntegerTensor, threads: Int = 1
    ) throws {
        agreement = transcript.agreement
        self.network = network
        self.disclosure = disclosure
        guard try agreement.describes(network) else {
            throw PrivateDenoisingError.wrongInput("a network that the agreement is not about")
        }
        guard Scheme.identity(of: Scheme.publicKey(of: key)) == transcript.key else {
            throw PrivateDenoisingError.foreignKey(Scheme.name)
        }
        let conversation = try Conversation<Scheme>(agreement)
        guard transcript.messages.count == conversation.steps.count else { throw Self.refusal("a run in part") }
        for step in conversation.steps where step.kind == .ciphertexts {
            let tensors = try conversation.tensors(
                of: step, in: transcript.messages[step.index].body(of: step), key: Scheme.publicKey(of: key),
                threads: threads)
            let roles = agreement.rounds[step.round].tensors(step.direction)
            plaintexts[step.index] = try zip(roles, tensors).map { role, tensor in
                let layout = conversation.layouts[step.round]
                return try Scheme.decrypt(tensor, as: role, layout: layout, key: key, threads: threads).values
            }
        }
        try check(conversation.steps, transcript, images: images, output: output, threads: threads)
    }

    private static func refusal(_ what: String) -> PrivateDenoisingError { .malformedMessage(what) }

    /// Round by round beside the network's own evaluation.
    private mutating func check(
        _ steps: [Step], _ transcript: Transcript, images: IntegerTensor, output: IntegerTensor, threads: Int
    ) throws {
        guard images.shape == agreement.images, disclosure.covers.count == agreement.rounds.count else {
            throw Self.refusal("images or masks of another run")
        }
        var evaluation = try IntegerEvaluation(network, input: images)
        var activations = [0: images]
        // The client's own half says what goes up after what was seen, where that follows from it.
        var client =
            try agreement.shareBits == nil
            ? agreement.mode.definition.client(
                ClientContext(agreement: agreement, threads: threads, protections: .all, shifts: .none)) : nil
        client?.begin(images)
        for (index, round) in agreement.rounds.enumerated() {
            guard round.isLastBand, round.rows.lowerBound == 0 else { throw Self.refusal("a layer in bands") }
            func tensors(_ direction: Message.Direction) -> [IntegerTensor] {
                let step = steps.first {
                    $0.round == index && $0.kind == .ciphertexts && $0.direction == direction
                }
                return step.flatMap { plaintexts[$0.index] } ?? []
            }
            let (sent, seen) = (tensors(.up), tensors(.down))
            try checkUploads(
                sent, round, own: client?.uploads(in: index), activations,
                drawn: shareOfImages(steps, transcript))
            var accumulators = images
            for _ in round.layers { accumulators = try evaluation.step(threads: threads) }
            // In mode `shared` what was decrypted is one representative of many.
            count(
                agreement.shareBits.map { bits in seen.first.map { ShareTensor.reduced($0, bits: bits) } }
                    ?? seen.first,
                try covered(accumulators, round, index))
            activations[round.layers.upperBound] = evaluation.activation
            if let values = seen.first { try client?.take(values, of: round) }
        }
        count(output, evaluation.activation ?? images)
        if agreement.shareBits == nil {
            count(output, client?.activations.first)
        } else {
            try checkOpening(steps, transcript, output)
        }
    }

    private mutating func checkUploads(
        _ sent: [IntegerTensor], _ round: Agreement.Round, own: [IntegerTensor]?, _ activations: [Int: IntegerTensor],
        drawn: IntegerTensor?
    ) throws {
        let first = round.layers.lowerBound
        let indices = Array(repeating: first, count: round.inputTensors) + [round.repeatedSkip].compactMap(\.self)
        guard sent.count == indices.count else { throw Self.refusal("an upload of \(sent.count) tensors") }
        for (number, (tensor, index)) in zip(sent, indices).enumerated() {
            guard let bits = agreement.shareBits else {
                count(tensor, number < round.inputTensors ? own?[number] : activations[index])
                continue
            }
            let sum = (index == 0 ? drawn : disclosure.shares[index]).map { share in
                share.shape == tensor.shape
                    ? ShareTensor.combined(share, tensor, bits: bits) { $0 &+ $1 } : share
            }
            if index > 0, sum == nil { throw Self.refusal("no share of what layer \(index) passed on") }
            count(sum ?? ShareTensor.reduced(tensor, bits: bits), activations[index])
        }
    }

    /// What the client has to decrypt.
    private func covered(
        _ accumulators: IntegerTensor, _ round: Agreement.Round, _ index: Int
    ) throws -> IntegerTensor {
        let cover = disclosure.covers[index]
        guard cover.shape == accumulators.shape else { throw Self.refusal("masks of another shape") }
        guard let bits = agreement.shareBits else {
            guard !(0..<cover.values.count).allSatisfy({ cover.values[$0] == .one }) else { return accumulators }
            let limbs = IntegerArray.limbs(forBits: 64 * (accumulators.values.limbs + cover.values.limbs))
            var products = IntegerTensor(shape: accumulators.shape, limbs: limbs)
            for index in 0..<products.values.count {
                products.values[index] = accumulators.values[index] * cover.values[index]
            }
            return products
        }
        let half = try SharedMode.plan(agreement, round: index).roundingConstant
        let layer = network.layers[round.layers.upperBound - 1]
        let products = layer.multiplied(ShareTensor.reduced(accumulators, bits: 64))
        return ShareTensor.combined(products, cover, bits: bits) { $0 &+ half &- $1 }
    }

    /// In order `offline` the images less the client's share of them, which go to the server in a message of their own.
    private func shareOfImages(_ steps: [Step], _ transcript: Transcript) throws -> IntegerTensor? {
        guard agreement.order == .offline, let bits = agreement.shareBits else { return nil }
        for step in steps where step.kind == .exchange && step.phase != .setup {
            guard try SharedMode.part(step, of: agreement) == .input else { continue }
            return ShareTensor.tensor(
                try transcript.messages[step.index].body(of: step), bits: bits, agreement.images,
                kernel: try .selected())
        }
        return nil
    }

    /// The output is the sum of the client's share and the last message.
    private mutating func checkOpening(_ steps: [Step], _ transcript: Transcript, _ output: IntegerTensor) throws {
        guard let last = steps.last, let own = disclosure.outputShare, own.shape == output.shape,
            let width = agreement.layers.last?.bound.bitWidth
        else { throw Self.refusal("no share of the output") }
        let other = ShareTensor.tensor(
            try transcript.messages[last.index].body(of: last), bits: width, output.shape, kernel: try .selected())
        count(ShareTensor.combined(own, other, bits: width) { $0 &+ $1 }, output)
    }

    private mutating func count(_ found: IntegerTensor?, _ expected: IntegerTensor?) {
        let size = found?.values.count ?? expected?.values.count ?? 1
        values += size
        guard let found, let expected, found.shape == expected.shape else {
            mismatched += size
            return
        }
        mismatched += found.values.mismatches(with: expected.values)
    }
}
