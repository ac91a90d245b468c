public import Denoising
public import struct Foundation.Data
public import Numerics

/// What a tensor is in its round.
public enum TensorRole: Sendable, Hashable, CaseIterable {
    /// What the round's first layer reads: sent up.
    case input
    /// An earlier activation that the client sends again to be added to the output, in the output's layout: sent up.
    case skip
    /// The accumulators of the round's last layer: sent down.
    case output
}

/// How the tensors of one round sit in ciphertexts: sizes that both parties know before anything is sent.
///
/// Tensors come to a scheme, and leave it, as whole images; how they are cut, packed or repeated on the way is known to the layout
/// alone.
public protocol TensorLayout: Sendable, Hashable, Codable {
    /// Ciphertexts of a tensor, as tables count them.
    func ciphertexts(_ role: TensorRole) -> Int
    /// Exactly how many bytes `AdditiveScheme.serialise` makes of a tensor. Directions may differ.
    func bytes(_ role: TensorRole) -> Int
    /// Groups of images that have ciphertexts of their own for every position of an output.
    var outputGroups: Int { get }
    /// Images whose values can share a ciphertext; 1 where every image has ciphertexts of its own.
    var imagesTogether: Int { get }
    /// How much of the ciphertexts' room is in use, for tables; nil where there is nothing to count.
    var usage: LayoutUsage? { get }
}

extension TensorLayout {
    public var outputGroups: Int { 1 }
    public var imagesTogether: Int { 1 }
    public var usage: LayoutUsage? { nil }

    /// Which ciphertext, counted `[group][position]`, holds value `index` of an output `[image][position]`.
    func ciphertext(of index: Int, _ shape: TensorShape) -> Int {
        let positions = shape.with(count: 1).elementCount
        return index / positions / imagesTogether * positions + index % positions
    }

    /// What `AdditiveScheme.mask` does, to the values themselves. - Precondition: products fit `limbs` words.
    func multiplied(_ values: IntegerTensor, by factors: [BigInteger], limbs: Int) -> IntegerTensor {
        var result = IntegerTensor(shape: values.shape, limbs: limbs)
        for index in 0..<values.values.count {
            result.values[index] = values.values[index] * factors[ciphertext(of: index, values.shape)]
        }
        return result
    }
}

/// Places for values that share a ciphertext, per position of a tensor.
public struct LayoutUsage: Sendable, Hashable {
    public let used: Int
    /// Filled with noise before they leave the server.
    public let unused: Int
    /// Places of a whole tensor, over all tiles, that lie beyond the image's edge.
    public let overhang: Int
}

/// What a run takes of a key that may be used only so often.
public struct KeyWear: Sendable, Hashable {
    /// Of all that the key may be used for; above 1 where one run is too much.
    public let share: Double
    /// The distance of the run's answers from ones that the network has no part in, and what all under one key may come to.
    public let words: String

    /// A power of two, its exponent to a tenth.
    static func power(_ exponent: Double) -> String { "2^\((10 * exponent).rounded() / 10)" }
}

/// Additively homomorphic encryption of whole tensors.
///
/// Client, server, session and transcript are written against this and nothing else. `CleartextScheme` runs every mode in
/// milliseconds, `PaillierScheme` for real.
///
/// To add a scheme:
/// 1. Add a case to `SchemeName` and `SchemeParameters`, in one file; exhaustive switches there name the scheme's type.
/// 2. Conform here. `objection` says which agreements the scheme cannot run and why, one line each; `layouts` gives one
///    layout per round of the others and throws `slotsTooNarrow` or `schemeMismatch` naming the layer that does not fit.
///    `Layout.bytes` is exact in either direction: messages are cut and limited by it.
/// 3. Operations that only some modes need (`mask`, `unmask`, `permute`, `sum`, `select`) throw unless the scheme has
///    them; refuse those modes in `objection`, and they are never asked for.
/// 4. `MeasuredScheme` says what experiments, tables and key files ask of it, in one file.
/// `ProtocolTests` runs every scheme through every mode.
public protocol AdditiveScheme: Sendable {
    associatedtype PublicKey: Sendable
    associatedtype PrivateKey: Sendable
    /// A batch of images' values, encrypted: an upload as it arrived, what layers make of it, or an answer.
    associatedtype Encrypted: Sendable
    /// A layer made ready for one key and layout.
    associatedtype Layer: Sendable
    associatedtype Layout: TensorLayout
    /// The randomness of a tensor's ciphertexts, made before its values are known. A secret that is used once: whoever has both it
    /// and the ciphertexts knows what they hide.
    associatedtype Ahead: Sendable = Never

