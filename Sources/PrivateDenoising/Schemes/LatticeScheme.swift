public import Denoising
public import Lattice
import Numerics
import Support

/// BFV with an image's values in the coefficients of polynomials: a ciphertext per channel and piece of 64 x 64.
///
/// Uploads are seed-compressed, answers carry an encryption of zero and flooding and nothing that was not asked for.
/// Products, zero,
/// flooding and switch of a round are one step (`rerandomise`), so that memory holds a few pieces at a time.
public enum LatticeScheme: AdditiveScheme {
    public typealias PublicKey = Lattice.PublicKey
    public typealias PrivateKey = Lattice.SecretKey

    public struct Layer: Sendable {
        let convolution: LatticeConvolution
        let layout: LatticeLayout
        /// Bytes for products at a time.
        let memory: Int
        /// Of everything at the layer's largest moment.
        let peakBytes: Int
    }

    public enum Encrypted: Sendable {
        case uploaded(UploadedTensor)
        /// What a layer makes of an upload, not yet computed.
        /// - masks: what is added to every value modulo 2^U, where values are shares.
        case layer(Layer, input: UploadedTensor, skipped: UploadedTensor?, masks: [UInt64]? = nil)
        case answered(AnsweredTensor)
    }

    public static let name = SchemeName.lattice
    public static func publicKey(of key: PrivateKey) -> PublicKey { key.publicKey }
    public static func parameters(of key: PublicKey) -> SchemeParameters { .lattice(set: key.parameters.name) }
    /// A key has no size to choose: the parameter set decides.
    public static func parameters(keyBits: Int) -> SchemeParameters { .lattice(set: LatticeParameters.flooded.name) }
    public static func accepts(_ parameters: SchemeParameters) -> Bool {
        guard case .lattice(let set) = parameters else { return false }
        return LatticeParameters(named: set) != nil
    }
    public static func identity(of key: PublicKey) -> String {
        Digest.of(key.bytes)
    }

    public static func objection(to agreement: Agreement) -> String? {
        let mode = agreement.mode
        guard mode.networkKind.isRequantised, !mode.usesMask, !mode.hidesSigns else {
            return
                "mode \(mode.rawValue); client-aided expected, or shared: they need neither masks nor growing scales"
        }
        guard agreement.permutation == .none else {
            return "an order of values: coefficients cannot be moved one by one"
        }
        return agreement.rounds.first { $0.layers.count > 1 }.map { "several layers in one round (\($0.name))" }
    }

    public static func layouts(for agreement: Agreement) throws -> [LatticeLayout] {
        guard case .lattice(let set) = agreement.parameters, let parameters = LatticeParameters(named: set) else {
            throw PrivateDenoisingError.foreignKey(name)
        }
        let available = parameters.plaintextBitsRange.upperBound
        // Shares are numbers modulo the plaintext modulus itself, and need no room for wraps.
        let widths = agreement.layers.map { agreement.shareBits == nil ? $0.bits : $0.bound.bitWidth }
        for (layer, needed) in zip(agreement.layers, widths) where needed > available {
            throw PrivateDenoisingError.slotsTooNarrow(layer: layer.name, needed: needed, available: available)
        }
        // What is kept is added under one Delta, so all layers share a plaintext modulus.
        let width = agreement.shareBits ?? widths.max() ?? 1
        // An agreement may come from elsewhere, and a layout takes kilobytes a piece.
        var pieces = 0
        return try agreement.rounds.map { round in
            let number = round.layers.lowerBound
            do {
                let layout = LatticeLayout(
                    set: set, width: width,
                    geometry: try geometry(of: agreement.layers[number], input: round.input, rows: round.rows),
                    kept: try agreement.layout == .tile
                        ? nil
                        : agreement.layers[number].architecture.skip.map {
                            try geometry(of: agreement.layers[$0], input: agreement.activationShapes[$0], rows: nil)
                        }, input: round.input, output: round.output)
                pieces += layout.parts
                guard pieces <= mostPieces else {
                    throw LatticeError.unsupported("more than \(mostPieces) pieces in all rounds")
                }
                return layout
            } catch let error as LatticeError {
                throw PrivateDenoisingError.schemeMismatch(scheme: name, reason: "\(round.name): \(error)")
            }
        }
    }

