public import Denoising
public import Numerics

/// The ciphertext is the plaintext. Protects nothing; separates faults of the protocol from faults of the cryptography.
public enum CleartextScheme: AdditiveScheme {
    public struct Key: Sendable {
        /// Pretended size of a plaintext, so that packings are those of a real key.
        public let plaintextBits: Int

        public init(plaintextBits: Int) { self.plaintextBits = plaintextBits }
    }

    public struct Layer: Sendable {
        let layer: IntegerLayer
        let limbs: Int
    }

    public typealias Encrypted = IntegerTensor

    public static let name = "cleartext"
    public static func plaintextBits(_ key: Key) -> Int { key.plaintextBits }
    public static func publicKey(of key: Key) -> Key { key }

    public static func encrypt(
        _ tensor: IntegerTensor, packing: Packing, key: Key, threads: Int
    ) -> IntegerTensor {
        IntegerTensor(shape: tensor.shape, values: tensor.values.resized(limbs: packing.limbs))
    }

    public static func decrypt(
        _ encrypted: IntegerTensor, shape: TensorShape, packing: Packing, key: Key, threads: Int
    ) -> (values: IntegerTensor, outOfRange: Int) {
        (encrypted, 0)
    }

    public static func ciphertexts(_ encrypted: IntegerTensor) -> Int { encrypted.values.count }

    public static func serialise(_ encrypted: IntegerTensor, key: Key, threads: Int) -> [UInt8] {
        encrypted.values.words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    public static func bytes(of shape: TensorShape, packing: Packing, key: Key) -> Int {
        8 * shape.elementCount * packing.limbs
    }

    public static func deserialise(
        _ bytes: ArraySlice<UInt8>, shape: TensorShape, packing: Packing, key: Key, threads: Int
    ) throws -> IntegerTensor {
        let expected = Self.bytes(of: shape, packing: packing, key: key)
        guard bytes.count == expected else {
            throw PrivateDenoisingError.malformedMessage("\(bytes.count) bytes of values, \(expected) expected")
        }
        var values = IntegerArray(count: shape.elementCount, limbs: packing.limbs)
        for (index, byte) in bytes.enumerated() {
            values.words[index / 8] |= UInt64(byte) << UInt64(56 - 8 * (index % 8))
        }
        return IntegerTensor(shape: shape, values: values)
    }

    public static func prepare(
        _ layer: IntegerLayer, input: TensorShape, packing: Packing, key: Key, kept: [Int], memory: Int
    ) -> Layer {
        Layer(layer: layer, limbs: packing.limbs)
    }

    public static func apply(
        _ layer: Layer, to input: IntegerTensor, skipped: IntegerTensor?, threads: Int
    ) throws -> (output: IntegerTensor, products: Int) {
        let sums = try layer.layer.accumulate(input, skipped: skipped, threads: threads)
        return (IntegerTensor(shape: sums.shape, values: sums.values.resized(limbs: layer.limbs)), 0)
    }

    public static func mask(
        _ encrypted: IntegerTensor, factors: [BigInteger], packing: Packing, key: Key, threads: Int
    ) -> IntegerTensor {
        var result = encrypted
        for index in 0..<encrypted.values.count {
            result.values[index] =
                encrypted.values[index] * factors[packing.ciphertext(of: index, encrypted.shape)]
        }
        return result
    }

    public static func unmask(
        _ encrypted: IntegerTensor, factors: [BigInteger], packing: Packing, key: Key, threads: Int
    ) throws -> IntegerTensor {
        var result = encrypted
        for index in 0..<encrypted.values.count {
            let factor = factors[packing.ciphertext(of: index, encrypted.shape)]
            let (quotient, remainder) = encrypted.values[index].quotientAndRemainder(dividingBy: factor)
            guard remainder.isZero else { throw PrivateDenoisingError.inexactUnmasking }
            result.values[index] = quotient
        }
        return result
    }

    public static func permute(_ encrypted: IntegerTensor, order: [Int]) -> IntegerTensor { encrypted.permuted(order) }

    public static func sum(_ first: IntegerTensor, _ second: IntegerTensor, threads: Int) -> IntegerTensor {
        var result = first
        for index in 0..<result.values.count { result.values[index] = first.values[index] + second.values[index] }
        return result
    }

    public static func select(
        _ first: IntegerTensor, _ other: IntegerTensor, second: [Bool], packing: Packing
    ) -> IntegerTensor {
        var result = first
        for index in 0..<result.values.count where second[packing.ciphertext(of: index, first.shape)] {
            result.values[index] = other.values[index]
        }
        return result
    }

    public static func rerandomise(
        _ encrypted: IntegerTensor, packing: Packing, protections: Protections, key: Key, threads: Int
    ) -> IntegerTensor {
        encrypted
    }
}
