public import Denoising
public import Paillier
public import Numerics

/// Paillier with packed slots (one image a slot), or one value a ciphertext where the mode needs it.
public enum PaillierScheme: AdditiveScheme {
    /// A server's view of a key: with it everything a server precomputes for it.
    public struct PublicKey: Sendable {
        public let key: Paillier.PublicKey
        let rerandomizer: Rerandomizer

        /// - Parameter randomness: `djn` only towards clients known to encrypt with the key's `h`: with r^n from the client and h^x from
        ///   the server the result still leaks every weight modulo 2. Keys without `h` get `full`.
        public init(_ key: Paillier.PublicKey, randomness: Randomness = .full) {
            self.key = key
            rerandomizer = Rerandomizer(key: key, randomness: randomness)
        }

        /// What re-randomisation really uses.
        public var randomness: Randomness { rerandomizer.randomness }
    }

    /// A client's key pair and its choice of randomness.
    public struct PrivateKey: Sendable {
        public let key: Paillier.PrivateKey
        public let randomness: Randomness
        let publicKey: PublicKey

        public init(_ key: Paillier.PrivateKey, randomness: Randomness = .djn) {
            self.key = key
            self.randomness = key.publicKey.h == nil ? .full : randomness
            publicKey = PublicKey(key.publicKey, randomness: self.randomness)
        }
    }

    /// One batch of ciphertexts per group of images: `[channel][row][column]` each.
    public struct Encrypted: Sendable {
        var groups: [EncryptedValues]
    }

    public struct Layer: Sendable {
        let product: Product
        let outputCount: Int
        let skipFactors: [BigInteger]?
        /// Per group and output: the plaintext that adds the bias to every used slot.
        let bias: [Plaintexts]
        /// Of the ciphertexts in memory beside the work.
        let residentBytes: Int
        let key: PublicKey

        enum Product: Sendable {
            case convolution(EncryptedConvolution)
            case rows(EncryptedLinearMap)

            func callAsFunction(
                _ input: EncryptedValues, threads: Int
            ) throws(PaillierError) -> (output: EncryptedValues, products: Int) {
                switch self {
                case .convolution(let convolution): try convolution(input, threads: threads)
                case .rows(let map): try map(input, threads: threads)
                }
            }

            /// What the work on one group will be: its products, counted by the plan, and bytes at a time.
            var plan: (products: Int, bytes: Int) {
                switch self {
                case .convolution(let convolution): (convolution.products, convolution.bytesAtOnce)
                case .rows(let map): (map.plan.products, map.plan.entriesAtOnce * map.key.residentBytes)
                }
            }
        }
    }

    public typealias Layout = SlotLayout
    /// Of each group.
    public typealias Ahead = [FreshZeros]

    public static let name = SchemeName.paillier
    public static func publicKey(of key: PrivateKey) -> PublicKey { key.publicKey }
    public static func parameters(of key: PublicKey) -> SchemeParameters { .paillier(keyBits: key.key.bits) }
    /// The modulus, hexadecimal.
    public static func identity(of key: PublicKey) -> String { key.key.n.text(radix: 16) }
    public static func objection(to agreement: Agreement) -> String? { nil }

    public static func makeSome(of ahead: [FreshZeros]) -> Bool { ahead.contains { $0.makeSome() } }

    public static func ahead(
        ofUpload role: TensorRole, layout: SlotLayout, key: PrivateKey, threads: Int
    ) -> [FreshZeros]? {
        (0..<layout.groups).map { _ in
            key.key.zeros(layout.ciphertexts(role) / layout.groups, randomness: key.randomness, threads: threads)
        }
    }

    public static func encrypt(
        _ tensor: IntegerTensor, as role: TensorRole, layout: SlotLayout, key: PrivateKey, ahead: [FreshZeros]?,
        threads: Int
    ) throws -> Encrypted {
        let packed = layout.packed(tensor, as: role)
        let groups = try (0..<layout.groups).map { group in
            let plaintexts = try plaintexts(packed, layout, group, key.publicKey, threads)
            let ciphertexts =
                ahead.map { key.key.publicKey.encrypt(plaintexts, with: $0[group], threads: threads) }
                ?? key.key.encrypt(plaintexts, randomness: key.randomness, threads: threads)
            return EncryptedValues(ciphertexts, threads: threads)
        }
        return Encrypted(groups: groups)
    }

    public static func decrypt(
        _ encrypted: Encrypted, as role: TensorRole, layout: SlotLayout, key: PrivateKey, threads: Int
    ) throws -> (values: IntegerTensor, outOfRange: Int) {
        let (shape, limbs) = (layout.shape(role), layout.limbs)
        var result = IntegerArray(count: shape.elementCount, limbs: limbs)
        let positions = shape.elementCount / shape.count
        var outOfRange = 0
        for (group, values) in encrypted.groups.enumerated() {
            let images = layout.images(inGroup: group)
            let plaintexts = try key.key.decrypt(values.ciphertexts(threads: threads), threads: threads)
            let encoding = try encoding(layout, group, key.publicKey)
            outOfRange += encoding.outOfRange(plaintexts, key: key.publicKey.key)
            let decoded = encoding.decode(plaintexts, limbs: limbs, threads: threads)
            for position in 0..<positions {
                for (slot, image) in images.enumerated() {
                    let (from, to) = ((position * images.count + slot) * limbs, (image * positions + position) * limbs)
                    for limb in 0..<limbs { result.words[to + limb] = decoded.words[from + limb] }
                }
            }
        }
        return (layout.whole(IntegerTensor(shape: shape, values: result), as: role), outOfRange)
    }

