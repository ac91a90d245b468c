import Denoising
import Imaging
import Leakage
import PrivateDenoising
import Reporting
import Numerics

/// One attack with everything that is decided before it runs.
struct PreparedAttack: Sendable {
    /// From 1, as in messages: `attacks[1]`.
    let number: Int
    let settings: AttackSettings
    /// The network under attack; nil where there is none.
    let target: Target?

    struct Target: Sendable {
        let trained: TrainedNetwork
        let weights: Artifact
        /// The integer networks its modes run, as far as they exist.
        let growing: IntegerNetwork
        let requantised: IntegerNetwork?

        func network(of mode: Mode) -> IntegerNetwork? {
            mode.networkKind == .requantised ? requantised : growing
        }

        /// Also the network that a mode folds for one size.
        func network(of mode: Mode, height: Int, width: Int) throws(DenoisingError) -> IntegerNetwork? {
            guard mode.networkKind == .fused else { return network(of: mode) }
            return try IntegerNetwork(
                fusing: trained.network, weights: trained.weights, height: height, width: width,
                weightBits: growing.weightBits, inputBits: growing.inputBits)
        }
    }

    /// - Throws: `ConfigurationError` naming the line of the experiment file that asks for what cannot be.
    init(
        _ number: Int, of experiment: Experiment, target: (trained: TrainedNetwork, weights: Artifact)?,
        patches: PatchSet, training: PatchSet, file: ConfigurationFile
    ) throws(ConfigurationError) {
        let settings = experiment.attacks[number - 1]
        let key = "attacks[\(number)]"
        self.number = number
        self.settings = settings
        if let size = settings.size, size > min(training.width, training.height) {
            throw file.refusal(
                "\(key).size",
                "is \(size); expected at most \(min(training.width, training.height)), as the patches are")
        }
        let most = settings.patches.max() ?? 1
        guard most <= training.count || settings.clients == [.random] else {
            throw file.refusal(
                "\(key).patches", "has \(most); expected at most \(training.count), the patches of /train")
        }
        if let bits = settings.keyBits.first(where: { $0 < 2048 }), !experiment.key.insecure {
            throw file.refusal(
                "\(key).key_bits", "has \(bits); expected at least 2048, or 'insecure: true' in 'key'")
        }
        do {
            self.target = try target.map { try Target($0.trained, $0.weights, experiment.precision) }
            for mask in settings.masks where self.target != nil && settings.kind.needsMode {
                guard let network = self.target?.network(of: mask.mode) else {
                    throw LeakageError.unsuitable(
                        attack: settings.kind.rawValue, expected: "weights with a calibration for mask \(mask.rawValue)"
                    )
                }
                if let reason = mask.mode.objection(to: network) {
                    throw LeakageError.unsuitable(attack: settings.kind.rawValue, expected: reason)
                }
            }
            for mode in settings.kind.modes(settings) {
                guard let network = try self.target?.network(of: mode, height: 64, width: 64) else {
                    throw LeakageError.unsuitable(
                        attack: settings.kind.rawValue, expected: "weights with a calibration for mode \(mode.rawValue)"
                    )
                }
                if let reason = mode.objection(to: network) {
                    throw LeakageError.unsuitable(attack: settings.kind.rawValue, expected: reason)
                }
            }
        } catch {
            throw file.refusal("\(key).weights", "\(error)")
        }
    }

    /// Side of the images attacked.
    func size(in set: PatchSet) -> Int { settings.size ?? min(set.width, set.height) }
}

extension PreparedAttack.Target {
    fileprivate init(
        _ trained: TrainedNetwork, _ weights: Artifact, _ precision: Experiment.Precision
    ) throws(DenoisingError) {
        self.trained = trained
        self.weights = weights
        growing = try IntegerNetwork(
            growing: trained.network, weights: trained.weights, weightBits: precision.weights,
            inputBits: precision.activations)
        requantised =
            trained.calibration == nil
            ? nil
            : try IntegerNetwork(
                requantising: trained.network, weights: trained.weights, calibration: trained.calibration,
                weightBits: precision.weights, activationBits: precision.activations)
    }
}

extension AttackSettings.Kind {
    /// Whether the mask chooses the mode.
    var needsMode: Bool { self == .filters || self == .decoder || self == .network }

    /// Modes that are compared whatever the mask.
    func modes(_ settings: AttackSettings) -> [Mode] {
        switch self {
        case .randomness: [.clientAided]
        case .radix, .reaction: settings.modes
        default: []
        }
    }
}
