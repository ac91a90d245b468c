import Configuration
import PrivateDenoising

// What an experiment file can say: the keys of its mappings, each with its meaning and its default.

extension Experiment {
    enum CodingKeys: String, DocumentedKey, CodingKey {
        case id, title, data, key, precision, seed, threads, memory, trials
        case warmUp = "warm_up"
        case cases, attacks, sweep, report

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
            case .sweep: "none"
            case .report: "the standard table"
            default: nil
            }
        }
    }
}

extension Experiment.DataSelection {
    enum CodingKeys: String, DocumentedKey, CodingKey {
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
    }
}

extension Experiment.Case {
    package enum CodingKeys: String, DocumentedKey, CodingKey {
        case mode, scheme, layout, permutation, order, weights, network, precision, crop
        case maskBits = "mask_bits"
        case maskDistribution = "mask_distribution"
        case maskShared = "mask_shared"

        package var meaning: String {
            switch self {
            case .mode: "see the table of modes in the README"
            case .scheme:
                "`cleartext`: the protocol without encryption; `integer`: the integer network alone; `paper`: the published "
                    + "encoding, measured on a few products and extrapolated (`linear`, `positive-mask`)"
            case .layout:
                "a slot of a ciphertext is a patch of the batch; `tile`: a tile of one patch, cut anew every round, "
                    + "in `client-aided` and `shared`"
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
            case .maskBits: "width of masks, in modes that have them"
            case .maskDistribution:
                "`uniform`, or `log-uniform`: the number of a mask's bits is uniform"
            case .maskShared: "one mask for all slots of a ciphertext, so that patches share ciphertexts"
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
            case .maskBits: "\(settings.mask.bits)"
            case .maskDistribution: settings.mask.distribution.rawValue
            case .maskShared: "\(settings.mask.isShared)"
            case .mode, .weights, .network: nil
            }
        }
    }
}

extension Experiment.Crop {
    enum CodingKeys: String, DocumentedKey, CodingKey {
        case size, count

        var meaning: String {
            switch self {
            case .size: "side of the crops, pixels"
            case .count: "how many patches are cropped"
            }
        }

        var usual: String? { nil }
    }
}

extension RandomNetwork {
    enum CodingKeys: String, DocumentedKey, CodingKey {
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

        var usual: String? { self == .kernel ? "\(RandomNetwork.usualKernel)" : nil }
    }
}
