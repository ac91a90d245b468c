package import Configuration
import Denoising
import Imaging
import Leakage
import PrivateDenoising
import Reporting

// What an experiment file can say: the keys of its mappings, each with its meaning and its default.

extension Experiment {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case id, title, data, key, precision, seed, threads, memory, trials
        case warmUp = "warm_up"
        case predict, server, cases, attacks, sweep, report

        var meaning: String {
            switch self {
            case .id: "folder under `Results/`: lowercase letters, digits and hyphens"
            case .title: "the question asked, in one line"
            case .data: "which patches are measured"
            case .key: "the client's Paillier key; cases under another scheme need none"
            case .precision: "widths of the integer networks"
            case .seed: "of everything random that is not cryptographic"
            case .threads: "worker threads of each side; 0 means all processors"
            case .memory:
                "MiB a protocol run may use, both parties and the comparison; a layer that needs more is refused"
            case .trials: "repetitions of every case"
            case .warmUp: "runs of every case before its first trial that are dropped"
            case .predict: "measures the machine's speed first and records `seconds.predicted` beside what runs take"
            case .server:
                "where the network is, for protocol runs against a server elsewhere; what is compared is its output, and seconds "
                    + "are the client's and `seconds.elapsed`"
            case .cases: "what is run, in the order of the table"
            case .attacks: "what is attacked; a file with attacks needs no cases"
            case .sweep: "settings with a list of values each; every combination is run, the last setting fastest"
            case .report: "tables and figures; no measurement depends on it"
            }
        }

        var usual: String? {
            let settings = ProtocolSettings()
            return switch self {
            case .threads: "\(settings.threads)"
            case .memory: "\(settings.memory)"
            case .trials: "1"
            case .warmUp: "0"
            case .predict: "false"
            case .server: "both sides in this process"
            case .sweep: "none"
            case .report: "the standard table"
            default: nil
            }
        }

        static var required: [Self] { [.id, .title, .data, .seed] }

        var form: SettingForm {
            switch self {
            case .id, .title: .text
            case .data: Experiment.DataSelection.CodingKeys.mapping
            case .key: KeySettings.CodingKeys.mapping
            case .precision: PrecisionKey.mapping
            case .seed: .seed
            case .threads: .integer(ProtocolSettings.threadsRange)
            case .memory: .integer(ProtocolSettings.memoryRange)
            case .trials: .integer(1...1000)
            case .warmUp: .integer(0...1000)
            case .predict: .flag
            case .server: ServerSettings.CodingKeys.mapping
            case .cases: .list(Experiment.Case.CodingKeys.mapping)
            case .attacks: .list(AttackSettings.Key.mapping)
            case .sweep: .values
            case .report: ReportSection.form
            }
        }
    }
}

extension Experiment.DataSelection {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case file, random, photons, split, patches

        var meaning: String {
            switch self {
            case .file: "patch file of `ldct prepare`; `{photons}` in its name stands for `data.photons`"
            case .random:
                "instead: side of images of random pixels, on which costs are measured and no quality"
            case .photons: "photons per detector bin that the low dose must have been simulated with"
            case .split: "`train`, `validation` or `test`"
            case .patches: "how many patches, evenly spaced over the split"
            }
        }

        var usual: String? {
            switch self {
            case .photons: "any"
            case .split: "test"
            default: nil
            }
        }

        static var required: [Self] { [.patches] }

        var form: SettingForm {
            switch self {
            case .file: .text
            case .random: .integer(Experiment.DataSelection.randomSides)
            case .photons: .integer(1...1_000_000_000)
            case .split: .choice(Split.self)
            case .patches: .integer(1...1_000_000)
            }
        }
    }
}