    /// Of all rounds together.
    private static let mostPieces = 1 << 15

    private static func geometry(
        of layer: Agreement.Layer, input: TensorShape, rows: Range<Int>?
    ) throws -> PolynomialGeometry {
        try PolynomialGeometry(
            kernelHeight: layer.architecture.kernelHeight, kernelWidth: layer.architecture.kernelWidth,
            padding: layer.architecture.canonicalPadding, inputHeight: input.height, inputWidth: input.width, rows: rows
        )
    }

    // MARK: - Client

    public static func ahead(
        ofUpload role: TensorRole, layout: LatticeLayout, key: PrivateKey, threads: Int
    ) -> ZeroUpload? {
        let shape = layout.uploaded(role)
        return ZeroUpload(
            geometry: layout.geometry(role), images: shape.count, channels: shape.channels, key: key, threads: threads)
    }

    public static func encrypt(
        _ tensor: IntegerTensor, as role: TensorRole, layout: LatticeLayout, key: PrivateKey, ahead: ZeroUpload?,
        threads: Int
    ) throws -> Encrypted {
        let (values, format) = (layout.words(tensor), try layout.format())
        if let ahead { return .uploaded(ahead.adding(values, format: format, threads: threads)) }
        return .uploaded(
            UploadedTensor(
                encrypting: values, geometry: layout.geometry(role), images: tensor.shape.count,
                channels: tensor.shape.channels, format: format, key: key, threads: threads))
    }

    public static func decrypt(
        _ encrypted: Encrypted, as role: TensorRole, layout: LatticeLayout, key: PrivateKey, threads: Int
    ) throws -> (values: IntegerTensor, outOfRange: Int) {
        let (words, shape): ([UInt64], TensorShape)
        switch encrypted {
        case .answered(let answer) where role == .output:
            // Every residue is a value; the client counts those beyond the bound.
            (words, shape) = (try answer.decrypted(key, threads: threads), layout.answered)
        case .uploaded(let tensor) where role != .output:
            words = tensor.opened(key, plaintextBits: try layout.format().plaintextBits, threads: threads)
            shape = layout.uploaded(role)
        default: throw misplaced
        }
        return (IntegerTensor(shape: shape, values: IntegerArray(words: words)), 0)
    }

    // MARK: - Messages

    public static func serialise(_ encrypted: Encrypted, key: PublicKey, threads: Int) -> [UInt8] {
        switch encrypted {
        case .uploaded(let tensor): return tensor.body
        case .answered(let answer): return answer.body
        case .layer: preconditionFailure("a layer's result is sent once it is re-randomised")
        }
    }

    public static func deserialise(
        _ bytes: ArraySlice<UInt8>, as role: TensorRole, layout: LatticeLayout, key: PublicKey, threads: Int
    ) throws -> Encrypted {
        if role == .output { return .answered(try layout.answer(bytes)) }
        return .uploaded(
            try UploadedTensor(
                received: bytes, geometry: layout.geometry(role), images: layout.input.count,
                channels: layout.channels(role), key: key, threads: threads))
    }

    // MARK: - Server