    public static func serialise(_ encrypted: Encrypted, key: PublicKey, threads: Int) -> [UInt8] {
        encrypted.groups.flatMap { $0.ciphertexts(threads: threads).serialised() }
    }

    public static func deserialise(
        _ bytes: ArraySlice<UInt8>, as role: TensorRole, layout: SlotLayout, key: PublicKey, threads: Int
    ) throws -> Encrypted {
        let count = layout.ciphertexts(role) / layout.groups
        let size = count * key.key.ciphertextBytes
        guard bytes.count == layout.groups * size else {
            throw PaillierError.ciphertextBytes(found: bytes.count, expected: layout.groups * size)
        }
        let groups = try (0..<layout.groups).map { group in
            let start = bytes.startIndex + group * size
            return try EncryptedValues(
                serialised: bytes[start..<start + size], count: count, key: key.key, threads: threads)
        }
        return Encrypted(groups: groups)
    }

    public static func prepare(
        _ layer: IntegerLayer, input: TensorShape, layout: SlotLayout, key: PublicKey, kept: [Int], memory: Int
    ) throws -> Layer {
        let (layer, input) = layout.packed(layer, input)
        let (inputs, outputs) = (input.with(count: 1), try layer.outputShape(for: input).with(count: 1))
        // Beside the work: what is kept, the message and the input made of it, and the output three times, as sum, summand and result.
        let resident =
            (kept.reduce(0, +) + layout.groups * (2 * inputs.elementCount + 3 * outputs.elementCount))
            * key.key.residentBytes
        guard resident <= memory else {
            throw PrivateDenoisingError.memoryLimit(layer: layer.name, needed: resident, available: max(0, memory))
        }
        let bias = try (0..<layout.groups).map { group in
            let encoding = try encoding(layout, group, key)
            if let rows = layer.rows {
                let biases = rows.biases.map { $0.map(encoding.broadcast) }
                let filters = rows.grid.filters
                let values = (0..<outputs.channels).flatMap { channel in filters.map { biases[$0][channel] } }
                return try Plaintexts(values, key: key.key)
            }
            return try Plaintexts(layer.bias.map { encoding.broadcast($0) }, key: key.key).repeated(outputs.planeSize)
        }
        return Layer(
            product: try product(layer, inputs, key: key.key, memory: memory - resident),
            outputCount: outputs.elementCount, skipFactors: layer.skip?.multipliers, bias: bias,
            residentBytes: resident, key: key)
    }

    public static func cost(of layer: Layer) -> LayerCost {
        let (plan, groups) = (layer.product.plan, layer.bias.count)
        return LayerCost(
            products: groups * plan.products, bytes: layer.residentBytes + plan.bytes,
            ciphertexts: groups * layer.outputCount)
    }

    /// - Throws: `memoryLimit`, naming the layer.
    private static func product(
        _ layer: IntegerLayer, _ input: TensorShape, key: Paillier.PublicKey, memory: Int
    ) throws -> Layer.Product {
        do {
            if let rows = layer.rows {
                return .rows(try EncryptedLinearMap(LinearMap(rows), key: key, memory: memory))
            }
            let shape = ConvolutionShape(
                inputChannels: layer.inputChannels, outputChannels: layer.outputChannels, inputHeight: input.height,
                inputWidth: input.width, kernelHeight: layer.kernelHeight, kernelWidth: layer.kernelWidth,
                padding: layer.padding)
            return .convolution(
                try EncryptedConvolution(shape: shape, weights: layer.weights, key: key, memory: memory))
        } catch {
            guard case .memoryLimit(let needed, let available) = error else { throw error }
            throw PrivateDenoisingError.memoryLimit(layer: layer.name, needed: needed, available: max(0, available))
        }
    }

    public static func apply(
        _ layer: Layer, to input: Encrypted, skipped: Encrypted?, threads: Int
    ) throws -> (output: Encrypted, products: Int) {
        var total = 0
        let groups = try input.groups.indices.map { group in
            var (sums, products) = try layer.product(input.groups[group], threads: threads)
            total += products
            if let factors = layer.skipFactors, let skipped {
                let plane = layer.outputCount / factors.count
                let powers = skipped.groups[group]
                    .multiplied(by: (0..<layer.outputCount).map { factors[$0 / plane] }, threads: threads)
                sums = sums.adding(powers, threads: threads)
            }
            return sums.adding(layer.bias[group], threads: threads)
        }
        return (Encrypted(groups: groups), total)
    }

