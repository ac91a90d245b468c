import Denoising
import Foundation
import Imaging
import Paillier
import PrivateDenoising
import Reporting

/// One case with everything that is decided before it runs.
struct PreparedCase: Sendable {
    /// From 1, as in messages: `cases[1]`.
    let number: Int
    let settings: Experiment.Case
    let trained: TrainedNetwork
    let weights: Artifact
    let selection: PatchSelection
    /// What the encrypted run must equal bit for bit.
    let network: IntegerNetwork
    /// Nil where no messages are exchanged.
    let agreement: Agreement?

    /// - Throws: `ConfigurationError` naming the line of the experiment file that asks for what cannot be.
    init(
        _ number: Int, of experiment: Experiment, trained: TrainedNetwork, weights: Artifact,
        selection: PatchSelection, file: ConfigurationFile
    ) throws(ConfigurationError) {
        let settings = experiment.cases[number - 1]
        do {
            let network = try Self.integerNetwork(
                trained, mode: settings.mode, precision: settings.precision ?? experiment.precision,
                image: selection.lowDose[0])
            if let reason = settings.mode.objection(to: network) {
                throw PrivateDenoisingError.modeMismatch(mode: settings.mode, reason: reason)
            }
            let input = try network.input(selection.lowDose, window: trained.window)
            _ = try network.activationShapes(for: input.shape)
            let scheme = settings.scheme.runsProtocol ? settings.scheme.name : nil
            agreement = try scheme.map {
                try Agreement(
                    mode: settings.mode, layout: settings.layout, network: network, images: input.shape,
                    parameters: $0.parameters(keyBits: experiment.key.bits),
                    mask: settings.maskBits.map { MaskOptions(bits: $0) } ?? MaskOptions())
            }
            self.network = network
        } catch {
            throw file.refusal(
                "cases[\(number)].mode", "\(settings.mode.rawValue) does not go with \(settings.network): \(error)")
        }
        self.number = number
        self.settings = settings
        self.trained = trained
        self.weights = weights
        self.selection = selection
    }

    /// "case 2: client-aided of 3-relu.h5, paillier, batch".
    var name: String {
        "case \(number): \(settings.mode.rawValue) of \(weights.name), \(settings.scheme.rawValue), "
            + settings.layout.rawValue
    }

    /// Whether images mean something.
    var isTrained: Bool {
        if case .weights = settings.network { true } else { false }
    }

    /// The selection's low dose as the network takes it.
    func input() throws -> IntegerTensor { try network.input(selection.lowDose, window: trained.window) }

    /// The shape of each layer's input, then of the output.
    func shapes() throws -> [TensorShape] {
        let first = selection.patches[0].lowDose
        return try network.activationShapes(
            for: TensorShape(count: selection.patches.count, channels: 1, height: first.height, width: first.width))
    }

    /// Of all patches, padding zeros left out.
    func multiplyAccumulates() throws -> Int {
        try zip(network.layers, shapes()).reduce(0) { sum, pair in
            let (layer, input) = pair
            if let grid = layer.rows?.grid {
                let windows = { (lines: [WindowGrid.Line]) in lines.reduce(0) { $0 + $1.window.count } }
                return sum + input.count * layer.inputChannels * layer.outputChannels * windows(grid.rows)
                    * windows(grid.columns)
            }
            let shape = ConvolutionShape(
                inputChannels: layer.inputChannels, outputChannels: layer.outputChannels, inputHeight: input.height,
                inputWidth: input.width, kernelHeight: layer.kernelHeight, kernelWidth: layer.kernelWidth,
                padding: layer.padding)
            return sum + input.count * shape.multiplyAccumulates
        }
    }

    private static func integerNetwork(
        _ trained: TrainedNetwork, mode: Mode, precision: Experiment.Precision, image: Image
    ) throws(DenoisingError) -> IntegerNetwork {
        switch mode.networkKind {
        case .requantised:
            try IntegerNetwork(
                requantising: trained.network, weights: trained.weights, calibration: trained.calibration,
                weightBits: precision.weights, activationBits: precision.activations)
        case .growingScale:
            try IntegerNetwork(
                growing: trained.network, weights: trained.weights, weightBits: precision.weights,
                inputBits: precision.activations)
        case .fused:
            try IntegerNetwork(
                fusing: trained.network, weights: trained.weights, height: image.height, width: image.width,
                weightBits: precision.weights, inputBits: precision.activations)
        }
    }
}

extension Experiment.NetworkSource: CustomStringConvertible {
    package var description: String {
        switch self {
        case .weights(let file): file
        case .random(let random): random.name
        }
    }
}