    public static func prepare(
        _ layer: IntegerLayer, input: TensorShape, layout: LatticeLayout, key: PublicKey, kept: [Int], memory: Int
    ) throws -> Layer {
        // What needs no kernels is looked at before they are made.
        let perCiphertext = layout.bytes(.input) / max(1, layout.ciphertexts(.input))
        let resident =
            2 * (layout.bytes(.input) + layout.bytes(.output)) + kept.reduce(0, +) * perCiphertext
            + (layer.skip != nil && layout.kept == nil ? layout.bytes(.skip) : 0)
        func require(_ needed: Int) throws {
            guard needed <= memory else {
                throw PrivateDenoisingError.memoryLimit(layer: layer.name, needed: needed, available: max(0, memory))
            }
        }
        try require(resident)
        do {
            let convolution = try LatticeConvolution(
                geometry: layout.geometry, inputs: layer.inputChannels, outputs: layer.outputChannels,
                weights: layer.weights, bias: try layer.bias.map { try narrow($0, layer) },
                skip: try layer.skip.map { skip in
                    LatticeConvolution.Skip(
                        geometry: layout.kept ?? layout.geometry.ofOutputs,
                        multipliers: try skip.multipliers.map { try narrow($0, layer) })
                }, format: try layout.format(), key: key)
            let working = convolution.workingBytes
            try require(resident + working)
            // A few pieces at a time share the transform of the kernels; more gain nothing.
            let atOnce = max(1, min(4, layout.parts, (memory - resident) / working))
            return Layer(
                convolution: convolution, layout: layout, memory: atOnce * working,
                peakBytes: resident + atOnce * working
            )
        } catch let error as LatticeError {
            throw PrivateDenoisingError.schemeMismatch(scheme: name, reason: "\(layer.name): \(error)")
        }
    }

    /// A bias or a multiplier as the kernel takes it.
    private static func narrow(_ value: BigInteger, _ layer: IntegerLayer) throws -> Int64 {
        guard value.bitWidth < 40, let narrow = value.exactInt else {
            throw PrivateDenoisingError.schemeMismatch(
                scheme: name,
                reason: "\(layer.name): a bias or multiplier of \(value.bitWidth) bits, at most 39 expected")
        }
        return Int64(narrow)
    }

    public static func cost(of layer: Layer) -> LayerCost {
        LayerCost(
            products: layer.products, bytes: layer.peakBytes, ciphertexts: layer.layout.ciphertexts(.output))
    }

    public static func apply(
        _ layer: Layer, to input: Encrypted, skipped: Encrypted?, threads: Int
    ) throws -> (output: Encrypted, products: Int) {
        (.layer(layer, input: try uploaded(input), skipped: try skipped.map(uploaded)), layer.products)
    }

    /// Nothing is made ahead of it: zero and flooding are drawn where they are added, so that memory holds one piece of them.
    public static func rerandomise(
        _ encrypted: Encrypted, layout: LatticeLayout, protections: Protections, key: PublicKey, ahead: ZeroUpload?,
        threads: Int
    ) throws -> Encrypted {
        guard case .layer(let layer, let input, let skipped, let masks) = encrypted else { throw misplaced }
        let convolution =
            protections.rerandomises
            ? layer.convolution : layer.convolution.answering(withZero: false, flooding: false)
        return .answered(
            AnsweredTensor(
                convolution, input: input, kept: skipped, addends: masks, memory: layer.memory, threads: threads))
    }

    // MARK: - Shares

    /// The plaintext modulus is 2^U, so that sums wrap as shares do. Both shares are centred: their sum then hardly ever
    /// wraps, and the noise of a wrap, which depends on the weights, stays next to nothing.
    public static func addShares(
        _ shares: IntegerTensor, to encrypted: Encrypted, as role: TensorRole, layout: LatticeLayout, key: PublicKey,
        threads: Int
    ) throws -> Encrypted {
        .uploaded(
            try uploaded(encrypted).adding(
                layout.words(shares), plaintextBits: layout.format().plaintextBits, threads: threads))
    }

    /// Masks of U bits are all of a plaintext: nothing but its sum modulo 2^U is left.
    public static func maskShares(
        _ encrypted: Encrypted, with masks: IntegerTensor, layout: LatticeLayout, key: PublicKey, threads: Int
    ) throws -> Encrypted {
        guard case .layer(let layer, let input, let skipped, nil) = encrypted else { throw misplaced }
        return .layer(layer, input: input, skipped: skipped, masks: layout.words(masks))
    }

