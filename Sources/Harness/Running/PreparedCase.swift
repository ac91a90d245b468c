import Denoising
import Foundation
import Imaging
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
    let agreement: Agreement
    let input: IntegerTensor

    /// - Throws: `ConfigurationError` naming the line of the experiment file that asks for what cannot be.
    init(
        _ number: Int, of experiment: Experiment, trained: TrainedNetwork, weights: Artifact,
        selection: PatchSelection, file: ConfigurationFile
    ) throws(ConfigurationError) {
        let settings = experiment.cases[number - 1]
        do {
            let network = try Self.integerNetwork(trained, mode: settings.mode, precision: experiment.precision)
            input = try network.input(selection.lowDose, window: trained.window)
            agreement = try Agreement(
                mode: settings.mode, layout: settings.layout, network: network, images: input.shape,
                plaintextBits: experiment.key.bits - 1,
                mask: settings.maskBits.map { MaskOptions(bits: $0) } ?? MaskOptions())
            self.network = network
        } catch {
            throw file.refusal(
                "cases[\(number)].mode", "\(settings.mode.rawValue) does not go with \(settings.weights): \(error)")
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

    private static func integerNetwork(
        _ trained: TrainedNetwork, mode: Mode, precision: Experiment.Precision
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
        }
    }
}
