import Denoising
import Numerics

/// What a mode is, both halves of it.
///
/// Client and server drive linear layers: the client encrypts, the server computes, the client decrypts. What is done to values
/// before they are sent and after they return is the mode's. In every round
/// ```
/// client half   activations         -> the tensors that go up                    (uploads(in:) of them)
/// server half   uncover(tensors)    -> one encrypted activation, the round's input
///               cover(accumulators) -> what is re-randomised and sent down
/// client half   take(values)        <- what it decrypted
/// both halves   send, receive       -> the round's exchange, message by message; none in most modes
/// ```
///
/// To add a mode: add one file here with a type that conforms and its two halves, and one case of `Mode` that names it. Messages of its
/// own are listed in `setup(of:)`, before the first round, and `exchange(after:of:)`, after a round's answer; either side may
/// send any of them, and every length is known from the agreement. Secrets that must not be copied belong in a final class with
/// noncopyable storage that the half holds. `ProtocolTests` runs every mode on every scheme that does not object.
protocol ModeDefinition: Sendable {
    static var clientSees: String { get }
    static var networkKind: IntegerNetwork.Kind { get }
    static var usesMask: Bool { get }
    static var hidesSigns: Bool { get }
    /// How images may be laid out.
    static var layouts: Set<Layout> { get }
    /// Whether linear layers can run before the image is known.
    static var runsOffline: Bool { get }
    /// The first reason why a network of the right kind cannot be run, or nil.
    static func objection(to network: IntegerNetwork) -> String?
    /// Why values cannot be sent in another order, or nil.
    static func objection(to permutation: Permutation, in mode: Mode) -> String?

    /// Width that the values of each layer need, sign and cover included.
    static func widths(of network: IntegerNetwork, mask: MaskOptions?) -> [Int]
    /// The largest magnitude that an accumulator of a layer can have, as far as the client is told.
    static func publicBound(of layer: IntegerLayer) -> BigInteger
    /// What is public of a layer's activation.
    static func publicActivation(of layer: IntegerLayer) -> IntegerLayer.Activation
    /// What keeps public values that came from elsewhere from describing a run of this mode, or nil.
    static func objection(to agreement: Agreement) -> String?
    /// The largest magnitude an honest client can see in a round.
    static func largestSeen(in round: Agreement.Round, of agreement: Agreement) -> BigInteger
    /// Tensors of the input's shape that go up in a round.
    static func uploads(in round: Int) -> Int
    /// The mode's own messages before the first round, and after a round's answer.
    static func setup(of agreement: Agreement) -> [Exchange]
    static func exchange(after round: Int, of agreement: Agreement) -> [Exchange]
    /// Bits of the shares that both parties hold of every activation; nil where values are not shared.
    static func widthOfShares(_ agreement: Agreement) -> Int?
    /// log2 of the statistical distance from perfect shares that what the client sees in a run has at most, where shares are hidden in
    /// slots of integers; nil elsewhere.
    static func distanceOfShares(_ agreement: Agreement) -> Double?
    /// Whether a server elsewhere keeps nothing between messages but what its agreement says, so that a session can go on with another.
    static var canGoOn: Bool { get }
    /// Whether both parties have all that makes a round's accumulators once this message was read: for whoever plays both sides and
    /// compares.
    static func completesAccumulators(_ step: Step, of agreement: Agreement) -> Bool

    static func client(_ context: ClientContext) throws -> any ClientHalf
    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) throws -> any ServerHalf<Scheme>
}

/// One message of a mode's own.
struct Exchange: Sendable, Hashable {
    let sender: Message.Direction
    let phase: Phase
    /// Of the body.
    let bytes: Int
}

/// The client's half of a mode.
protocol ClientHalf: Sendable {
    /// The tensors that go up next; after the last round the network's output alone. Whole images.
    var activations: [IntegerTensor] { get }
    /// The tensors that go up in a round.
    func uploads(in round: Int) throws -> [IntegerTensor]
    /// The images, or where an earlier client stopped.
    mutating func begin(_ activation: IntegerTensor)
    /// The decrypted values of a round whose output is complete.
    mutating func take(_ values: IntegerTensor, of round: Agreement.Round) throws
    /// What decrypted values say, where that is less than the values: a share modulo its width.
    func seen(_ values: IntegerTensor) -> IntegerTensor
    /// What it saw in a round, where that is not the last answer.
    func seen(round: Int) -> IntegerTensor?
    mutating func send(_ step: Step) throws -> [UInt8]
    mutating func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws
}

/// What the client's half works with. Keys and ciphertexts are the client's own.
struct ClientContext: Sendable {
    let agreement: Agreement
    let threads: Int
    let protections: Protections
    /// Of a client that deviates; modes without shares have no use for them.
    let shifts: ShareShifts
}

/// What the server's half works with: nothing of the client's but its public key.
struct ServerContext<Scheme: AdditiveScheme>: Sendable {
    let agreement: Agreement
    let network: IntegerNetwork
    /// One per round.
    let layouts: [Scheme.Layout]
    let key: Scheme.PublicKey
    let threads: Int
    let protections: Protections
}

