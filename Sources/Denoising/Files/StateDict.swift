/// A RED-CNN's `state_dict` as somebody else wrote it, and what has to be assumed to make a network of it.
///
/// A `state_dict` holds names and shapes. It does not say where ReLUs and sums are, what its convolutions pad, or how HU were mapped:
/// what the caller does not say is assumed, and told.
public struct StateDict: Sendable {
    /// What the caller knows.
    public struct Options: Sendable {
        /// Layers, where shared tensors do not tell: 3, 6, 10 or 14.
        public var depth: Int?
        public var relu: ReLUPlacement?
        public var decoder: DecoderKind?
        /// Layers by other names: `("head", "conv1")`.
        public var renaming: [(from: String, to: String)] = []
        /// nil is that of the standard window.
        public var mapping: InputMapping?

        public init() {}
    }

    /// By the standard names `conv1.weight` ... `tconv5.bias`.
    let tensors: [String: WeightTensor]
    let depth: Int
    /// What was read from names and what was assumed, a line each.
    private(set) var notes: [String]

    /// - Throws: `DenoisingError.invalidNetwork` naming the layers found where they are no RED-CNN's.
    init(_ tensors: [String: WeightTensor], _ options: Options) throws(DenoisingError) {
        notes = []
        var named = Self.withoutWrapper(tensors, &notes)
        var renamed: [(String, WeightTensor)] = []
        for (from, to) in options.renaming {
            let parts = named.filter { $0.key.hasPrefix(from + ".") }.sorted { $0.key < $1.key }
            guard !parts.isEmpty else {
                throw .invalidNetwork(
                    layer: from, reason: "is not in the file, which has \(Self.list(Self.layers(named)))")
            }
            for (name, tensor) in parts {
                named[name] = nil
                renamed.append((to + name.dropFirst(from.count), tensor))
            }
        }
        for (name, tensor) in renamed {
            guard named.updateValue(tensor, forKey: name) == nil else {
                throw .invalidNetwork(
                    layer: name, reason: "would be two tensors after --map, expected names that differ")
            }
        }
        try Self.requireConvolutionsOnly(named)
        let found = try Self.order(Self.layers(named), depth: options.depth)
        depth = found.count
        guard options.depth == nil || options.depth == depth else {
            throw .invalidNetwork(
                layer: "RED-CNN", reason: "\(depth) layers in the file, expected \(options.depth ?? depth) by --depth")
        }
        var standard: [String: WeightTensor] = [:]
        var unbiased: [String] = []
        for (number, layer) in found.enumerated() {
            let name = Network.redCNNLayerName(number + 1, of: depth)
            guard let weight = named[layer + ".weight"] else { continue }
            standard[name + ".weight"] = weight
            if let bias = named[layer + ".bias"] {
                standard[name + ".bias"] = bias
            } else if weight.shape.count == 4 {
                let isTransposed = number >= Network.redCNNEncoder(of: depth) && Self.isTransposed(found, named, depth)
                let channels = weight.shape[isTransposed ? 1 : 0]
                standard[name + ".bias"] = try WeightTensor(
                    shape: [channels], values: [Float](repeating: 0, count: channels))
                unbiased.append(layer)
            }
        }
        let used = Set(found.flatMap { [$0 + ".weight", $0 + ".bias"] })
        if let extra = named.keys.filter({ !used.contains($0) }).min(), let tensor = named[extra] {
            throw .unexpectedTensor(name: extra, shape: tensor.shape)
        }
        self.tensors = standard
        if found.enumerated().contains(where: { Network.redCNNLayerName($0 + 1, of: depth) != $1 }) {
            notes.append(
                "layers \(Self.list(found)) taken for conv1 ... tconv\(depth - Network.redCNNEncoder(of: depth))")
        }
        if !unbiased.isEmpty { notes.append("no bias in \(Self.list(Array(Set(unbiased)).sorted())): taken for 0") }
    }

    /// The network, with what the caller knows and what is left to assume.
    /// - Throws: `DenoisingError.invalidNetwork` where the caller's word contradicts the shapes.
    mutating func network(_ options: Options) throws(DenoisingError) -> Network {
        let last = "tconv\(depth - Network.redCNNEncoder(of: depth)).weight"
        guard let first = tensors["conv1.weight"]?.shape, first.count == 4, let final = tensors[last]?.shape,
            final.count == 4
        else {
            throw .invalidNetwork(
                layer: "RED-CNN", reason: "first or last weight without four axes, expected those of convolutions")
        }
        // [channels, 1, k, k] is a transposed convolution's, [1, channels, k, k] a convolution's.
        let isTransposed = final[0] != 1
        let decoder = options.decoder ?? (isTransposed ? .valid : .same)
        guard final[0] == final[1] || decoder.isTransposed == isTransposed else {
            throw .invalidNetwork(
                layer: last,
                reason: "of shape \(final) is a \(isTransposed ? "transposed " : "")convolution's, expected --decoder "
                    + (isTransposed ? "valid or transposed-same" : "same"))
        }
        let relu = options.relu ?? .all
        let network = try Network.redCNN(
            depth: depth, channels: first[0], kernel: first[2], relu: relu, decoder: decoder)
        let skips = network.layers.compactMap { layer in
            layer.skip.map { "\(layer.name) + \($0 == 0 ? "input" : network.layers[$0 - 1].name)" }
        }
        notes.append("\(depth) layers, \(first[0]) channels, \(first[2])x\(first[2])")
        notes.append(
            "padding \(decoder == .valid ? "none" : "\(first[2] / 2)") in \(decoder.rawValue) layers"
                + (options.decoder == nil && isTransposed
                    ? " (assumed: shapes do not tell; --decoder transposed-same if forward() pads)" : ""))
        notes.append("ReLU \(relu.rawValue)\(options.relu == nil ? " (assumed: --relu says otherwise)" : "")")
        notes.append("sums \(skips.joined(separator: ", "))")
        return network
    }

