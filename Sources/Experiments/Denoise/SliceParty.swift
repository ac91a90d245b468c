import Denoising
import Imaging
import PrivateDenoising

/// Where the network is that a slice goes through: in this process, or with a server elsewhere.
protocol SliceParty: Sendable {
    associatedtype Scheme: MeasuredScheme

    /// What a run on images of a shape would be; a whole slice in bands that fit the memory.
    /// - Throws: what keeps the network, the settings and the memory from going together.
    func terms(_ shape: TensorShape) throws -> SliceTerms
    /// Runs a batch.
    /// - Parameters:
    ///   - resuming: where an earlier run stopped, in the tile layout.
    ///   - progress: called with the messages of the run that are done, after each.
    ///   - onState: called between layers of the tile layout.
    mutating func run(
        _ input: IntegerTensor, _ terms: SliceTerms, resuming: Client<Scheme>.State?,
        progress: (_ messages: Int, _ bytes: Int) -> Void,
        onState: (Client<Scheme>.State, SliceTotals) throws -> Void
    ) throws -> SlicePart
    /// Key and parameters, for files that tell how they were made.
    var key: Scheme.PrivateKey { get }
    /// What is told of a key's budget; nil where a key serves for ever, or who counts is elsewhere.
    func budget(_ terms: SliceTerms, runs: Int) throws -> String?
    /// Of both sides one after the other; nil where nobody measures.
    func seconds(_ terms: SliceTerms) throws -> Double?
}

/// What a run would be, and what its results need.
struct SliceTerms: Sendable {
    let agreement: Agreement
    let window: HounsfieldWindow
    /// SHA-256 of the weights' content.
    let weights: String
    /// Bytes of the largest round, for both sides; nil where that is elsewhere.
    let peakBytes: Int?

    var steps: [Step] { get throws { try agreement.steps } }
    func bytes(_ direction: Message.Direction) throws -> Int {
        try steps.reduce(0) { $0 + ($1.direction == direction ? $1.messageBytes : 0) }
    }
}

/// What came of a run.
struct SlicePart: Sendable {
    let output: IntegerTensor
    let outOfRange: Int
    /// Of this run.
    var totals: SliceTotals
}

/// Both sides in this process, every value of every round compared.
struct LocalParty<Scheme: MeasuredScheme>: SliceParty {
    private let settings: ProtocolSettings
    private let network: IntegerNetwork
    private let window: HounsfieldWindow
    private let weights: String
    private var keys = RunKeys()
    private(set) var key: Scheme.PrivateKey

    /// - Throws: what quantising the network throws.
    init(_ settings: ProtocolSettings, _ trained: TrainedNetwork) throws {
        self.settings = settings
        network = try trained.integers(for: settings.mode.networkKind, precision: settings.precision)
        window = trained.window
        weights = try trained.contentDigest()
        key = try keys(Scheme.self, settings.key).key
    }

    func terms(_ shape: TensorShape) throws -> SliceTerms {
        let (agreement, prediction): (Agreement, CostPrediction)
        if settings.layout == .tile {
            (agreement, prediction) = try CostPrediction.inBands(
                Scheme.self, rows: shape.height, network: network, key: Scheme.publicKey(of: key),
                memory: settings.memoryBytes
            ) { try settings.agreement(network, images: shape, bandRows: $0) }
        } else {
            agreement = try settings.agreement(network, images: shape)
            prediction = try settings.prediction(Scheme.self, agreement, network, key: key)
        }
        return SliceTerms(agreement: agreement, window: window, weights: weights, peakBytes: prediction.peakBytes)
    }

    func seconds(_ terms: SliceTerms) throws -> Double? {
        try Scheme.speed(with: key, threads: settings.workers)?.seconds(
            settings.prediction(Scheme.self, terms.agreement, network, key: key), mask: terms.agreement.mask,
            keyBits: settings.key.bits)
    }

    func budget(_ terms: SliceTerms, runs: Int) throws -> String? {
        guard let wear = try Scheme.affordableWear(by: terms.agreement, network) else { return nil }
        let perKey = max(1, Int(min(1 / wear.share, 1e9)))
        let keys = (runs + perKey - 1) / perKey
        return "distance of the answers \(wear.words); \(keys == 1 ? "1 key" : "\(keys) keys")"
    }

    mutating func run(
        _ input: IntegerTensor, _ terms: SliceTerms, resuming: Client<Scheme>.State?,
        progress: (_ messages: Int, _ bytes: Int) -> Void,
        onState: (Client<Scheme>.State, SliceTotals) throws -> Void
    ) throws -> SlicePart {
        key = try keys.key(Scheme.self, settings.key, spentOn: terms.agreement, network).key
        let steps = try terms.steps
        let run = try PrivateRun(
            Scheme.self, agreement: terms.agreement, network: network, key: key, images: input,
            threads: settings.workers, memory: settings.memoryBytes, resuming: resuming
        ) { rounds, _ in
            let done = steps.prefix { $0.round < rounds }
            progress(done.count, done.reduce(0) { $0 + $1.messageBytes })
        } onState: { state, transcript, mismatched in
            try onState(state, SliceTotals([transcript], mismatched: mismatched))
        }
        var totals = SliceTotals([run.transcript], mismatched: run.mismatchedValues)
        totals.saturated = run.saturatedValues
        return SlicePart(output: run.output, outOfRange: run.outOfRange, totals: totals)
    }
}