/// The server's half of a mode.
protocol ServerHalf<Scheme>: Sendable {
    associatedtype Scheme: AdditiveScheme
    /// One encrypted activation of the tensors of an upload; in round 0 they are the images.
    mutating func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted
    /// What the round's layer adds, where the client sent it again.
    mutating func uncover(skip: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted
    /// What the client may see of a round's accumulators.
    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted
    mutating func send(_ step: Step) throws -> [UInt8]
    mutating func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws
    /// What the client has to see if these are the accumulators of the last answer: for whoever plays both sides and compares.
    func seen(_ accumulators: IntegerTensor, round: Int) throws -> IntegerTensor
    /// What the client has to hold after the exchange if these are the activations; nil where it follows from what it saw.
    func held(_ activations: IntegerTensor, round: Int) throws -> IntegerTensor?
}

// What most modes say.

extension ModeDefinition {
    static var usesMask: Bool { false }
    static var hidesSigns: Bool { false }
    static var layouts: Set<Layout> { [.batch] }
    static var runsOffline: Bool { false }
    static var canGoOn: Bool { false }

    static func objection(to network: IntegerNetwork) -> String? {
        guard let layer = network.layers.dropLast().first(where: { $0.activation == .none }) else { return nil }
        return "no ReLU after \(layer.name); one after every layer but the last expected"
    }

    /// Only positions within a channel can move where the client requantises: its constants differ by channel.
    static func objection(to permutation: Permutation, in mode: Mode) -> String? {
        permutation == .positions || !networkKind.isRequantised
            ? nil : "the client's constants in mode \(mode.rawValue) differ by channel"
    }

    /// The last values are not covered. A layer's width also holds its input, whose sign bit is 0.
    static func widths(of network: IntegerNetwork, mask: MaskOptions?) -> [Int] {
        let last = network.layers.count - 1
        return network.layers.enumerated().map { index, layer in
            max(layer.accumulatorBits + (index == last ? 0 : mask?.bits ?? 0), layer.largestInput.bitWidth + 1)
        }
    }
    static func publicBound(of layer: IntegerLayer) -> BigInteger { layer.accumulatorBounds.max() ?? .zero }
    static func largestSeen(in round: Agreement.Round, of agreement: Agreement) -> BigInteger {
        round.bound << (round.isLast ? 0 : agreement.mask?.bits ?? 0)
    }
    static func publicActivation(of layer: IntegerLayer) -> IntegerLayer.Activation { layer.activation }
    static func objection(to agreement: Agreement) -> String? { nil }
    static func widthOfShares(_ agreement: Agreement) -> Int? { nil }
    static func distanceOfShares(_ agreement: Agreement) -> Double? { nil }
    static func uploads(in round: Int) -> Int { 1 }
    static func setup(of agreement: Agreement) -> [Exchange] { [] }
    static func exchange(after round: Int, of agreement: Agreement) -> [Exchange] { [] }
    static func completesAccumulators(_ step: Step, of agreement: Agreement) -> Bool {
        step.kind == .ciphertexts && step.direction == .down
    }

    static func client(_ context: ClientContext) throws -> any ClientHalf { ActivatingClient(context) }
    static func server<Scheme: AdditiveScheme>(_ context: ServerContext<Scheme>) throws -> any ServerHalf<Scheme> {
        PlainServer()
    }
}

extension ClientHalf {
    func uploads(in round: Int) throws -> [IntegerTensor] { activations }
    func seen(_ values: IntegerTensor) -> IntegerTensor { values }
    func seen(round: Int) -> IntegerTensor? { nil }
    mutating func send(_ step: Step) throws -> [UInt8] { throw PrivateDenoisingError.noExchange }
    mutating func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws { throw PrivateDenoisingError.noExchange }
}

extension ServerHalf {
    mutating func uncover(_ tensors: [Scheme.Encrypted], round: Int) throws -> Scheme.Encrypted { tensors[0] }
    mutating func uncover(skip: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted { skip }
    mutating func cover(_ values: Scheme.Encrypted, round: Int) throws -> Scheme.Encrypted { values }
    mutating func send(_ step: Step) throws -> [UInt8] { throw PrivateDenoisingError.noExchange }
    mutating func receive(_ body: ArraySlice<UInt8>, _ step: Step) throws { throw PrivateDenoisingError.noExchange }
    func seen(_ accumulators: IntegerTensor, round: Int) throws -> IntegerTensor { accumulators }
    func held(_ activations: IntegerTensor, round: Int) throws -> IntegerTensor? { nil }
}

/// Sends what it computed.
private struct PlainServer<Scheme: AdditiveScheme>: ServerHalf {}

/// The client of every mode in which it applies the activation to what it sees: ReLU or requantisation.
struct ActivatingClient: ClientHalf {
    private let threads: Int
    private(set) var activations: [IntegerTensor] = []

    init(_ context: ClientContext) { threads = context.threads }

    mutating func begin(_ activation: IntegerTensor) { activations = [activation] }
    mutating func take(_ values: IntegerTensor, of round: Agreement.Round) {
        activations = [round.activation.apply(to: values, threads: threads)]
    }
}