    // MARK: - Names

    private static func list(_ names: [String]) -> String {
        names.count <= 12 ? names.joined(separator: ", ") : names.prefix(12).joined(separator: ", ") + ", ..."
    }

    /// Without what wrappers put before every name: `module.`, `model.`, `_orig_mod.`, and whatever else all names share.
    private static func withoutWrapper(
        _ tensors: [String: WeightTensor], _ notes: inout [String]
    ) -> [String: WeightTensor] {
        var names = tensors
        var prefix = ""
        while let first = names.keys.first?.split(separator: ".", omittingEmptySubsequences: false).first.map({
            $0 + "."
        }),
            names.keys.allSatisfy({ $0.hasPrefix(first) && $0.dropFirst(first.count).contains(".") })
        {
            prefix += first
            names = Dictionary(uniqueKeysWithValues: names.map { (String($0.key.dropFirst(first.count)), $0.value) })
        }
        if !prefix.isEmpty { notes.append("'\(prefix)' before every name left off") }
        return names
    }

    /// Names of what has a weight, in the order that people count: conv2 before conv10.
    private static func layers(_ tensors: [String: WeightTensor]) -> [String] {
        tensors.keys.filter { $0.hasSuffix(".weight") }.map { String($0.dropLast(".weight".count)) }
            .sorted { (Name($0).stem, Name($0).number) < (Name($1).stem, Name($1).number) }
    }

    /// - Throws: `DenoisingError.invalidNetwork` for the parameters of normalisations and learned activations.
    private static func requireConvolutionsOnly(_ tensors: [String: WeightTensor]) throws(DenoisingError) {
        if let name = tensors.keys.sorted().first(where: {
            $0.hasSuffix("running_mean") || $0.hasSuffix("running_var") || $0.hasSuffix("num_batches_tracked")
        }) {
            throw .invalidNetwork(
                layer: String(name.prefix(while: { $0 != "." })),
                reason:
                    "\(name) is a batch normalisation's, which is not supported; fold it into the convolution before it"
            )
        }
        if let (name, tensor) = tensors.sorted(by: { $0.key < $1.key }).first(where: {
            $0.key.hasSuffix(".weight") && $0.value.shape.count != 4
        }) {
            throw .invalidNetwork(
                layer: String(name.dropLast(".weight".count)),
                reason:
                    "weight of shape \(tensor.shape), expected the four axes of a convolution (no normalisation, PReLU or dense layer)"
            )
        }
    }

    /// A name without the number at its end.
    private struct Name {
        let stem: String
        let number: Int

        init(_ name: String) {
            let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
            stem = String(name.dropLast(digits.count))
            number = Int(String(digits)) ?? -1
        }
    }

    private static let encoders: Set = [
        "conv", "conv_", "conv.", "convs.", "enc", "enc_", "encoder", "encoder_", "encoder.", "encode_",
    ]
    private static let decoders: Set = [
        "tconv", "tconv_", "tconv.", "tconvs.", "deconv", "deconv_", "deconv.", "deconvs.", "conv_t", "conv_t_",
        "convt", "convt_",
        "conv_trans", "trans_conv", "transconv", "dec", "dec_", "decoder", "decoder_", "decoder.", "decode_", "upconv",
    ]
    /// First, inner and last layers of networks that share their inner ones.
    private static let shared = [
        ["conv_first", "conv", "conv_t", "conv_t_last"], ["conv_first", "conv", "deconv", "deconv_last"],
        ["conv_first", "conv", "tconv", "tconv_last"], ["conv1", "conv", "tconv", "tconv_last"],
    ]

    /// The names of all layers, first to last; shared ones as often as they are used.
    private static func order(_ names: [String], depth: Int?) throws(DenoisingError) -> [String] {
        for pattern in shared where Set(names) == Set(pattern) {
            let depth = depth ?? 10
            let encoder = Network.redCNNEncoder(of: depth)
            return [pattern[0]] + Array(repeating: pattern[1], count: encoder - 1)
                + Array(repeating: pattern[2], count: depth - encoder - 1) + [pattern[3]]
        }
        let stems = Set(names.map { Name($0).stem })
        // One list of numbered layers, as nn.Sequential names them, is in order already.
        let isOneList = stems.count == 1 && names.allSatisfy { Name($0).number >= 0 }
        let encoder = names.filter { encoders.contains(Name($0).stem) }
        let decoder = names.filter { decoders.contains(Name($0).stem) }
        let ordered = isOneList && decoder.isEmpty && encoder.count < names.count ? names : encoder + decoder
        let expected = [3, 6, 10, 14]
        guard Set(ordered) == Set(names), expected.contains(ordered.count),
            isOneList || encoder.count == Network.redCNNEncoder(of: ordered.count)
        else {
            throw .invalidNetwork(
                layer: "RED-CNN",
                reason:
                    "\(names.count) layers, \(list(names)); expected 3, 6, 10 or 14 in the names of a known RED-CNN (conv1 ... tconv5), "
                    + "or --map THEIRS=conv1 and so on")
        }
        return ordered
    }

    private static func isTransposed(_ layers: [String], _ tensors: [String: WeightTensor], _ depth: Int) -> Bool {
        tensors[layers[depth - 1] + ".weight"].map { $0.shape.count == 4 && $0.shape[0] != 1 } ?? false
    }
}
