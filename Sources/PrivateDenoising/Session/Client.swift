public import Denoising
import Numerics

/// The owner of the image and of the private key.
///
/// It sends encrypted activations and receives encrypted accumulators; what is done to values in between is its mode's half. It knows
/// the agreement and no network. A value out of range is never answered differently (a client that complained would be an oracle
/// for the server): it is counted, and told by `result` at the end.
public struct Client<Scheme: AdditiveScheme>: Party {
    public static var sends: Message.Direction { .up }

    private let conversation: Conversation<Scheme>
    private let key: Scheme.PrivateKey
    private let publicKey: Scheme.PublicKey
    private let threads: Int
    private let protections: Protections
    private var half: any ClientHalf
    private var position: Int
    private var outOfRange = 0
    /// What earlier rounds made, by activation index, as long as a later round has to upload it again.
    private var kept: [Int: IntegerTensor] = [:]
    /// Made while the server worked: of each tensor of the round's upload.
    private var ahead: (round: Int, tensors: [Scheme.Ahead?])?
    /// The bands of the layer in work that are done.
    private var bands: [IntegerTensor] = []
    /// What the client saw in the last round, decrypted and put together: accumulators, covered as the mode covers them.
    public private(set) var seen: IntegerTensor?
    /// Seconds spent on making ciphertexts, and on decrypting and decoding them.
    public private(set) var encryptSeconds = 0.0, decryptSeconds = 0.0

    public var agreement: Agreement { conversation.agreement }
    public var identity: String { Scheme.identity(of: publicKey) }

    /// - Throws: `wrongInput` for images of another shape or a value outside `0...2^inputBits - 1`; `foreignKey` for a key of other
    ///   parameters than agreed; what `Conversation` throws.
    public init(
        agreement: Agreement, key: Scheme.PrivateKey, images: IntegerTensor, threads: Int = 1,
        protections: Protections = .all, shifts: ShareShifts = .none
    ) throws {
        let expected = agreement.images
        guard images.shape == expected else {
            throw PrivateDenoisingError.wrongInput("images of \(images.shape), \(expected) expected")
        }
        let limit = BigInteger(1 << agreement.inputBits)
        guard (0..<images.values.count).allSatisfy({ !images.values.isNegative($0) && images.values[$0] < limit })
        else {
            throw PrivateDenoisingError.wrongInput("a value outside 0...2^\(agreement.inputBits) - 1")
        }
        try self.init(agreement, key: key, threads: threads, protections: protections, shifts: shifts)
        half.begin(images)
        keepActivation()
    }

    private init(
        _ agreement: Agreement, key: Scheme.PrivateKey, threads: Int, protections: Protections,
        shifts: ShareShifts = .none
    ) throws {
        conversation = try Conversation(agreement)
        publicKey = Scheme.publicKey(of: key)
        guard Scheme.parameters(of: publicKey) == agreement.parameters else {
            throw PrivateDenoisingError.foreignKey(Scheme.name)
        }
        self.key = key
        self.threads = threads
        self.protections = protections
        half = try agreement.mode.definition.client(
            ClientContext(agreement: agreement, threads: threads, protections: protections, shifts: shifts))
        position = 0
    }

    public var step: Step? { conversation.steps.indices.contains(position) ? conversation.steps[position] : nil }

    /// The network's integer output and the number of values that were out of range, once all is done.
    public var result: (output: IntegerTensor, outOfRange: Int)? {
        step == nil ? half.activations.first.map { ($0, outOfRange) } : nil
    }

    /// What the client saw of a round's accumulators once they were complete, and what it holds of the activation that followed.
    func seen(round: Int) -> IntegerTensor? { half.seen(round: round) ?? seen }
    var held: IntegerTensor? { half.activations.first }

    public mutating func send() throws -> Message {
        let step = try next(.up)
        let message = Message(step, body: step.kind == .ciphertexts ? try upload(step.round) : try half.send(step))
        position += 1
        keepActivation(after: step)
        return message
    }

    /// - Throws: `malformedMessage` for a message that is not the next one, the scheme's error for bad ciphertexts.
    public mutating func receive(_ message: Message) throws {
        let step = try next(.down)
        let body = try message.body(of: step)
        if step.kind == .ciphertexts { try take(body, step) } else { try half.receive(body, step) }
        position += 1
        keepActivation(after: step)
    }

    /// Where a layer's input is complete, the next message is its upload.
    private mutating func keepActivation(after done: Step) {
        guard let next = step, next.kind == .ciphertexts, next.direction == .up, next.round > done.round else { return }
        keepActivation()
    }

    /// The next layer's input, in pairs where the mode has them, and once more what that layer adds, where slots have moved since.
    private mutating func upload(_ index: Int) throws -> [UInt8] {
        let (round, layout) = (agreement.rounds[index], conversation.layouts[index])
        var body: [UInt8] = []
        let tensors = try half.uploads(in: index) + [round.repeatedSkip.flatMap { kept[$0] }].compactMap { $0 }
        let ahead = ahead?.round == index ? ahead?.tensors : nil
        self.ahead = nil
        for (number, (tensor, role)) in zip(tensors, round.tensors(.up)).enumerated() {
            let start = ContinuousClock.now
            let encrypted = try Scheme.encrypt(
                tensor, as: role, layout: layout, key: key, ahead: ahead?[number], threads: threads)
            encryptSeconds += (ContinuousClock.now - start).seconds
            let bytes = Scheme.serialise(encrypted, key: publicKey, threads: threads)
            if tensors.count == 1 { body = bytes } else { body += bytes }
        }
        return body
    }

