import Configuration
import Denoising

/// What a training configuration can say: the keys of its mappings, each with its meaning and its default.
enum TrainingKeys {
    enum Root: String, SchemaKey {
        case id, data, output, network, training, calibration

        var setting: Setting {
            switch self {
            case .id:
                Setting(
                    .text, "names the checkpoint, `Checkpoints/<id>.h5`: letters, digits, `-` and `_`", isRequired: true
                )
            case .data:
                Setting(
                    .text, "patch file of `ldct prepare`, with patches to train, to validate and to test on",
                    isRequired: true)
            case .output:
                Setting(
                    .text, "weights file to write; the learning curve is written beside it, as `.csv`", isRequired: true
                )
            case .network: Setting(Network.mapping, "a RED-CNN", isRequired: true)
            case .training:
                Setting(
                    Training.mapping,
                    "mean squared error, Adam and cosine decay; the epoch with the best validation PSNR is kept",
                    isRequired: true)
            case .calibration:
                Setting(
                    Calibration.mapping,
                    "limits of the activations, measured on the training patches, for integer networks; with `quantisation` of the network "
                        + "at the start, and kept",
                    usual: "the largest activation seen, and a quarter")
            }
        }
    }

    enum Network: String, SchemaKey {
        case depth, channels, kernel, relu, decoder

        /// As those of random networks, but that the decoder must be named.
        var setting: Setting {
            switch self {
            case .depth: RandomNetwork.CodingKeys.depth.setting
            case .channels: RandomNetwork.CodingKeys.channels.setting
            case .kernel: RandomNetwork.CodingKeys.kernel.setting
            case .relu:
                Setting(
                    .choice(ReLUPlacement.self),
                    "which layers end in a ReLU: "
                        + ReLUPlacement.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "),
                    isRequired: true)
            case .decoder:
                Setting(.choice(DecoderKind.self), RandomNetwork.CodingKeys.decoder.setting.meaning, isRequired: true)
            }
        }
    }

    enum Training: String, SchemaKey {
        case epochs
        case batchSize = "batch_size"
        case learningRate = "learning_rate"
        case finalLearningRate = "final_learning_rate"
        case seed, augmentation, start, quantisation

        var setting: Setting {
            switch self {
            case .epochs: Setting(.integer(1...1_000_000), "passes over the training patches", isRequired: true)
            case .batchSize:
                Setting(
                    .integer(1...65_536), "patches per step, at most as many as there are to train on", isRequired: true
                )
            case .learningRate: Setting(.number(1e-8...1), "of the first step", isRequired: true)
            case .finalLearningRate:
                Setting(.number(0...1), "of the last step, down to which it falls as a half cosine", usual: "0")
            case .seed:
                Setting(.seed, "of the first weights, the order of patches and their augmentation", isRequired: true)
            case .augmentation: Setting(.flag, "turns and mirrors patches at random", usual: "true")
            case .start: Setting(.text, "weights file of the same network to start from", usual: "random weights")
            case .quantisation:
                Setting(
                    Quantisation.mapping,
                    "bits of weights and activations of the integer network that is trained for: passes round as it does, gradients go "
                        + "straight through, and the rounded network is what is validated",
                    usual: "none")
            }
        }
    }

    enum Quantisation: String, SchemaKey {
        case weights, activations

        var setting: Setting {
            switch self {
            case .weights:
                Setting(.integer(Precision.range), "bits of the integer weights, sign included", isRequired: true)
            case .activations: Setting(.integer(Precision.range), "bits of the unsigned activations", isRequired: true)
            }
        }
    }

    enum Calibration: String, SchemaKey {
        case margin, percentile

        var setting: Setting {
            switch self {
            case .margin:
                Setting(
                    .number(Denoising.Calibration.marginRange), "room above the activations seen, as a factor",
                    usual: "\(TrainingConfiguration.usualMargin)")
            case .percentile: Setting(.number(1...100), "of the activations, in place of the largest", usual: "none")
            }
        }
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
            ], example, TrainingKeys.Root.mapping.settings())
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
