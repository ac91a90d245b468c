public import Denoising
public import Numerics

/// Additively homomorphic encryption of whole tensors.
///
/// Client, server and transcript are written against this and nothing else; how values sit in ciphertexts is the scheme's own
/// business. `CleartextScheme` runs every mode in milliseconds, `PaillierScheme` for real.
public protocol AdditiveScheme: Sendable {
    associatedtype PublicKey: Sendable
    associatedtype PrivateKey: Sendable
    /// A batch of images' values, encrypted.
    associatedtype Encrypted: Sendable
    /// A layer made ready for one key and shape.
    associatedtype Layer: Sendable

    static var name: String { get }
    /// Bits that one ciphertext's plaintext can hold, sign included.
    static func plaintextBits(_ key: PublicKey) -> Int
    static func publicKey(of key: PrivateKey) -> PublicKey

    // The client's side.

    /// Fresh encryptions; zeros are encrypted like everything else.
    static func encrypt(_ tensor: IntegerTensor, packing: Packing, key: PrivateKey, threads: Int) throws -> Encrypted
    /// Values of `packing.limbs` words. - Returns: how many ciphertexts held something no honest run can produce, beside the values.
    static func decrypt(
        _ encrypted: Encrypted, shape: TensorShape, packing: Packing, key: PrivateKey, threads: Int
    ) throws -> (values: IntegerTensor, outOfRange: Int)

    // Messages.

    static func ciphertexts(_ encrypted: Encrypted) -> Int
    static func serialise(_ encrypted: Encrypted, key: PublicKey, threads: Int) -> [UInt8]
    /// How many bytes `serialise` makes of a tensor of this shape.
    static func bytes(of shape: TensorShape, packing: Packing, key: PublicKey) -> Int
    /// Reads and validates a tensor received from the other side.
    static func deserialise(
        _ bytes: ArraySlice<UInt8>, shape: TensorShape, packing: Packing, key: PublicKey, threads: Int
    ) throws -> Encrypted

    // The server's side.

    /// - Parameters:
    ///   - kept: ciphertexts of each tensor the server keeps beside this layer's input.
    ///   - memory: bytes for all of them, the layer's input and output, and its work.
    static func prepare(
        _ layer: IntegerLayer, input: TensorShape, packing: Packing, key: PublicKey, kept: [Int], memory: Int
    ) throws -> Layer
    /// Correlation, skip and bias, without fresh randomness. - Returns: the products of the correlation, a count that depends on
    /// public shapes and widths only, beside the result.
    static func apply(
        _ layer: Layer, to input: Encrypted, skipped: Encrypted?, threads: Int
    ) throws -> (output: Encrypted, products: Int)
    /// Multiplies the values of every ciphertext by its factor, which may be negative.
    /// - Parameter factors: `[group of images][position]`, one per ciphertext of the packing.
    static func mask(
        _ encrypted: Encrypted, factors: [BigInteger], packing: Packing, key: PublicKey, threads: Int
    ) throws -> Encrypted
    /// Undoes `mask` with positive factors. - Throws: when a value is not divisible by its factor (where the scheme can see it).
    static func unmask(
        _ encrypted: Encrypted, factors: [BigInteger], packing: Packing, key: PublicKey, threads: Int
    ) throws -> Encrypted
    /// Position j of every image becomes position `order[j]`.
    static func permute(_ encrypted: Encrypted, order: [Int]) -> Encrypted
    /// The sum of two tensors of one shape and packing.
    static func sum(_ first: Encrypted, _ second: Encrypted, threads: Int) -> Encrypted
    /// For every ciphertext of the packing, in the order of `mask`, the first tensor's or, where `second` says so, the second's.
    static func select(_ first: Encrypted, _ other: Encrypted, second: [Bool], packing: Packing) -> Encrypted
    /// Fresh randomness for every ciphertext and fresh noise in every unused slot: the last step before anything is sent.
    static func rerandomise(
        _ encrypted: Encrypted, packing: Packing, protections: Protections, key: PublicKey, threads: Int
    ) throws -> Encrypted
}
