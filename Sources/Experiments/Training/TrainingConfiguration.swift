package import Configuration
package import Denoising
import Support

/// A training run as its YAML file describes it. Paths are relative to the current folder.
package struct TrainingConfiguration: Sendable {
    package let id: String
    /// The patch file.
    package let data: String
    /// The weights file to write.
    package let output: String
    package let network: Network
    package let settings: TrainingSettings
    /// The weights file to start from; nil starts from random weights.
    package let start: String?
    /// Widths of the integer network that is trained for; nil trains the float network.
    package let quantisation: Precision?
    /// Room above the largest activation seen, for networks that are calibrated.
    package let calibrationMargin: Double
    /// Of each activation; nil takes the maximum.
    package let calibrationPercentile: Double?
    static let usualMargin = 1.25
    /// SHA-256 of the file's text: what the weights remember the configuration by.
    package let digest: String

    /// - Throws: `ConfigurationError` naming file, line, key, what was found and expected.
    package init(_ file: ConfigurationFile) throws {
        try file.require(.training)
        let root = try file.mapping(TrainingKeys.Root.self)
        id = try root.text(.id)
        guard id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }), !id.isEmpty
        else {
            throw root.refusal(.id, "is '\(id)'; expected letters, digits, '-' and '_' only")
        }
        data = try root.text(.data)
        output = try root.text(.output)
        let network = try root.mapping(.network, of: TrainingKeys.Network.self)
        do {
            self.network = try Network.redCNN(
                depth: network.integer(.depth), channels: network.integer(.channels),
                kernel: network.integer(.kernel, default: RandomNetwork.usualKernel),
                relu: network.choice(.relu, of: ReLUPlacement.self),
                decoder: network.choice(.decoder, of: DecoderKind.self))
        } catch let error as DenoisingError {
            throw root.refusal(.network, "\(error)")
        }
        let training = try root.mapping(.training, of: TrainingKeys.Training.self)
        let learningRate = try training.number(.learningRate)
        settings = try TrainingSettings(
            epochs: training.integer(.epochs), batchSize: training.integer(.batchSize), learningRate: learningRate,
            finalLearningRate: training.number(.finalLearningRate, in: 0...learningRate, default: 0),
            seed: UInt64(training.integer(.seed)),
            augmentation: training.flag(.augmentation, default: true))
        start = training.contains(.start) ? try training.text(.start) : nil
        let widths = try training.optionalMapping(.quantisation, of: TrainingKeys.Quantisation.self)
        quantisation = try widths.map {
            try Precision(weights: $0.integer(.weights), activations: $0.integer(.activations))
        }
        if quantisation != nil {
            guard start != nil else {
                throw training.refusal(
                    .quantisation,
                    "needs the limits of a trained network's activations; expected 'start', its weights file")
            }
            if let layer = self.network.layers.dropLast().first(where: { !$0.relu }) {
                throw training.refusal(.quantisation, "\(DenoisingError.reluMissing(layer: layer.name))")
            }
        }
        let calibration = try root.optionalMapping(.calibration, of: TrainingKeys.Calibration.self)
        calibrationMargin =
            try calibration?.number(.margin, default: Self.usualMargin) ?? Self.usualMargin
        calibrationPercentile =
            calibration?.contains(.percentile) == true ? try calibration?.number(.percentile) : nil
        digest = Digest.of(file.text)
    }
}
