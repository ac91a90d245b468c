public import Denoising
import Numerics

/// The owner of the network. It is made from a public key only and sees nothing but messages.
///
/// It runs linear layers on ciphertexts; what it does to values before they leave and after they return is its mode's half. Every
/// ciphertext it sends is re-randomised and carries nothing but what was asked for; see `Protections`.
public struct Server<Scheme: AdditiveScheme>: Party {
    public static var sends: Message.Direction { .down }

    private let conversation: Conversation<Scheme>
    private let network: IntegerNetwork
    private let key: Scheme.PublicKey
    private let threads: Int
    private let memory: Int
    private let protections: Protections
    /// The default of `memory`: 4 GiB.
    public static var defaultMemory: Int { 4 << 30 }

    private var half: any ServerHalf<Scheme>
    private var position: Int
    /// Uploads until they are answered, by round: the round's input, and what its layer adds where the client sent it again.
    private var uploads: [Int: (input: Scheme.Encrypted, skip: Scheme.Encrypted?)] = [:]
    /// With their ciphertexts, which memory is planned by.
    private var activations: KeptActivations<(values: Scheme.Encrypted, ciphertexts: Int)>
    /// Whether this client has sent an upload.
    private var hasUpload = false
    /// Made while the client worked: of the round's answer.
    private var ahead: (round: Int, randomness: Scheme.Ahead?)?
    /// Products of the last answer's correlations.
    public private(set) var products = 0
    /// Seconds spent on fresh randomness so far.
    public private(set) var rerandomiseSeconds = 0.0

    public var agreement: Agreement { conversation.agreement }
    public var identity: String { Scheme.identity(of: key) }
    /// The client's.
    public var publicKey: Scheme.PublicKey { key }

    /// - Parameters:
    ///   - key: the client's, of the agreement's parameters.
    ///   - memory: bytes for a round: ciphertexts received, kept and made, and the accumulators and tables of the
    ///     convolutions in work, which get what the others leave.
    ///   - round: the first to come; later ones in the tile layout only, in which the server keeps nothing from one to the next.
    /// - Throws: `wrongInput` for a network that the agreement is not about, or a round to start from that is none; `foreignKey`; what
    ///   `Conversation` and `AdditiveScheme.requireDistance` throw.
    public init(
        agreement: Agreement, network: IntegerNetwork, key: Scheme.PublicKey, threads: Int = 1,
        memory: Int = Self.defaultMemory, protections: Protections = .all, startingAt round: Int = 0
    ) throws {
        conversation = try Conversation(agreement)
        guard Scheme.parameters(of: key) == agreement.parameters else {
            throw PrivateDenoisingError.foreignKey(Scheme.name)
        }
        guard try agreement.describes(network) else {
            throw PrivateDenoisingError.wrongInput("a network that the agreement is not about")
        }
        try Scheme.requireDistance(agreement, network)
        guard
            round == 0
                || agreement.layout == .tile && agreement.mode.canGoOn && agreement.rounds.indices.contains(round)
        else {
            throw PrivateDenoisingError.wrongInput("round \(round) to start from")
        }
        self.network = network
        self.key = key
        self.threads = threads
        self.memory = memory
        self.protections = protections
        activations = KeptActivations(agreement)
        position = round == 0 ? 0 : conversation.firstStep(ofRound: round)
        half = try agreement.mode.definition.server(
            ServerContext(
                agreement: agreement, network: network, layouts: conversation.layouts, key: key, threads: threads,
                protections: protections))
    }

    public var step: Step? { conversation.steps.indices.contains(position) ? conversation.steps[position] : nil }

    /// - Throws: `malformedMessage` for a message that is not the next one, the scheme's error for ciphertexts out of range.
    public mutating func receive(_ message: Message) throws {
        let step = try next(.up)
        let body = try message.body(of: step)
        if step.kind == .ciphertexts { try take(body, step) } else { try half.receive(body, step) }
        position += 1
    }

    /// Runs the layers of the round on its upload, where the next message is an answer.
    public mutating func send() throws -> Message {
        let step = try next(.down)
        products = 0
        let message = Message(step, body: step.kind == .ciphertexts ? try answer(step.round) : try half.send(step))
        position += 1
        return message
    }