    static var name: SchemeName { get }
    static func publicKey(of key: PrivateKey) -> PublicKey
    static func parameters(of key: PublicKey) -> SchemeParameters
    /// Those that go with a modulus of `keyBits` bits, where the scheme has a size to choose.
    static func parameters(keyBits: Int) -> SchemeParameters
    /// Whether a key can have them; parameters of another scheme, or far from what anyone runs, are none.
    static func accepts(_ parameters: SchemeParameters) -> Bool
    /// Tells keys apart, in transcripts; empty where there is none.
    static func identity(of key: PublicKey) -> String
    /// The key that everyone has, where nothing is encrypted; nil where decrypting takes a secret.
    static func keyOfEveryone(_ parameters: SchemeParameters) -> PrivateKey?
    /// Whether shares are sums over the integers, whose wraps are hidden up to a distance in the room that slots leave.
    static var hidesWraps: Bool { get }

    /// The first reason why the scheme cannot run an agreement of its own parameters, or nil.
    static func objection(to agreement: Agreement) -> String?
    /// One layout per round.
    /// - Throws: `slotsTooNarrow` or `schemeMismatch`, naming a layer that does not fit.
    static func layouts(for agreement: Agreement) throws -> [Layout]
    /// Refuses a network whose answers would be further from perfect ones than the agreement's mode asks.
    /// - Throws: `schemeMismatch`.
    static func requireDistance(_ agreement: Agreement, _ network: IntegerNetwork) throws
    /// What a run takes of its key; nil where a key serves for ever.
    static func wear(by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear?

    // Public keys that travel.

    /// A public key for the other side: the scheme's own documented format.
    static func transfer(_ key: PublicKey) throws -> Data
    /// Reads and checks a key that came from elsewhere.
    /// - Parameters:
    ///   - parameters: as announced; the key has to have them.
    ///   - allowsInsecure: takes keys that protect nothing worth protecting, for measurements.
    ///   - isWanted: throws why not, once the key is read and before more is made of it.
    /// - Throws: `badKey`, what `isWanted` throws.
    static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> PublicKey
    /// Bytes that a key of these parameters takes for as long as it is there, made of it where it is received.
    static func residentBytes(of parameters: SchemeParameters) -> Int

    // Either side.

    /// Makes some of what is still missing of randomness made ahead.
    /// - Returns: whether more is missing; it is made when it is used.
    static func makeSome(of ahead: Ahead) -> Bool

    // The client's side.

    /// What `encrypt` can do before the images are known; nil where that is nothing.
    static func ahead(ofUpload role: TensorRole, layout: Layout, key: PrivateKey, threads: Int) -> Ahead?
    /// Fresh encryptions of whole images; zeros are encrypted like everything else.
    /// - Parameter ahead: of this role, layout and key, not used before; nil draws what it takes now.
    static func encrypt(
        _ tensor: IntegerTensor, as role: TensorRole, layout: Layout, key: PrivateKey, ahead: Ahead?, threads: Int
    ) throws -> Encrypted
    /// The whole images of a tensor. - Returns: how many ciphertexts held something no honest run can produce, beside the values.
    static func decrypt(
        _ encrypted: Encrypted, as role: TensorRole, layout: Layout, key: PrivateKey, threads: Int
    ) throws -> (values: IntegerTensor, outOfRange: Int)

    // Messages.

    /// As many bytes as the layout says of the tensor's role.
    static func serialise(_ encrypted: Encrypted, key: PublicKey, threads: Int) -> [UInt8]
    /// Reads and validates a tensor received from the other side.
    static func deserialise(
        _ bytes: ArraySlice<UInt8>, as role: TensorRole, layout: Layout, key: PublicKey, threads: Int
    ) throws -> Encrypted

    // The server's side.

    /// - Parameters:
    ///   - input: shape of the layer's input as whole images.
    ///   - layout: of the round the layer belongs to.
    ///   - kept: ciphertexts of each tensor the server keeps beside this layer's input.
    ///   - memory: bytes for all of them, the layer's input and output, and its work.
    static func prepare(
        _ layer: IntegerLayer, input: TensorShape, layout: Layout, key: PublicKey, kept: [Int], memory: Int
    ) throws -> Layer
    /// What a prepared layer will do, counted by the plan that does it.
    static func cost(of layer: Layer) -> LayerCost
    /// Correlation, skip and bias, without fresh randomness. - Returns: the products of the correlation, a count that depends on
    /// public shapes and widths only, beside the result.
    static func apply(
        _ layer: Layer, to input: Encrypted, skipped: Encrypted?, threads: Int
    ) throws -> (output: Encrypted, products: Int)
    /// What `rerandomise` can do before there is an output; nil where that is nothing.
    static func ahead(ofAnswer layout: Layout, protections: Protections, key: PublicKey, threads: Int) -> Ahead?
    /// Makes an answer of a round's output: fresh randomness for every ciphertext, and nothing readable that was not asked for. The
    /// last step before anything is sent.
    /// - Parameter ahead: of this layout, these protections and this key, not used before; nil draws what it takes now.
    static func rerandomise(
        _ encrypted: Encrypted, layout: Layout, protections: Protections, key: PublicKey, ahead: Ahead?, threads: Int
    ) throws -> Encrypted

    // Shares modulo 2^U, where `shared` runs.

    /// Adds one party's shares of whole images to the other's, which are encrypted.
    static func addShares(
        _ shares: IntegerTensor, to encrypted: Encrypted, as role: TensorRole, layout: Layout, key: PublicKey,
        threads: Int
    ) throws -> Encrypted
    /// Adds masks of U bits to the values of an output, so that what is decrypted tells nothing but the sum modulo 2^U; where
    /// values wrap over the integers, the wraps are hidden up to a statistical distance of 2^-62 a value.
    static func maskShares(
        _ encrypted: Encrypted, with masks: IntegerTensor, layout: Layout, key: PublicKey, threads: Int
    ) throws -> Encrypted

    // Masks and orders: for schemes that can run the modes that have them.

    /// Multiplies the values of every ciphertext of an output by its factor, which may be negative.
    /// - Parameter factors: one per ciphertext of the output, in the layout's order.
    static func mask(
        _ encrypted: Encrypted, factors: [BigInteger], layout: Layout, key: PublicKey, threads: Int
    ) throws -> Encrypted
    /// Undoes `mask` with positive factors. - Throws: when a value is not divisible by its factor (where the scheme can see it).
    static func unmask(
        _ encrypted: Encrypted, factors: [BigInteger], layout: Layout, key: PublicKey, threads: Int
    ) throws -> Encrypted
    /// Position j of every image becomes position `order[j]`.
    static func permute(_ encrypted: Encrypted, order: [Int]) throws -> Encrypted
    /// The sum of two tensors of one layout.
    static func sum(_ first: Encrypted, _ second: Encrypted, threads: Int) throws -> Encrypted
    /// For every ciphertext, in the order of `mask`, the first tensor's or, where `second` says so, the second's.
    static func select(_ first: Encrypted, _ other: Encrypted, second: [Bool], layout: Layout) throws -> Encrypted
}

/// What one layer costs the server.
public struct LayerCost: Sendable, Hashable {
    /// Ciphertext products of the correlation.
    public let products: Int
    /// Bytes of everything in memory at the layer's largest moment; 0 where nothing is encrypted.
    public let bytes: Int
    /// Ciphertexts of the output.
    public let ciphertexts: Int

