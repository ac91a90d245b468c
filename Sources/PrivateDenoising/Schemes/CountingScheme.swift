import Denoising
import Paillier
import Synchronization
import Numerics

/// Counts ciphertexts instead of making them: what a run on Paillier will cost, before it costs anything.
///
/// Every count comes from the code that makes the real thing: messages from client and server, products from the plans of
/// `PaillierScheme`'s convolutions. Decrypted values are zeros.
enum CountingScheme: AdditiveScheme {
    final class Key: Sendable {
        let key: PaillierScheme.PublicKey
        /// Bytes of the largest round so far: ciphertexts, accumulators and tables.
        let peakBytes = Mutex(0)

        init(_ key: PaillierScheme.PublicKey) { self.key = key }
    }

    struct Layer: Sendable {
        let products, outputs: Int
    }

    /// How many.
    typealias Encrypted = Int

    static let name = "counting"
    static func plaintextBits(_ key: Key) -> Int { PaillierScheme.plaintextBits(key.key) }
    static func publicKey(of key: Key) -> Key { key }

    private static func count(_ shape: TensorShape, _ packing: Packing) -> Int {
        packing.groups * shape.with(count: 1).elementCount
    }

    static func encrypt(_ tensor: IntegerTensor, packing: Packing, key: Key, threads: Int) -> Int {
        count(tensor.shape, packing)
    }

    static func decrypt(
        _ encrypted: Int, shape: TensorShape, packing: Packing, key: Key, threads: Int
    ) -> (values: IntegerTensor, outOfRange: Int) {
        (IntegerTensor(shape: shape, limbs: packing.limbs), 0)
    }

    static func ciphertexts(_ encrypted: Int) -> Int { encrypted }

    static func serialise(_ encrypted: Int, key: Key, threads: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: encrypted * key.key.key.ciphertextBytes)
    }

    static func bytes(of shape: TensorShape, packing: Packing, key: Key) -> Int {
        PaillierScheme.bytes(of: shape, packing: packing, key: key.key)
    }

    static func deserialise(
        _ bytes: ArraySlice<UInt8>, shape: TensorShape, packing: Packing, key: Key, threads: Int
    ) -> Int {
        count(shape, packing)
    }

    static func prepare(
        _ layer: IntegerLayer, input: TensorShape, packing: Packing, key: Key, kept: [Int], memory: Int
    ) throws -> Layer {
        let real = try PaillierScheme.prepare(
            layer, input: input, packing: packing, key: key.key, kept: kept, memory: memory)
        let plan = real.product.plan
        key.peakBytes.withLock { $0 = max($0, real.residentBytes + plan.bytes) }
        return Layer(products: packing.groups * plan.products, outputs: packing.groups * real.outputCount)
    }

    static func apply(_ layer: Layer, to input: Int, skipped: Int?, threads: Int) -> (output: Int, products: Int) {
        (layer.outputs, layer.products)
    }

    static func mask(
        _ encrypted: Int, factors: [BigInteger], packing: Packing, key: Key, threads: Int
    ) -> Int { encrypted }
    static func unmask(
        _ encrypted: Int, factors: [BigInteger], packing: Packing, key: Key, threads: Int
    ) -> Int { encrypted }
    static func permute(_ encrypted: Int, order: [Int]) -> Int { encrypted }
    static func sum(_ first: Int, _ second: Int, threads: Int) -> Int { first }
    static func select(_ first: Int, _ other: Int, second: [Bool], packing: Packing) -> Int { first }
    static func rerandomise(
        _ encrypted: Int, packing: Packing, protections: Protections, key: Key, threads: Int
    ) -> Int { encrypted }
}
