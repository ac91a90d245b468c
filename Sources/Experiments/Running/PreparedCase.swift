import Imaging
import Configuration
import Denoising
import Foundation
import PrivateDenoising
import Reporting

/// One case with everything that is decided before it runs.
struct PreparedCase: Sendable {
    /// From 1, as in messages: `cases[1]`.
    let number: Int
    let source: Experiment.Case
    /// The case's, with the layout chosen where it left that open.
    private(set) var settings: ProtocolSettings
    let trained: TrainedNetwork
    let weights: Artifact
    let selection: PatchSelection
    /// What the encrypted run must equal bit for bit.
    let network: IntegerNetwork
    /// Nil where no messages are exchanged.
    private(set) var agreement: Agreement?

    /// - Throws: `ConfigurationError` naming the line of the experiment file that asks for what cannot be.
    init(
        _ number: Int, of experiment: Experiment, trained: TrainedNetwork, weights: Artifact,
        selection: PatchSelection, file: ConfigurationFile
    ) throws(ConfigurationError) {
        let source = experiment.cases[number - 1]
        var settings = source.settings
        do {
            let image = TensorShape(
                channels: 1, height: selection.lowDose[0].height, width: selection.lowDose[0].width)
            try trained.network.requireImagesOfOneSize(height: image.height, width: image.width)
            let network = try trained.integers(
                for: settings.mode.networkKind, precision: settings.precision, image: image)
            if let reason = settings.mode.objection(to: network) {
                throw PrivateDenoisingError.modeMismatch(mode: settings.mode, reason: reason)
            }
            let input = try network.input(selection.lowDose, window: trained.window)
            _ = try network.activationShapes(for: input.shape)
            if settings.picksLayout { settings = try settings.withCheaperLayout(network, images: input.shape) }
            let agreement =
                settings.scheme.runsProtocol ? try settings.agreement(network, images: input.shape) : nil
            if let agreement { try settings.scheme.measured?.requireDistance(agreement, network) }
            self.agreement = agreement
            self.network = network
            self.settings = settings
        } catch {
            throw file.refusal(
                "cases[\(number)].mode", "\(settings.mode.rawValue) does not go with \(source.network): \(error)")
        }
        self.number = number
        self.source = source
        self.trained = trained
        self.weights = weights
        self.selection = selection
        showsImages = if experiment.data.file != nil, case .weights = source.network { true } else { false }
    }

    /// Whether images mean something: trained weights and images of something.
    let showsImages: Bool

    /// The same case in another layout, for a comparison.
    /// - Throws: As `Agreement.init`, where it cannot be.
    func with(_ layout: Layout) throws -> PreparedCase {
        var other = self
        other.settings.layout = layout
        if let (key, reason) = other.settings.objection() { throw SettingsError(name: key.rawValue, reason: reason) }
        other.agreement = try other.settings.agreement(network, images: input().shape)
        return other
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
        let input = try shapes()[0]
        // A folded network is one layer, with rows of its own.
        guard let grid = network.layers[0].rows?.grid else {
            return try trained.network.multiplyAccumulates(for: input)
        }
        func windows(_ lines: [WindowGrid.Line]) -> Int { lines.reduce(0) { $0 + $1.window.count } }
        return input.count * grid.input.channels * grid.output.channels * windows(grid.rows) * windows(grid.columns)
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