    public static func mask(
        _ encrypted: Encrypted, factors: [BigInteger], layout: SlotLayout, key: PublicKey, threads: Int
    ) throws -> Encrypted {
        var start = 0
        let groups = try encrypted.groups.map { group in
            let own = factors[start..<start + group.count]
            start += group.count
            let magnitudes = own.map(\.absoluteValue)
            let powers =
                magnitudes.allSatisfy { $0 == .one } ? group : group.multiplied(by: magnitudes, threads: threads)
            return try powers.negated(where: own.map(\.isNegative), threads: threads)
        }
        return Encrypted(groups: groups)
    }

    public static func unmask(
        _ encrypted: Encrypted, factors: [BigInteger], layout: SlotLayout, key: PublicKey, threads: Int
    ) throws -> Encrypted {
        let inverses = try factors.map { factor in
            guard let inverse = factor.inverse(modulo: key.key.n) else { throw PrivateDenoisingError.inexactUnmasking }
            return inverse
        }
        return try mask(encrypted, factors: inverses, layout: layout, key: key, threads: threads)
    }

    public static func permute(_ encrypted: Encrypted, order: [Int]) -> Encrypted {
        Encrypted(groups: encrypted.groups.map { $0.permuted(order) })
    }

    public static func sum(_ first: Encrypted, _ second: Encrypted, threads: Int) -> Encrypted {
        Encrypted(groups: zip(first.groups, second.groups).map { $0.adding($1, threads: threads) })
    }

    public static func select(_ first: Encrypted, _ other: Encrypted, second: [Bool], layout: SlotLayout) -> Encrypted {
        var start = 0
        let groups = zip(first.groups, other.groups).map { one, two in
            defer { start += one.count }
            return one.replaced(by: two, where: second[start..<start + one.count])
        }
        return Encrypted(groups: groups)
    }

    public static func ahead(
        ofAnswer layout: SlotLayout, protections: Protections, key: PublicKey, threads: Int
    ) -> [FreshZeros]? {
        guard protections.rerandomises else { return nil }
        return (0..<layout.groups).map { _ in
            key.rerandomizer.zeros(layout.ciphertexts(.output) / layout.groups, threads: threads)
        }
    }

    public static func rerandomise(
        _ encrypted: Encrypted, layout: SlotLayout, protections: Protections, key: PublicKey, ahead: [FreshZeros]?,
        threads: Int
    ) throws -> Encrypted {
        let groups = try encrypted.groups.enumerated().map { group, values in
            let encoding = try encoding(layout, group, key)
            var noise: Plaintexts?
            if protections.fillsUnusedSlots, encoding.used < encoding.slots {
                noise = encoding.noise(values.count, threads: threads)
            }
            guard protections.rerandomises else { return noise.map { values.adding($0, threads: threads) } ?? values }
            return key.rerandomizer.rerandomise(values, adding: noise, with: ahead?[group], threads: threads)
        }
        return Encrypted(groups: groups)
    }

    public static func addShares(
        _ shares: IntegerTensor, to encrypted: Encrypted, as role: TensorRole, layout: SlotLayout, key: PublicKey,
        threads: Int
    ) throws -> Encrypted {
        try adding(layout.packed(shares, as: role), to: encrypted, layout: layout, key: key, threads: threads)
    }

    public static func maskShares(
        _ encrypted: Encrypted, with masks: IntegerTensor, layout: SlotLayout, key: PublicKey, threads: Int
    ) throws -> Encrypted {
        try adding(layout.hidingWraps(masks), to: encrypted, layout: layout, key: key, threads: threads)
    }

    /// Adds tensors as packed.
    private static func adding(
        _ tensor: IntegerTensor, to encrypted: Encrypted, layout: SlotLayout, key: PublicKey, threads: Int
    ) throws -> Encrypted {
        let groups = try encrypted.groups.enumerated().map { group, values in
            values.adding(try plaintexts(tensor, layout, group, key, threads), threads: threads)
        }
        return Encrypted(groups: groups)
    }

    /// Those of a group, of a tensor as packed.
    private static func plaintexts(
        _ tensor: IntegerTensor, _ layout: SlotLayout, _ group: Int, _ key: PublicKey, _ threads: Int
    ) throws -> Plaintexts {
        let (first, positions) = (group * layout.slots, tensor.shape.elementCount / tensor.shape.count)
        return try encoding(layout, group, key)
            .encode(tensor.values, plaintexts: positions, threads: threads) { (first + $1) * positions + $0 }
    }

    private static func encoding(_ layout: SlotLayout, _ group: Int, _ key: PublicKey) throws -> PackedEncoding {
        try PackedEncoding(
            slotBits: layout.slotBits, slots: layout.slots, used: layout.images(inGroup: group).count, key: key.key)
    }
}

extension LinearMap {
    fileprivate init(_ rows: IntegerRows) {
        self.init(
            inputChannels: rows.grid.input.channels, inputHeight: rows.grid.input.height,
            inputWidth: rows.grid.input.width, outputChannels: rows.grid.output.channels,
            rows: rows.grid.rows.map(\.window), columns: rows.grid.columns.map(\.window), filterOf: rows.grid.filters,
            filters: rows.filters)
    }
}
