package import Configuration
import Denoising
import Imaging
import Leakage
import PrivateDenoising
import Reporting

// What an experiment file can say: the keys of its mappings, each with its form, its meaning and its default.

extension Experiment {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case id, title, data, key, precision, seed, threads, memory, trials
        case warmUp = "warm_up"
        case predict, server, cases, attacks, sweep, report

        var setting: Setting {
            let usual = ProtocolSettings()
            return switch self {
            case .id: Setting(.text, "folder under `Results/`: lowercase letters, digits and hyphens", isRequired: true)
            case .title: Setting(.text, "the question asked, in one line", isRequired: true)
            case .data:
                Setting(Experiment.DataSelection.CodingKeys.mapping, "which patches are measured", isRequired: true)
            case .key:
                Setting(
                    KeySettings.CodingKeys.mapping, "the client's Paillier key; cases under another scheme need none")
            case .precision: Setting(PrecisionKey.mapping, "widths of the integer networks")
            case .seed: Setting(.seed, "of everything random that is not cryptographic", isRequired: true)
            case .threads:
                Setting(
                    .integer(ProtocolSettings.threadsRange), "worker threads of each side; 0 means all processors",
                    usual: "\(usual.threads)")
            case .memory:
                Setting(
                    .integer(ProtocolSettings.memoryRange),
                    "MiB a protocol run may use, both parties and the comparison; a layer that needs more is refused",
                    usual: "\(usual.memory)")
            case .trials: Setting(.integer(1...1000), "repetitions of every case", usual: "1")
            case .warmUp:
                Setting(.integer(0...1000), "runs of every case before its first trial that are dropped", usual: "0")
            case .predict:
                Setting(
                    .flag,
                    "measures the machine's speed first and records `seconds.predicted` beside what runs take",
                    usual: "false")
            case .server:
                Setting(
                    ServerSettings.CodingKeys.mapping,
                    "where the network is, for protocol runs against a server elsewhere; what is compared is its output, and seconds "
                        + "are the client's and `seconds.elapsed`",
                    usual: "both sides in this process")
            case .cases: Setting(.list(Experiment.Case.CodingKeys.mapping), "what is run, in the order of the table")
            case .attacks:
                Setting(.list(AttackSettings.Key.mapping), "what is attacked; a file with attacks needs no cases")
            case .sweep:
                Setting(
                    .values,
                    "settings with a list of values each; every combination is run, the last setting fastest",
                    usual: "none")
            case .report:
                Setting(
                    ReportSection.form, "tables and figures; no measurement depends on it", usual: "the standard table")
            }
        }
    }
}

extension Experiment.DataSelection {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case file, random, photons, split, patches

        var setting: Setting {
            switch self {
            case .file:
                Setting(.text, "patch file of `ldct prepare`; `{photons}` in its name stands for `data.photons`")
            case .random:
                Setting(
                    .integer(1...8192),
                    "instead: side of images of random pixels, on which costs are measured and no quality")
            case .photons:
                Setting(
                    .integer(1...1_000_000_000),
                    "photons per detector bin that the low dose must have been simulated with", usual: "any")
            case .split: Setting(.choice(Split.self), "`train`, `validation` or `test`", usual: "test")
            case .patches:
                Setting(.integer(1...1_000_000), "how many patches, evenly spaced over the split", isRequired: true)
            }
        }
    }
}

extension Experiment.Case {
    package enum CodingKeys: String, SchemaKey, CodingKey {
        case mode, scheme, layout, permutation, order, weights, network, precision, crop
        case maskBits = "mask_bits"
        case maskDistribution = "mask_distribution"
        case maskShared = "mask_shared"

        package var setting: Setting {
            let usual = ProtocolSettings()
            return switch self {
            case .mode: Setting(.choice(Mode.self), "see the table of modes in the README", isRequired: true)
            case .scheme:
                Setting(
                    .choice(ExperimentScheme.self),
                    "`cleartext`: the protocol without encryption; `integer`: the integer network alone; `paper`: the published "
                        + "encoding, measured on a few products and extrapolated (`linear`, `positive-mask`)",
                    usual: usual.scheme.rawValue)
            case .layout:
                Setting(
                    .choice(LayoutChoice.self),
                    "`batch`: a slot of a ciphertext is a patch of the batch; `tile`: a tile of one patch, cut anew every round, "
                        + "in `client-aided` and `shared`; `auto`: the cheaper one by the count of products and ciphertexts",
                    usual: usual.layout.rawValue)
            case .permutation:
                Setting(
                    .choice(Permutation.self),
                    "order in which values before a ReLU are sent: `channels` or `values` in modes with masks, `positions`; in the "
                        + "batch layout",
                    usual: usual.permutation.rawValue)
            case .order:
                Setting(
                    .choice(Order.self),
                    "`offline`: all linear layers before the image is known, in mode `shared` and the batch layout",
                    usual: usual.order.rawValue)
            case .weights: Setting(.text, "weights file")
            case .network:
                Setting(
                    RandomNetwork.CodingKeys.mapping,
                    "instead: a RED-CNN of random weights, of which costs are measured and no quality")
            case .precision: Setting(PrecisionKey.mapping, "widths of this case alone", usual: "the experiment's")
            case .crop:
                Setting(
                    Experiment.Crop.CodingKeys.mapping,
                    "run on central crops, at least 11 pixels wide, of fewer patches", usual: "whole patches")
            case .maskBits:
                Setting(
                    .integer(MaskOptions.bitsRange), "width of masks, in modes that have them",
                    usual: "\(usual.mask.bits)")
            case .maskDistribution:
                Setting(
                    .choice(MaskOptions.Distribution.self),
                    "`uniform`, or `log-uniform`: the number of a mask's bits is uniform",
                    usual: usual.mask.distribution.rawValue)
            case .maskShared:
                Setting(
                    .flag, "one mask for all slots of a ciphertext, so that patches share ciphertexts",
                    usual: "\(usual.mask.isShared)")
            }
        }
    }
}

