public import Denoising
import Numerics

/// The owner of the network. It is made from a public key only and sees nothing but messages.
///
/// Every ciphertext it sends is re-randomised and its unused slots are filled with noise; see `Protections`.
public struct Server<Scheme: AdditiveScheme>: Sendable {
    private let agreement: Agreement
    private let network: IntegerNetwork
    private let key: Scheme.PublicKey
    private let threads: Int
    private let memory: Int
    private let protections: Protections
    /// The default of `memory`: 4 GiB.
    public static var defaultMemory: Int { 4 << 30 }

    private var round = 0
    /// What layers see: the input, then what each layer passes on. Kept while a later layer adds it.
    private var activations: [Int: Scheme.Encrypted] = [:]
    /// What was done to the last answer, the server's secret. `PrivateRun`, which plays both sides and compares, looks at it.
    private(set) var disguise = Disguise.none
    /// The last answer's values before they were masked, where they are added to what comes back.
    private var unmasked: Scheme.Encrypted?
    /// Products of the last answer's correlations.
    public private(set) var products = 0
    /// Seconds spent on fresh randomness so far.
    public private(set) var rerandomiseSeconds = 0.0

    /// - Parameter memory: bytes for a round: ciphertexts received, kept and made, and the accumulators and tables of the
    ///   convolutions in work, which get what the others leave.
    public init(
        agreement: Agreement, network: IntegerNetwork, key: Scheme.PublicKey, threads: Int = 1,
        memory: Int = Self.defaultMemory, protections: Protections = .all
    ) {
        self.agreement = agreement
        self.network = network
        self.key = key
        self.threads = threads
        self.memory = memory
        self.protections = protections
    }

    /// Goes on at a later round: in the tile layout the server keeps nothing from one to the next.
    /// - Precondition: the tile layout, and a round of the agreement.
    public mutating func resume(at round: Int) {
        precondition(agreement.layout == .tile && agreement.rounds.indices.contains(round), "nothing to go on with")
        self.round = round
    }

    /// Runs the layers of one round on an upload.
    /// - Throws: `malformedMessage`, or the scheme's error for ciphertexts out of range.
    public mutating func evaluate(_ message: Message) throws -> Message {
        guard round < agreement.rounds.count else {
            throw PrivateDenoisingError.malformedMessage("a message after the last round")
        }
        let agreed = agreement.rounds[round]
        var (inputs, repeated) = try receive(message, agreed)
        if round > 0 { inputs = [try uncover(inputs, packing: agreed.packing)] }
        var values = inputs[0]
        inputs = []
        disguise = .none
        products = 0
        var shape = agreed.input
        for index in agreed.layers {
            keep(values, asInputOf: index)
            // Tiles bring their own surroundings.
            let layer = agreed.tiling == nil ? network.layers[index] : network.layers[index].withPadding(0)
            let prepared = try Scheme.prepare(
                layer, input: shape, packing: agreed.packing, key: key,
                kept: activations.values.map(Scheme.ciphertexts),
                memory: memory)
            let (output, count) = try Scheme.apply(
                prepared, to: values, skipped: repeated ?? layer.skip.flatMap { activations[$0.source] },
                threads: threads)
            values = output
            products += count
            shape = try layer.outputShape(for: shape)
        }
        if round < agreement.rounds.count - 1 {
            disguise = Disguise(agreement, agreed)
            values = try cover(values, packing: agreed.packing)
        }
        let start = ContinuousClock.now
        values = try Scheme.rerandomise(
            values, packing: agreed.packing, protections: protections, key: key, threads: threads)
        rerandomiseSeconds += (ContinuousClock.now - start).seconds
        defer { round += 1 }
        return Message(
            direction: .down, round: round, ciphertexts: agreed.downloaded,
            body: Scheme.serialise(values, key: key, threads: threads))
    }

    /// The tensors of an upload: the input, or a pair of which one is kept, and what the round's layer adds where the client has
    /// to send it again.
    private func receive(
        _ message: Message, _ agreed: Agreement.Round
    ) throws -> (inputs: [Scheme.Encrypted], repeated: Scheme.Encrypted?) {
        let body = try message.body(direction: .up, round: round, ciphertexts: agreed.uploaded)
        let input = Scheme.bytes(of: agreed.input, packing: agreed.packing, key: key)
        let (count, isLast) = (agreed.inputTensors, agreed.repeatedSkip == nil)
        let skip = isLast ? 0 : Scheme.bytes(of: agreed.output, packing: agreed.packing, key: key)
        guard body.count == count * input + skip else {
            throw PrivateDenoisingError.malformedMessage("\(body.count) bytes of ciphertexts, \(count * input + skip) expected")
        }
        func read(_ start: Int, _ end: Int, _ shape: TensorShape) throws -> Scheme.Encrypted {
            try Scheme.deserialise(
                body[body.startIndex + start..<body.startIndex + end], shape: shape, packing: agreed.packing, key: key,
                threads: threads)
        }
        let inputs = try (0..<count).map { try read($0 * input, ($0 + 1) * input, agreed.input) }
        return (inputs, isLast ? nil : try read(count * input, body.count, agreed.output))
    }

    /// Multiplies values by their factors and changes their order.
    private mutating func cover(_ values: Scheme.Encrypted, packing: Packing) throws -> Scheme.Encrypted {
        var result = values
        if let factors = disguise.factors {
            if agreement.mode == .signedMask { unmasked = values }
            result = try Scheme.mask(values, factors: factors, packing: packing, key: key, threads: threads)
        }
        return disguise.order.map { Scheme.permute(result, order: $0) } ?? result
    }

    /// Makes activations of what came back for covered values: order and factors undone, and where a sign was changed, the
    /// other of a pair or the value itself added.
    private mutating func uncover(_ inputs: [Scheme.Encrypted], packing: Packing) throws -> Scheme.Encrypted {
        let inputs = disguise.inverseOrder.map { order in inputs.map { Scheme.permute($0, order: order) } } ?? inputs
        guard let factors = disguise.factors else { return inputs[0] }
        guard !agreement.mode.uploadsPairs else {
            return Scheme.select(inputs[0], inputs[1], second: disguise.negative, packing: packing)
        }
        let values = try Scheme.unmask(
            inputs[0], factors: factors.map(\.absoluteValue), packing: packing, key: key, threads: threads)
        guard let unmasked else { return values }
        self.unmasked = nil
        let sums = Scheme.sum(values, unmasked, threads: threads)
        return Scheme.select(values, sums, second: disguise.negative, packing: packing)
    }

    /// Keeps what a later layer adds and forgets what none adds any more.
    private mutating func keep(_ values: Scheme.Encrypted, asInputOf layer: Int) {
        let needed = agreement.layout == .tile ? [] : Set(network.layers[layer...].compactMap { $0.skip?.source })
        activations = activations.filter { needed.contains($0.key) }
        if needed.contains(layer) { activations[layer] = values }
    }
}
