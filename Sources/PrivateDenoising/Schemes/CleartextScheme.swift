public import Denoising
public import struct Foundation.Data
public import Numerics

/// The ciphertext is the plaintext. Protects nothing; separates faults of the protocol from faults of the cryptography.
public enum CleartextScheme: AdditiveScheme {
    public struct Key: Sendable {
        /// Pretended size of a plaintext, so that packings are those of a real key.
        public let plaintextBits: Int

        public init(plaintextBits: Int) { self.plaintextBits = plaintextBits }

        /// What a run under these parameters was made with; nil for those of another scheme.
        public init?(_ parameters: SchemeParameters) {
            guard case .cleartext(let bits) = parameters else { return nil }
            self.init(plaintextBits: bits)
        }

        /// Of the size that a modulus of so many bits gives.
        public init(pretendingKeyBits bits: Int) {
            self.init(plaintextBits: PaillierScheme.plaintextBits(keyBits: bits))
        }
    }

    public struct Layer: Sendable {
        let layer: IntegerLayer
        let limbs: Int
        /// Where values are shares: modulo 2^U.
        let shareBits: Int?
    }

    public typealias Encrypted = IntegerTensor
    public typealias Layout = SlotLayout

    public static let name = SchemeName.cleartext
    public static func publicKey(of key: Key) -> Key { key }
    public static func parameters(of key: Key) -> SchemeParameters { .cleartext(plaintextBits: key.plaintextBits) }
    public static func parameters(keyBits: Int) -> SchemeParameters {
        parameters(of: Key(pretendingKeyBits: keyBits))
    }
    public static func accepts(_ parameters: SchemeParameters) -> Bool {
        Key(parameters).map { SchemeParameters.sizes.contains($0.plaintextBits) } ?? false
    }
    public static func identity(of key: Key) -> String { "" }
    public static func keyOfEveryone(_ parameters: SchemeParameters) -> Key? { Key(parameters) }
    public static func objection(to agreement: Agreement) -> String? { nil }

    public static func transfer(_ key: Key) -> Data { Data() }
    public static func receive(
        _ data: Data, parameters: SchemeParameters, allowsInsecure: Bool, isWanted: () throws -> Void
    ) throws -> Key {
        guard let key = Key(parameters) else { throw PrivateDenoisingError.badKey("not a cleartext key") }
        try isWanted()
        return key
    }

    public static func layouts(for agreement: Agreement) throws -> [SlotLayout] {
        guard case .cleartext(let bits) = agreement.parameters else { throw PrivateDenoisingError.foreignKey(name) }
        return try SlotLayout.layouts(
            for: agreement, plaintextBits: bits, ciphertextBytes: nil,
            cost: PaillierScheme.tileCost(keyBits: PaillierScheme.keyBits(plaintextBits: bits)))
    }

    /// Words as they arrive: `packed` of the layout.
    public static func encrypt(
        _ tensor: IntegerTensor, as role: TensorRole, layout: SlotLayout, key: Key, ahead: Never?, threads: Int
    ) -> IntegerTensor {
        let packed = layout.packed(tensor, as: role)
        return IntegerTensor(shape: packed.shape, values: packed.values.resized(limbs: layout.limbs))
    }

    public static func decrypt(
        _ encrypted: IntegerTensor, as role: TensorRole, layout: SlotLayout, key: Key, threads: Int
    ) -> (values: IntegerTensor, outOfRange: Int) {
        (layout.whole(encrypted, as: role), 0)
    }

    public static func serialise(_ encrypted: IntegerTensor, key: Key, threads: Int) -> [UInt8] {
        encrypted.values.words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    public static func deserialise(
        _ bytes: ArraySlice<UInt8>, as role: TensorRole, layout: SlotLayout, key: Key, threads: Int
    ) throws -> IntegerTensor {
        let (shape, expected) = (layout.shape(role), layout.bytes(role))
        guard bytes.count == expected else {
            throw PrivateDenoisingError.malformedMessage("\(bytes.count) bytes of values, \(expected) expected")
        }
        var values = IntegerArray(count: shape.elementCount, limbs: layout.limbs)
        for (index, byte) in bytes.enumerated() {
            values.words[index / 8] |= UInt64(byte) << UInt64(56 - 8 * (index % 8))
        }
        return IntegerTensor(shape: shape, values: values)
    }

    public static func prepare(
        _ layer: IntegerLayer, input: TensorShape, layout: SlotLayout, key: Key, kept: [Int], memory: Int
    ) -> Layer {
        Layer(layer: layout.packed(layer, input).layer, limbs: layout.limbs, shareBits: layout.shareBits)
    }

    public static func cost(of layer: Layer) -> LayerCost { LayerCost(products: 0, bytes: 0, ciphertexts: 0) }

    public static func apply(
        _ layer: Layer, to input: IntegerTensor, skipped: IntegerTensor?, threads: Int
    ) throws -> (output: IntegerTensor, products: Int) {
        let sums =
            if let bits = layer.shareBits {
                try layer.layer.accumulate(
                    shares: ShareTensor.reduced(input, bits: bits),
                    skipped: skipped.map { ShareTensor.reduced($0, bits: bits) }, modulo: bits, plus: layer.layer.bias,
                    threads: threads)
            } else {
                try layer.layer.accumulate(input, skipped: skipped, threads: threads)
            }
        return (IntegerTensor(shape: sums.shape, values: sums.values.resized(limbs: layer.limbs)), 0)
    }

    public static func rerandomise(
        _ encrypted: IntegerTensor, layout: SlotLayout, protections: Protections, key: Key, ahead: Never?, threads: Int
    ) -> IntegerTensor {
        encrypted
    }

    public static func addShares(
        _ shares: IntegerTensor, to encrypted: IntegerTensor, as role: TensorRole, layout: SlotLayout, key: Key,
        threads: Int
    ) -> IntegerTensor {
        adding(layout.packed(shares, as: role), to: encrypted, layout: layout)
    }

    public static func maskShares(
        _ encrypted: IntegerTensor, with masks: IntegerTensor, layout: SlotLayout, key: Key, threads: Int
    ) -> IntegerTensor {
        adding(layout.packedAnswer(masks), to: encrypted, layout: layout)
    }

    private static func adding(
        _ tensor: IntegerTensor, to encrypted: IntegerTensor, layout: SlotLayout
    ) -> IntegerTensor {
        let sum = ShareTensor.combined(encrypted, tensor, bits: layout.shareBits ?? 64) { $0 &+ $1 }
        return IntegerTensor(shape: sum.shape, values: sum.values.resized(limbs: layout.limbs))
    }

    public static func mask(
        _ encrypted: IntegerTensor, factors: [BigInteger], layout: SlotLayout, key: Key, threads: Int
    ) -> IntegerTensor {
        layout.multiplied(encrypted, by: factors, limbs: layout.limbs)
    }

    public static func unmask(
        _ encrypted: IntegerTensor, factors: [BigInteger], layout: SlotLayout, key: Key, threads: Int
    ) throws -> IntegerTensor {
        var result = encrypted
        for index in 0..<encrypted.values.count {
            let factor = factors[layout.ciphertext(of: index, encrypted.shape)]
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
        _ first: IntegerTensor, _ other: IntegerTensor, second: [Bool], layout: SlotLayout
    ) -> IntegerTensor {
        var result = first
        for index in 0..<result.values.count where second[layout.ciphertext(of: index, first.shape)] {
            result.values[index] = other.values[index]
        }
        return result
    }
}
