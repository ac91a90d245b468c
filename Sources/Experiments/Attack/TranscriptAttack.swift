import Denoising
import Imaging
package import Leakage
import PrivateDenoising
import Support

/// One attack on a transcript folder, as `ldct attack` makes it: what experiments make, on evidence from files.
package struct TranscriptAttack {
    private let attack: any Attack.Type
    private let evidence: Evidence

    /// - Parameters:
    ///   - folder: The transcript's.
    ///   - key: File of the client's private key, where the attacker owns it.
    ///   - weights: Of the network attacked, for scores.
    ///   - heldOut: Images that neither party sent, for scores: patches of the test split, evenly spaced.
    ///   - threads: 0 means all processors.
    /// - Throws: `LeakageError` for an unknown attack or method, or a folder that is no transcript; the errors of keys and weights.
    package init(
        _ name: String, transcript folder: String, key: String?, allowInsecure: Bool, weights: String?, weightBits: Int,
        heldOut: (file: String, patches: Int)?, settings: AttackSettings, seed: UInt64, threads: Int
    ) throws {
        guard let kind = AttackKind(rawValue: name) else {
            let names = AttackKind.allCases.map(\.rawValue)
            throw LeakageError.unsuitable(
                attack: name, found: "no such attack", expected: "one of: \(names.joined(separator: ", "))")
        }
        attack = kind.attack
        if let method = settings.methods.first(where: { !kind.attack.methods.contains($0) }) {
            let valid = kind.attack.methods
            throw LeakageError.unsuitable(
                attack: name, found: "no method '\(method)'",
                expected: valid.isEmpty ? "none; it has one way only" : "one of: \(valid.joined(separator: ", "))")
        }
        let transcript = try Transcript(reading: folder)
        var evidence = Evidence(
            transcript, key: try key.map { try KeyFile.clientKey($0, allowInsecure: allowInsecure) } ?? .none,
            settings: settings, seed: seed, threads: threads == 0 ? Resources.threads : threads)
        if let weights {
            let trained = try TrainedNetwork(reading: weights)
            evidence.truth.network = try Self.network(name, trained, transcript.agreement, bits: weightBits)
            evidence.truth.window = trained.window
            evidence.truth.activationLimits = trained.calibration?.activationLimits ?? []
        }
        if let (file, patches) = heldOut {
            evidence.truth.heldOut = try Self.heldOut(file, patches, transcript.agreement)
        }
        self.evidence = evidence
    }

    package func run() throws -> [AttackResult] { try attack.results(evidence) }

    private static func network(
        _ attack: String, _ trained: TrainedNetwork, _ agreement: Agreement, bits: Int
    ) throws -> IntegerNetwork {
        let network = try trained.integers(
            for: agreement.mode.networkKind,
            precision: Precision(weights: bits, activations: agreement.inputBits), image: agreement.rounds[0].input)
        let sizes = network.layers.map { [$0.inputChannels, $0.outputChannels, $0.kernelHeight, $0.kernelWidth] }
        let sent = agreement.layers.map(\.architecture)
        guard sizes == sent.map({ [$0.inputChannels, $0.outputChannels, $0.kernelHeight, $0.kernelWidth] }) else {
            throw LeakageError.unsuitable(
                attack: attack, found: "weights of another network", expected: "those of the transcript's")
        }
        return network
    }

    private static func heldOut(
        _ file: String, _ patches: Int, _ agreement: Agreement
    ) throws -> [(low: Image, normal: Image)] {
        let (set, size) = (try PatchDataset(reading: file).test, agreement.rounds[0].input.height)
        guard patches <= set.count, size <= min(set.width, set.height) else {
            throw LeakageError.unsuitable(
                attack: "scores", found: "\(set.count) patches of \(set.width)x\(set.height) in \(file)",
                expected: "at least \(patches) of \(size)x\(size)")
        }
        return set.evenlySpaced(patches, side: size)
    }
}