    /// The randomness of the next upload.
    public mutating func prepare(while isWanted: () -> Bool) {
        guard let step = conversation.prepared(.up, from: position) else { return }
        let start = ContinuousClock.now
        if ahead?.round != step.round {
            let layout = conversation.layouts[step.round]
            let tensors = agreement.rounds[step.round].tensors(.up)
                .map { Scheme.ahead(ofUpload: $0, layout: layout, key: key, threads: threads) }
            ahead = (step.round, tensors)
        }
        for tensor in (ahead?.tensors ?? []).compactMap({ $0 }) { while isWanted(), Scheme.makeSome(of: tensor) {} }
        encryptSeconds += (ContinuousClock.now - start).seconds
    }

    private mutating func take(_ body: ArraySlice<UInt8>, _ step: Step) throws {
        let round = agreement.rounds[step.round]
        let encrypted = try conversation.tensors(of: step, in: body, key: publicKey, threads: threads)[0]
        let start = ContinuousClock.now
        let (values, unexpected) = try Scheme.decrypt(
            encrypted, as: .output, layout: conversation.layouts[step.round], key: key, threads: threads)
        decryptSeconds += (ContinuousClock.now - start).seconds
        outOfRange += unexpected + values.values.count(beyond: agreement.largestSeen(in: round))
        guard protections.hidesRangeErrors || outOfRange == 0 else {
            throw PrivateDenoisingError.rangeErrorTold(round: step.round)
        }
        seen = half.seen(values)
        bands.append(values)
        guard round.isLastBand else { return }
        try half.take(bands.count == 1 ? bands[0] : IntegerTensor(bands: bands), of: round)
        bands = []
    }

    /// Keeps an activation that a later round uploads again, and forgets what none does.
    private mutating func keepActivation() {
        guard let round = step?.round else { return }
        let needed = Set(agreement.rounds[round...].compactMap(\.repeatedSkip))
        kept = kept.filter { needed.contains($0.key) }
        let index = agreement.rounds[round].layers.lowerBound
        if needed.contains(index), let activation = half.activations.first { kept[index] = activation }
    }
}

// MARK: - Going on later

extension Client {
    /// A client whose one upload was sent before, by another process: what is left is the server's answer.
    /// - Throws: `wrongInput` for an agreement of more than one round, in which the client has to know more.
    public init(
        awaitingAnswerOf agreement: Agreement, key: Scheme.PrivateKey, threads: Int = 1, protections: Protections = .all
    ) throws {
        try self.init(agreement, key: key, threads: threads, protections: protections)
        guard conversation.steps.map(\.direction) == [.up, .down] else {
            throw PrivateDenoisingError.wrongInput("an agreement of more than one round")
        }
        position = 1
    }
}

extension Client {
    /// What the client holds between two layers in the tile layout, in which the server holds nothing: enough to go on in another
    /// process, with another key. Plaintexts: for the client's eyes only.
    public struct State: Sendable, Equatable {
        public let round: Int
        /// The next layer's input.
        public let input: IntegerTensor
        /// What later layers add, by activation index.
        public let activations: [Int: IntegerTensor]
        public let outOfRange: Int

        public init(round: Int, input: IntegerTensor, activations: [Int: IntegerTensor], outOfRange: Int) {
            self.round = round
            self.input = input
            self.activations = activations
            self.outOfRange = outOfRange
        }
    }

    /// nil within a layer, at the end, in the batch layout, and where the server holds shares.
    public var state: State? {
        guard agreement.layout == .tile, agreement.shareBits == nil, bands.isEmpty, let step, step.direction == .up,
            agreement.rounds[step.round].rows.lowerBound == 0, let input = half.activations.first
        else { return nil }
        return State(round: step.round, input: input, activations: kept, outOfRange: outOfRange)
    }

    /// A client that goes on where an earlier one stopped: its next message is that round's upload.
    /// - Throws: `wrongInput` if the state is not of this agreement.
    public init(
        agreement: Agreement, key: Scheme.PrivateKey, resuming state: State, threads: Int = 1,
        protections: Protections = .all
    ) throws {
        guard agreement.layout == .tile, agreement.shareBits == nil, agreement.rounds.indices.contains(state.round),
            agreement.rounds[state.round].rows.lowerBound == 0,
            state.input.shape == agreement.rounds[state.round].input
        else { throw PrivateDenoisingError.wrongInput("a state of another run") }
        try self.init(agreement, key: key, threads: threads, protections: protections)
        (position, kept, outOfRange) = (
            conversation.firstStep(ofRound: state.round), state.activations, state.outOfRange
        )
        half.begin(state.input)
        keepActivation()
    }
}