    private static func uploaded(_ encrypted: Encrypted) throws -> UploadedTensor {
        guard case .uploaded(let tensor) = encrypted else { throw misplaced }
        return tensor
    }

    private static var misplaced: PrivateDenoisingError {
        .schemeMismatch(scheme: name, reason: "a ciphertext of another state than this step's")
    }
}

extension LatticeScheme.Layer {
    /// Pairs of an input polynomial and an output, over all images.
    fileprivate var products: Int {
        layout.input.count * layout.geometry.products(inputs: layout.input.channels, outputs: layout.output.channels)
    }
}

/// How a round's tensors sit in polynomials.
public struct LatticeLayout: TensorLayout {
    /// Parameter set.
    let set: String
    /// Bits of the widest value of any layer, sign included.
    let width: Int
    /// Of the round's layer.
    let geometry: PolynomialGeometry
    /// Of the layer that read what is added and that the server kept; nil where nothing is, or where it is sent again.
    let kept: PolynomialGeometry?
    /// Whole tensors, of which the round may answer a band of rows.
    let input, output: TensorShape

    func geometry(_ role: TensorRole) -> PolynomialGeometry { role == .skip ? geometry.ofOutputs : geometry }
    func channels(_ role: TensorRole) -> Int { role == .input ? input.channels : output.channels }

    /// One word a value, its lowest.
    func words(_ tensor: IntegerTensor) -> [UInt64] {
        let limbs = tensor.values.limbs
        return limbs == 1
            ? tensor.values.words : (0..<tensor.values.count).map { tensor.values.words[$0 * limbs] }
    }

    /// What the upload of one image of one channel in one piece shows without a key: residues.
    package func seen(upload bytes: ArraySlice<UInt8>) throws -> UploadedTensor.Seen {
        try UploadedTensor.seen(bytes, geometry: geometry, parameters: LatticeParameters(named: set) ?? .flooded)
    }

    /// Of an answer whose channels are in one piece each: residues without what is not sent, in `[image][output][row][column]`.
    package func seen(answer bytes: ArraySlice<UInt8>) throws -> UploadedTensor.Seen { try answer(bytes).seen() }

    func answer(_ bytes: ArraySlice<UInt8>) throws -> AnsweredTensor {
        try AnsweredTensor(
            received: bytes, geometry: geometry, format: format(), images: output.count, outputs: output.channels)
    }

    /// Of an upload.
    func uploaded(_ role: TensorRole) -> TensorShape {
        let geometry = geometry(role)
        return TensorShape(
            count: input.count, channels: channels(role), height: geometry.inputHeight, width: geometry.inputWidth)
    }

    /// Of an answer.
    var answered: TensorShape {
        TensorShape(
            count: output.count, channels: output.channels, height: geometry.outputHeight, width: geometry.outputWidth)
    }

    /// Pieces over all images.
    var parts: Int { geometry.answered(channels: 1) * input.count }

    /// - Throws: `LatticeError`, for widths or sets that `layouts` refuses.
    func format() throws -> AnswerFormat {
        try AnswerFormat(LatticeParameters(named: set) ?? .flooded, width: width)
    }

    public func ciphertexts(_ role: TensorRole) -> Int {
        role == .output
            ? output.count * geometry.answered(channels: output.channels)
            : input.count * geometry(role).uploaded(channels: channels(role))
    }

    public func bytes(_ role: TensorRole) -> Int {
        guard role == .output else {
            return UploadedTensor.byteCount(
                .flooded, geometry: geometry(role), images: input.count, channels: channels(role))
        }
        guard let format = try? format() else { return 0 }
        return AnsweredTensor.byteCount(
            geometry: geometry, format: format, images: output.count, outputs: output.channels)
    }
}