extension Experiment.Case {
    package enum CodingKeys: SchemaKey, CodingKey {
        case mode, scheme, layout, permutation, order, weights, network, precision, crop
        case mask(MaskSetting)

        package static var allCases: [Self] {
            [.mode, .scheme, .layout, .permutation, .order, .weights, .network, .precision, .crop]
                + MaskSetting.allCases.map(Self.mask)
        }

        package init?(rawValue: String) {
            guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
            self = found
        }

        package init?(stringValue: String) { self.init(rawValue: stringValue) }
        package init?(intValue: Int) { nil }
        package var stringValue: String { rawValue }
        package var intValue: Int? { nil }

        package var rawValue: String {
            switch self {
            case .mode: "mode"
            case .scheme: "scheme"
            case .layout: "layout"
            case .permutation: "permutation"
            case .order: "order"
            case .weights: "weights"
            case .network: "network"
            case .precision: "precision"
            case .crop: "crop"
            case .mask(let setting): setting.rawValue
            }
        }

        package var meaning: String {
            switch self {
            case .mode: "see the table of modes in the README"
            case .scheme:
                "`cleartext`: the protocol without encryption; `integer`: the integer network alone; `paper`: the published "
                    + "encoding, measured on a few products and extrapolated (`linear`, `positive-mask`)"
            case .layout:
                "`batch`: a slot of a ciphertext is a patch of the batch; `tile`: a tile of one patch, cut anew every round, "
                    + "in `client-aided` and `shared`; `auto`: the cheaper one by the count of products and ciphertexts"
            case .permutation:
                "order in which values before a ReLU are sent: `channels` or `values` in modes with masks, `positions`; in the "
                    + "batch layout"
            case .order:
                "`offline`: all linear layers before the image is known, in mode `shared` and the batch layout"
            case .weights: "weights file"
            case .network:
                "instead: a RED-CNN of random weights, of which costs are measured and no quality"
            case .precision: "widths of this case alone"
            case .crop: "run on central crops, at least 11 pixels wide, of fewer patches"
            case .mask(let setting): setting.meaning
            }
        }

        package var usual: String? {
            let settings = ProtocolSettings()
            return switch self {
            case .scheme: settings.scheme.rawValue
            case .layout: settings.layout.rawValue
            case .permutation: settings.permutation.rawValue
            case .order: settings.order.rawValue
            case .precision: "the experiment's"
            case .crop: "whole patches"
            case .mask(let setting): setting.usual
            case .mode, .weights, .network: nil
            }
        }

        package static var required: [Self] { [.mode] }

        package var form: SettingForm {
            switch self {
            case .mode: .choice(Mode.self)
            case .scheme: .choice(ExperimentScheme.self)
            case .layout: .choice(LayoutChoice.self)
            case .permutation: .choice(Permutation.self)
            case .order: .choice(Order.self)
            case .weights: .text
            case .network: RandomNetwork.CodingKeys.mapping
            case .precision: PrecisionKey.mapping
            case .crop: Experiment.Crop.CodingKeys.mapping
            case .mask(let setting): setting.form
            }
        }
    }
}

extension Experiment.Crop {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case size, count

        var meaning: String {
            switch self {
            case .size: "side of the crops, pixels"
            case .count: "how many patches are cropped"
            }
        }

        var usual: String? { nil }

        static var required: [Self] { allCases }

        var form: SettingForm {
            switch self {
            case .size: .integer(Experiment.Crop.sizes)
            case .count: .integer(1...1_000_000)
            }
        }
    }
}

extension RandomNetwork {
    enum CodingKeys: String, SchemaKey, CodingKey {
        case depth, channels, kernel, relu, decoder, seed

        var meaning: String {
            switch self {
            case .depth: "3, 6, 10 or 14 layers"
            case .channels: "channels of the inner activations"
            case .kernel: "side of every kernel"
            case .relu: "which layers end in a ReLU: `none`, `last` or `all`"
            case .decoder: "`same`: every convolution is padded; `valid`: unpadded, with a transposed decoder"
            case .seed: "of the weights"
            }
        }

        var usual: String? {
            switch self {
            case .kernel: "\(RandomNetwork.usualKernel)"
            case .decoder: DecoderKind.same.rawValue
            case .seed: "1"
            case .depth, .channels, .relu: nil
            }
        }

        static var required: [Self] { [.depth, .channels, .relu] }

        var form: SettingForm {
            switch self {
            case .depth: .integer(1...100)
            case .channels: .integer(1...4096)
            case .kernel: .integer(1...31)
            case .relu: .choice(ReLUPlacement.self)
            case .decoder: .choice(DecoderKind.self)
            case .seed: .seed
            }
        }
    }
}