    public init(products: Int, bytes: Int, ciphertexts: Int) {
        self.products = products
        self.bytes = bytes
        self.ciphertexts = ciphertexts
    }
}

extension AdditiveScheme {
    private static var unsupported: PrivateDenoisingError {
        .schemeMismatch(scheme: name, reason: "it has no masks and no orders of values")
    }

    public static func keyOfEveryone(_ parameters: SchemeParameters) -> PrivateKey? { nil }
    public static func makeSome(of ahead: Ahead) -> Bool { false }
    public static func ahead(ofUpload role: TensorRole, layout: Layout, key: PrivateKey, threads: Int) -> Ahead? { nil }
    public static func ahead(
        ofAnswer layout: Layout, protections: Protections, key: PublicKey, threads: Int
    ) -> Ahead? { nil }
    public static var hidesWraps: Bool { false }
    /// Where distances follow from the agreement alone.
    public static func requireDistance(_ agreement: Agreement, _ network: IntegerNetwork) throws {}
    public static func wear(by agreement: Agreement, _ network: IntegerNetwork) throws -> KeyWear? { nil }
    public static func residentBytes(of parameters: SchemeParameters) -> Int { 0 }
    public static func mask(
        _ encrypted: Encrypted, factors: [BigInteger], layout: Layout, key: PublicKey, threads: Int
    ) throws -> Encrypted { throw unsupported }
    public static func unmask(
        _ encrypted: Encrypted, factors: [BigInteger], layout: Layout, key: PublicKey, threads: Int
    ) throws -> Encrypted { throw unsupported }
    public static func permute(_ encrypted: Encrypted, order: [Int]) throws -> Encrypted { throw unsupported }
    public static func sum(_ first: Encrypted, _ second: Encrypted, threads: Int) throws -> Encrypted {
        throw unsupported
    }
    public static func select(
        _ first: Encrypted, _ other: Encrypted, second: [Bool], layout: Layout
    ) throws -> Encrypted { throw unsupported }
}
