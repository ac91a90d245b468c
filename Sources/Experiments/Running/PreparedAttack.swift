import Configuration
import Denoising
import Imaging
import Leakage
import PrivateDenoising
import Reporting

/// One attack with everything that is decided before it runs.
struct PreparedAttack: Sendable {
    /// From 1, as in messages: `attacks[1]`.
    let number: Int
    let entry: AttackEntry
    /// The network under attack; nil where there is none.
    let target: AttackStage.Target?
    let weights: Artifact?

    /// - Throws: `ConfigurationError` naming the line of the experiment file that asks for what cannot be.
    init(
        _ number: Int, of experiment: Experiment, target: (trained: TrainedNetwork, weights: Artifact)?,
        patches: PatchSet, training: PatchSet, file: ConfigurationFile
    ) throws(ConfigurationError) {
        let entry = experiment.attacks[number - 1]
        let settings = entry.settings
        let key = "attacks[\(number)]"
        self.number = number
        self.entry = entry
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
        for bits in entry.keyBits {
            let consent = "'insecure: true' in 'key'"
            if let reason = KeySettings.objection(to: bits, insecure: experiment.key.insecure, consent: consent) {
                throw file.refusal("\(key).key_bits", "has \(bits); expected \(reason)")
            }
        }
        self.target = target.map { AttackStage.Target($0.trained, precision: experiment.precision) }
        weights = target?.weights
        do {
            guard let target = self.target else { return }
            for mode in entry.modes {
                let network = try target.network(of: mode, size: size(in: training))
                if let reason = mode.objection(to: network) {
                    throw LeakageError.unsuitable(attack: entry.kind.rawValue, expected: reason)
                }
            }
        } catch {
            throw file.refusal("\(key).weights", "\(error)")
        }
    }

    /// Side of the images attacked.
    func size(in set: PatchSet) -> Int { entry.settings.size ?? min(set.width, set.height) }
}

extension AttackEntry {
    /// Modes whose networks it attacks.
    fileprivate var modes: [Mode] {
        let keys = kind.attack.keys
        if keys.contains(.masks) { return settings.masks.map(\.mode) }
        if keys.contains(.modes) { return settings.modes }
        return switch kind {
        case .imitation, .student: [.clientAided]
        case .shifts: [.shared]
        default: []
        }
    }
}