    /// The randomness of the next answer, once this client has shown by an upload that it means to have one. It is as long as the answer,
    /// for whose message there is room beside the round's work.
    public mutating func prepare(while isWanted: () -> Bool) {
        guard hasUpload, let step = conversation.prepared(.down, from: position) else { return }
        let start = ContinuousClock.now
        if ahead?.round != step.round {
            let made = Scheme.ahead(
                ofAnswer: conversation.layouts[step.round], protections: protections, key: key, threads: threads)
            ahead = (step.round, made)
        }
        if let made = ahead?.randomness { while isWanted(), Scheme.makeSome(of: made) {} }
        rerandomiseSeconds += (ContinuousClock.now - start).seconds
    }

    /// What the client has to see, or hold after the exchange, for whoever plays both sides and compares.
    func seen(_ accumulators: IntegerTensor, round: Int) throws -> IntegerTensor {
        try half.seen(accumulators, round: round)
    }
    func held(_ activations: IntegerTensor, round: Int) throws -> IntegerTensor? {
        try half.held(activations, round: round)
    }

    /// The tensors of an upload: the input, or a pair of which one is kept, and what the round's layer adds where the client has
    /// to send it again.
    private mutating func take(_ body: ArraySlice<UInt8>, _ step: Step) throws {
        let index = step.round
        var tensors = try conversation.tensors(of: step, in: body, key: key, threads: threads)
        let skip =
            agreement.rounds[index].repeatedSkip == nil
            ? nil : try half.uncover(skip: tensors.removeLast(), round: index)
        uploads[index] = (try half.uncover(tensors, round: index), skip)
        hasUpload = true
    }

    private mutating func answer(_ index: Int) throws -> [UInt8] {
        guard let upload = uploads.removeValue(forKey: index) else {
            throw PrivateDenoisingError.outOfTurn(sends: true)
        }
        let (round, layout) = (agreement.rounds[index], conversation.layouts[index])
        var (values, ciphertexts, shape) = (upload.input, layout.ciphertexts(.input), round.input)
        for number in round.layers {
            let layer = network.layers[number]
            activations.keep((values, ciphertexts), asInputOf: number)
            let prepared = try Scheme.prepare(
                layer, input: shape, layout: layout, key: key,
                kept: activations.values.map(\.ciphertexts)
                    + uploads.keys.map { conversation.layouts[$0].ciphertexts(.input) },
                memory: memory)
            let (output, count) = try Scheme.apply(
                prepared, to: values, skipped: upload.skip ?? layer.skip.flatMap { activations[$0.source]?.values },
                threads: threads)
            (values, ciphertexts) = (output, Scheme.cost(of: prepared).ciphertexts)
            products += count
            shape = try layer.outputShape(for: shape)
        }
        values = try half.cover(values, round: index)
        let start = ContinuousClock.now
        let ahead = ahead?.round == index ? ahead?.randomness : nil
        self.ahead = nil
        values = try Scheme.rerandomise(
            values, layout: layout, protections: protections, key: key, ahead: ahead, threads: threads)
        rerandomiseSeconds += (ContinuousClock.now - start).seconds
        return Scheme.serialise(values, key: key, threads: threads)
    }
}

/// What layers see, as long as a later layer adds it: by index, 0 is the input, k what layer k passed on.
struct KeptActivations<Value: Sendable>: Sendable {
    private let sources: [Int?]
    private var kept: [Int: Value] = [:]

    /// In the tile layout the client sends again what is added.
    init(_ agreement: Agreement) {
        sources = agreement.layers.map { agreement.layout == .tile ? nil : $0.architecture.skip }
    }

    var values: [Value] { Array(kept.values) }
    subscript(_ index: Int) -> Value? { kept[index] }

    /// Keeps what a later layer adds and forgets what none adds any more.
    mutating func keep(_ value: Value, asInputOf layer: Int) {
        let needed = Set(sources[layer...].compactMap { $0 })
        kept = kept.filter { needed.contains($0.key) }
        if needed.contains(layer) { kept[layer] = value }
    }
}
