import Configuration
import Denoising

/// What a training configuration can say: the keys of its mappings, each with its meaning and its default.
enum TrainingKeys {
    enum Root: String, SchemaKey {
        case id, data, output, network, training, calibration

        static var required: [Self] { [.id, .data, .output, .network, .training] }

        var meaning: String {
            switch self {
            case .id: "names the checkpoint, `Checkpoints/<id>.h5`: letters, digits, `-` and `_`"
            case .data: "patch file of `ldct prepare`, with patches to train, to validate and to test on"
            case .output: "weights file to write; the learning curve is written beside it, as `.csv`"
            case .network: "a RED-CNN"
            case .training: "mean squared error, Adam and cosine decay; the epoch with the best validation PSNR is kept"
            case .calibration:
                "limits of the activations, measured on the training patches, for integer networks; with `quantisation` of the network "
                    + "at the start, and kept"
            }
        }

        var usual: String? { self == .calibration ? "the largest activation seen, and a quarter" : nil }

        var form: SettingForm {
            switch self {
            case .id, .data, .output: .text
            case .network: Network.mapping
            case .training: Training.mapping
            case .calibration: Calibration.mapping
            }
        }
    }

    enum Network: String, SchemaKey {
        case depth, channels, kernel, relu, decoder

        static var required: [Self] { [.depth, .channels, .relu, .decoder] }

        var meaning: String {
            switch self {
            case .depth: "3, 6, 10 or 14 layers"
            case .channels: "channels of the inner activations"
            case .kernel: "side of every kernel"
            case .relu: "which layers end in a ReLU: " + names(ReLUPlacement.self)
            case .decoder: "`same`: every convolution is padded; `valid`: unpadded, with a transposed decoder"
            }
        }

        var usual: String? { self == .kernel ? "5" : nil }

        var form: SettingForm {
            switch self {
            case .depth: .integer(1...100)
            case .channels: .integer(1...4096)
            case .kernel: .integer(1...31)
            case .relu: .choice(ReLUPlacement.self)
            case .decoder: .choice(DecoderKind.self)
            }
        }
    }

    enum Training: String, SchemaKey {
        case epochs
        case batchSize = "batch_size"
        case learningRate = "learning_rate"
        case finalLearningRate = "final_learning_rate"
        case seed, augmentation, start, quantisation

        static var required: [Self] { [.epochs, .batchSize, .learningRate, .seed] }

        var meaning: String {
            switch self {
            case .epochs: "passes over the training patches"
            case .batchSize: "patches per step, at most as many as there are to train on"
            case .learningRate: "of the first step"
            case .finalLearningRate: "of the last step, down to which it falls as a half cosine"
            case .seed: "of the first weights, the order of patches and their augmentation"
            case .augmentation: "turns and mirrors patches at random"
            case .start: "weights file of the same network to start from"
            case .quantisation:
                "bits of weights and activations of the integer network that is trained for: passes round as it does, gradients go "
                    + "straight through, and the rounded network is what is validated"
            }
        }

        var usual: String? {
            switch self {
            case .finalLearningRate: "0"
            case .augmentation: "true"
            case .start: "random weights"
            case .quantisation: "none"
            case .epochs, .batchSize, .learningRate, .seed: nil
            }
        }

        var form: SettingForm {
            switch self {
            case .epochs: .integer(1...1_000_000)
            case .batchSize: .integer(1...65_536)
            case .learningRate: .number(1e-8...1)
            case .finalLearningRate: .number(0...1)
            case .seed: .seed
            case .augmentation: .flag
            case .start: .text
            case .quantisation: Quantisation.mapping
            }
        }
    }

    enum Quantisation: String, SchemaKey {
        case weights, activations

        static var required: [Self] { allCases }

        var meaning: String {
            switch self {
            case .weights: "bits of the integer weights, sign included"
            case .activations: "bits of the unsigned activations"
            }
        }

        var usual: String? { nil }

        var form: SettingForm { .integer(Precision.range) }
    }

    enum Calibration: String, SchemaKey {
        case margin, percentile

        static var required: [Self] { [] }

        var meaning: String {
            switch self {
            case .margin: "room above the activations seen, as a factor"
            case .percentile: "of the activations, in place of the largest"
            }
        }

        var usual: String? { self == .margin ? "\(TrainingConfiguration.usualMargin)" : "none" }

        var form: SettingForm { .number(1...100) }
    }

    private static func names<Choice: RawRepresentable<String> & CaseIterable>(_ choices: Choice.Type) -> String {
        choices.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
    }
}

/// A training configuration with its settings explained, and the schema of such files.
package enum TrainingTemplate {
    package static var schema: String {
        TrainingKeys.Root.mapping.schema(title: "A training configuration of ldct")
    }

    /// What `ldct train --print-template` prints.
    package static var text: String {
        ExplainedFile.text(
            [
                "# yaml-language-server: $schema=training.schema.json",
                "# A training configuration. Paths are relative to the folder ldct is called in.",
                "# A key that is not known is an error. Keys with a default may be left out.", "",
            ], example, lists: [], comment: comment)
    }

    private static func comment(_ path: String) -> String? {
        let rows =
            rows(TrainingKeys.Root.self, "") + rows(TrainingKeys.Network.self, "network.")
            + rows(TrainingKeys.Training.self, "training.") + rows(TrainingKeys.Calibration.self, "calibration.")
        return rows.first { $0.path == path }?.text
    }

    private static func rows<Key: DocumentedKey>(_ keys: Key.Type, _ prefix: String) -> [(path: String, text: String)] {
        keys.allCases.map { key in
            (prefix + key.rawValue, ExplainedFile.comment(key.meaning, usual: key.usual))
        }
    }

    private static let example = """
        id: mine
        data: Data/head.h5
        output: mine.h5

        network:
          depth: 3
          channels: 16
          kernel: 5
          relu: all
          decoder: same

        training:
          epochs: 20
          batch_size: 4
          learning_rate: 0.0005
          final_learning_rate: 0.00001
          seed: 1
          augmentation: true
          start: Experiments/weights/3-relu.h5
          quantisation: {weights: 7, activations: 10}

        calibration:
          margin: 1.25

        """
}
