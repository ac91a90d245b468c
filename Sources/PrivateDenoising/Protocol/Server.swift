public import Denoising
package import WideIntegers

/// The owner of the network. It is made from a public key only and sees nothing but messages.
///
/// Every ciphertext it sends is re-randomised and its unused slots are filled with noise; no option switches that off.
public struct Server<Scheme: AdditiveScheme>: Sendable {
    private let agreement: Agreement
    private let network: IntegerNetwork
    private let key: Scheme.PublicKey
    private let threads: Int
    private let memory: Int
    /// The default of `memory`: 4 GiB.
    public static var defaultMemory: Int { 4 << 30 }

    private var round = 0
    /// What layers see: the input, then what each layer passes on. Kept while a later layer adds it.
    private var activations: [Int: Scheme.Encrypted] = [:]
    /// The masks of the last answer, the server's secret. Visible to this package, whose harness plays both sides and compares.
    package private(set) var masks: [BigInteger] = []
    /// Products of the last answer's correlations.
    public private(set) var products = 0
    /// Seconds spent on fresh randomness so far.
    public private(set) var rerandomiseSeconds = 0.0

    /// - Parameter memory: bytes for a round: ciphertexts received, kept and made, and the accumulators and tables of the
    ///   convolutions in work, which get what the others leave.
    public init(
        agreement: Agreement, network: IntegerNetwork, key: Scheme.PublicKey, threads: Int = 1,
        memory: Int = Self.defaultMemory
    ) {
        self.agreement = agreement
        self.network = network
        self.key = key
        self.threads = threads
        self.memory = memory
    }

    /// Runs the layers of one round on an upload.
    /// - Throws: `malformedMessage`, or the scheme's error for ciphertexts out of range.
    public mutating func evaluate(_ message: Message) throws -> Message {
        guard round < agreement.rounds.count else {
            throw PrivateDenoisingError.malformedMessage("a message after the last round")
        }
        let agreed = agreement.rounds[round]
        var (values, repeated) = try receive(message, agreed)
        if !masks.isEmpty { values = try Scheme.unmask(values, factors: masks, key: key, threads: threads) }
        masks = []
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
        if agreement.mode.usesMask, round < agreement.rounds.count - 1 {
            masks = drawMasks(shape.elementCount)
            values = try Scheme.mask(values, factors: masks, key: key, threads: threads)
        }
        let start = ContinuousClock.now
        values = try Scheme.rerandomise(values, packing: agreed.packing, key: key, threads: threads)
        rerandomiseSeconds += (ContinuousClock.now - start).seconds
        defer { round += 1 }
        return Message(
            direction: .down, round: round, ciphertexts: agreed.downloaded,
            body: Scheme.serialise(values, key: key, threads: threads))
    }

    /// The tensors of an upload: the input, and what the round's layer adds where the client has to send it again.
    private func receive(
        _ message: Message, _ agreed: Agreement.Round
    ) throws -> (input: Scheme.Encrypted, repeated: Scheme.Encrypted?) {
        let body = try message.body(direction: .up, round: round, ciphertexts: agreed.uploaded)
        func read(_ bytes: ArraySlice<UInt8>, _ shape: TensorShape) throws -> Scheme.Encrypted {
            try Scheme.deserialise(bytes, shape: shape, packing: agreed.packing, key: key, threads: threads)
        }
        guard agreed.repeatedSkip != nil else { return (try read(body, agreed.input), nil) }
        // Ciphertexts are of one size, so the border between the tensors follows from the counts.
        let border = body.startIndex + body.count / agreed.uploaded * agreed.inputCiphertexts
        return (try read(body[..<border], agreed.input), try read(body[border...], agreed.output))
    }

    /// Keeps what a later layer adds and forgets what none adds any more.
    private mutating func keep(_ values: Scheme.Encrypted, asInputOf layer: Int) {
        let needed = agreement.layout == .tile ? [] : Set(network.layers[layer...].compactMap { $0.skip?.source })
        activations = activations.filter { needed.contains($0.key) }
        if needed.contains(layer) { activations[layer] = values }
    }

    /// One factor per value, uniform in `[1, 2^maskBits)`, from the system's generator.
    private func drawMasks(_ count: Int) -> [BigInteger] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in BigInteger(Int.random(in: 1..<1 << agreement.maskBits, using: &generator)) }
    }
}