/// An option of masks, as a case says it.
private enum MaskField {
    case integer(WritableKeyPath<MaskOptions, Int>)
    case distribution(WritableKeyPath<MaskOptions, MaskOptions.Distribution>)
    case flag(WritableKeyPath<MaskOptions, Bool>)

    func value(of mask: MaskOptions) -> ParameterValue {
        switch self {
        case .integer(let path): .integer(mask[keyPath: path])
        case .distribution(let path): .text(mask[keyPath: path].rawValue)
        case .flag(let path): .flag(mask[keyPath: path])
        }
    }
}

extension Experiment.Case.CodingKeys {
    /// What a new key is of masks is said here; reading, writing and recording follow.
    private var maskField: MaskField? {
        switch self {
        case .maskBits: .integer(\.bits)
        case .maskDistribution: .distribution(\.distribution)
        case .maskShared: .flag(\.isShared)
        case .mode, .scheme, .layout, .permutation, .order, .weights, .network, .precision, .crop: nil
        }
    }

    fileprivate static var maskFields: [(key: Self, field: MaskField)] {
        allCases.compactMap { key in key.maskField.map { (key, $0) } }
    }
}

extension MaskOptions {
    /// Where the file says nothing, a mask stays as it is.
    mutating func read(
        _ mapping: StrictMapping<Experiment.Case.CodingKeys>, in mode: Mode
    ) throws(ConfigurationError) {
        for (key, field) in Experiment.Case.CodingKeys.maskFields where mapping.contains(key) {
            guard mode.usesMask else {
                throw mapping.refusal(key, "mode \(mode.rawValue) has no mask; expected no such key")
            }
            switch field {
            case .integer(let path): self[keyPath: path] = try mapping.integer(key)
            case .distribution(let path): self[keyPath: path] = try mapping.choice(key)
            case .flag(let path): self[keyPath: path] = try mapping.flag(key, default: self[keyPath: path])
            }
        }
    }

    func encode(to container: inout KeyedEncodingContainer<Experiment.Case.CodingKeys>) throws {
        for (key, field) in Experiment.Case.CodingKeys.maskFields {
            switch field {
            case .integer(let path): try container.encode(self[keyPath: path], forKey: key)
            case .distribution(let path): try container.encode(self[keyPath: path], forKey: key)
            case .flag(let path): try container.encode(self[keyPath: path], forKey: key)
            }
        }
    }

    /// What is as usual goes without saying, but for a mask's width.
    var recorded: [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [:]
        for (key, field) in Experiment.Case.CodingKeys.maskFields {
            let value = field.value(of: self)
            if key == .maskBits || value != field.value(of: MaskOptions()) { parameters[key.rawValue] = value }
        }
        return parameters
    }
}

extension Experiment.Crop {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case size, count

        var setting: Setting {
            switch self {
            // At least the window of SSIM.
            case .size: Setting(.integer(11...4096), "side of the crops, pixels", isRequired: true)
            case .count: Setting(.integer(1...1_000_000), "how many patches are cropped", isRequired: true)
            }
        }
    }
}

extension RandomNetwork {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case depth, channels, kernel, relu, decoder, seed

        var setting: Setting {
            switch self {
            case .depth: Setting(.integer(1...100), "3, 6, 10 or 14 layers", isRequired: true)
            case .channels: Setting(.integer(1...4096), "channels of the inner activations", isRequired: true)
            case .kernel: Setting(.integer(1...31), "side of every kernel", usual: "\(RandomNetwork.usualKernel)")
            case .relu:
                Setting(
                    .choice(ReLUPlacement.self), "which layers end in a ReLU: `none`, `last` or `all`",
                    isRequired: true)
            case .decoder:
                Setting(
                    .choice(DecoderKind.self),
                    "`same`: every convolution is padded; `valid`: unpadded, with a transposed decoder",
                    usual: DecoderKind.same.rawValue)
            case .seed: Setting(.seed, "of the weights", usual: "1")
            }
        }
    }
}
