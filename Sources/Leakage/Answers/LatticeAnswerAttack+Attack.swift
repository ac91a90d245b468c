import Denoising
import Imaging
import Lattice
import Numerics
package import PrivateDenoising

/// I: the first layer's filters from lattice answers before the switch of moduli, under each protection and none. The attack succeeds
/// where the filters' mean cosine passes 0.99.
///
/// Answers without protection are never sent, so that no transcript has them: the evidence carries what the client would see, beside
/// the first round as it is.
extension LatticeAnswerAttack: Attack {
    package static var keys: Set<AttackSettings.Key> { [.attack, .weights, .modes, .patches, .size] }
    package static var methods: [String] { Method.allCases.map(\.rawValue) }
    package static var usualMethods: [String] { methods }
    package static var usualScheme: SchemeName { .lattice }

    /// What one client sees under one protection.
    package struct Scene: Sendable {
        fileprivate let attack: LatticeAnswerAttack
        fileprivate let views: [View]
    }

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let key = try SecretKey()
        return try stage.settings.modes.flatMap { try evidence($0, stage, key) }
    }

    private static func evidence(_ mode: Mode, _ stage: AttackStage, _ key: SecretKey) throws -> [Evidence] {
        let network = try stage.network(of: mode)
        let images = try stage.sent(stage.patches, to: network)
        let first = images.images(0..<1)
        let agreement = try Agreement(
            mode: mode, network: network, images: first.shape,
            parameters: LatticeScheme.parameters(of: key.publicKey))
        let attack = try LatticeAnswerAttack(
            network.layers[0], height: stage.size, width: stage.size, bits: agreement.shareBits,
            hasShares: agreement.shareBits != nil, key: key)
        let setup = try agreement.steps.prefix { $0.phase == .setup }.count
        let transcript = try Transcript.recording(
            LatticeScheme.self, agreement: agreement, network: network, key: key, images: first,
            messages: setup + 2, threads: stage.threads)
        let plane = images.shape.planeSize
        return try Protection.allCases.map { protection in
            var evidence = stage.evidence(transcript, key: ClientKey(LatticeScheme.self, key), network: network)
            evidence.answers = Scene(
                attack: attack,
                views: try (0..<images.shape.count).map { image in
                    try attack.view(
                        (0..<plane).map { images.values.narrow(image * plane + $0) }, protection,
                        threads: stage.threads)
                })
            evidence.part =
                mode == .clientAided ? protection.rawValue : "\(mode.rawValue) \(protection.rawValue)"
            evidence.mode = mode
            evidence.parameters = ["defence": protection.rawValue]
            return evidence
        }
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        guard let scene = evidence.answers else {
            throw LeakageError.unsuitable(
                attack: "answers", found: "a transcript, whose answers are protected",
                expected: "an experiment, which makes answers that are not")
        }
        let methods: [Method] = evidence.methods(LatticeAnswerAttack.self)
        return methods.flatMap { method in
            // Elimination needs one patch.
            (method == .elimination ? [1] : evidence.patches(of: scene.views.count)).map { patches in
                let (found, seconds) = timed {
                    scene.attack.filters(Array(scene.views.prefix(patches)), method: method)
                }
                let score = scene.attack.score(found)
                return AttackResult(
                    method.rawValue, patches: patches,
                    [
                        (.cosine, score.cosine), (.exactShare, score.exactShare),
                        (.success, score.cosine > 0.99 ? 1 : 0), (.seconds, seconds),
                    ])
            }
        }
    }
}
