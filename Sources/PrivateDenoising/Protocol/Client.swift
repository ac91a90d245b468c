public import Denoising
import Numerics

/// The owner of the image and of the private key.
///
/// It sends encrypted activations and receives encrypted accumulators. A value out of range is never answered differently (a
/// client that complained would be an oracle for the server): it is counted, and told by `result` at the end.
public struct Client<Scheme: AdditiveScheme>: Sendable {
    private let agreement: Agreement
    private let key: Scheme.PrivateKey
    private let threads: Int
    private let protections: Protections
    private var round = 0
    private var isStarted = false
    private var outOfRange = 0
    private var output: IntegerTensor?
    /// What earlier rounds made, by activation index, as long as a later round has to upload it again.
    private var activations: [Int: IntegerTensor] = [:]
    /// The inputs of the layer in work, and the bands of its output that are done.
    private var inputs: [IntegerTensor] = []
    private var bands: [IntegerTensor] = []
    /// What the client saw in the last round, decrypted and put together: accumulators, masked where the mode masks.
    public private(set) var seen: IntegerTensor?
    /// Seconds spent on making ciphertexts, and on decrypting and decoding them.
    public private(set) var encryptSeconds = 0.0, decryptSeconds = 0.0

    public init(
        agreement: Agreement, key: Scheme.PrivateKey, threads: Int = 1, protections: Protections = .all
    ) {
        self.agreement = agreement
        self.key = key
        self.threads = threads
        self.protections = protections
    }

    /// The first message: the encrypted images.
    /// - Throws: `wrongInput` for another shape or a value outside `0...2^inputBits - 1`.
    public mutating func start(_ images: IntegerTensor) throws -> Message {
        let expected = agreement.images
        guard images.shape == expected else {
            throw PrivateDenoisingError.wrongInput("images of \(images.shape), \(expected) expected")
        }
        let limit = BigInteger(1 << agreement.inputBits)
        guard (0..<images.values.count).allSatisfy({ !images.values.isNegative($0) && images.values[$0] < limit })
        else {
            throw PrivateDenoisingError.wrongInput("a value outside 0...2^\(agreement.inputBits) - 1")
        }
        isStarted = true
        return try upload([images])
    }

    /// Decrypts an answer. - Returns: the next upload, nil after the last round.
    /// - Throws: `malformedMessage` for a message that is not this round's, or the scheme's error for bad ciphertexts.
    public mutating func receive(_ message: Message) throws -> Message? {
        guard isStarted, round < agreement.rounds.count else {
            throw PrivateDenoisingError.malformedMessage("an answer to nothing that was sent")
        }
        let agreed = agreement.rounds[round]
        let isLast = agreed.layers.upperBound == agreement.rounds[agreement.rounds.count - 1].layers.upperBound
        let publicKey = Scheme.publicKey(of: key)
        let encrypted = try Scheme.deserialise(
            message.body(direction: .down, round: round, ciphertexts: agreed.downloaded), shape: agreed.output,
            packing: agreed.packing,
            key: publicKey, threads: threads)
        let start = ContinuousClock.now
        let (packed, unexpected) = try Scheme.decrypt(
            encrypted, shape: agreed.output, packing: agreed.packing, key: key, threads: threads)
        decryptSeconds += (ContinuousClock.now - start).seconds
        let values = agreed.tiling?.join(packed) ?? packed
        outOfRange += unexpected + values.count(beyond: agreed.bound << (isLast ? 0 : agreement.mask?.bits ?? 0))
        guard protections.hidesRangeErrors || outOfRange == 0 else {
            throw PrivateDenoisingError.rangeErrorTold(round: round)
        }
        seen = values
        round += 1
        bands.append(activate(values, agreed.activation))
        guard agreed.isLastBand else { return try upload(inputs) }
        let activated = bands.count == 1 ? bands[0] : IntegerTensor(bands: bands)
        bands = []
        guard isLast else {
            let other = agreement.mode.uploadsPairs ? [activate(values.negated(), agreed.activation)] : []
            return try upload([activated] + other)
        }
        output = activated
        return nil
    }

    /// The network's integer output and the number of values that were out of range, once all rounds are done.
    public var result: (output: IntegerTensor, outOfRange: Int)? {
        output.map { ($0, outOfRange) }
    }

    // MARK: - Going on later

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

    /// nil within a layer, at the end, and in the batch layout.
    public var state: State? {
        guard let input = inputs.first, bands.isEmpty, output == nil else { return nil }
        return State(round: round, input: input, activations: activations, outOfRange: outOfRange)
    }

    /// The upload after which an earlier client stopped.
    /// - Throws: `wrongInput` if the state is not of this agreement.
    public mutating func resume(_ state: State) throws -> Message {
        guard agreement.layout == .tile, agreement.rounds.indices.contains(state.round),
            agreement.rounds[state.round].rows.lowerBound == 0,
            state.input.shape.channels == agreement.rounds[state.round].input.channels
        else { throw PrivateDenoisingError.wrongInput("a state of another run") }
        (round, activations, outOfRange) = (state.round, state.activations, state.outOfRange)
        isStarted = true
        return try upload([state.input])
    }

    /// The next layer's input, in pairs where the mode has them, and once more what that layer adds, where slots have moved since.
    private mutating func upload(_ inputs: [IntegerTensor]) throws -> Message {
        let agreed = agreement.rounds[round]
        if agreed.tiling != nil { self.inputs = inputs }
        keep(inputs[0])
        var tensors = inputs.map { agreed.tiling?.cutInput($0) ?? $0 }
        if let source = agreed.repeatedSkip, let skipped = activations[source] {
            tensors.append(agreed.tiling?.cutOutput(skipped) ?? skipped)
        }
        let publicKey = Scheme.publicKey(of: key)
        let bodies = try tensors.map { tensor in
            let start = ContinuousClock.now
            let encrypted = try Scheme.encrypt(tensor, packing: agreed.packing, key: key, threads: threads)
            encryptSeconds += (ContinuousClock.now - start).seconds
            return Scheme.serialise(encrypted, key: publicKey, threads: threads)
        }
        return Message(
            direction: .up, round: round, ciphertexts: agreed.uploaded, body: Array(bodies.joined()))
    }

    /// Keeps an activation that a later round uploads again, and forgets what none does.
    private mutating func keep(_ values: IntegerTensor) {
        let needed = Set(agreement.rounds[round...].compactMap(\.repeatedSkip))
        activations = activations.filter { needed.contains($0.key) }
        let index = agreement.rounds[round].layers.lowerBound
        if needed.contains(index) { activations[index] = values }
    }

    private func activate(_ values: IntegerTensor, _ activation: IntegerLayer.Activation) -> IntegerTensor {
        switch activation {
        case .none: return values
        case .relu:
            var result = values
            result.values.rectify()
            return result
        case .requantise(let requantiser): return requantiser.apply(values)
        }
    }
}

extension IntegerTensor {
    fileprivate func negated() -> IntegerTensor {
        var result = self
        result.values.negate()
        return result
    }

    /// Values of a magnitude above `bound`.
    fileprivate func count(beyond bound: BigInteger) -> Int {
        if values.limbs == 1, let limit = bound.exactInt {
            return (0..<values.count).count { values.narrow($0).magnitude > UInt(limit) }
        }
        return (0..<values.count).count { values[$0].absoluteValue > bound }
    }
}
