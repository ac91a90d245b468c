import Denoising
import Imaging
import Numerics
import Paillier
import PrivateDenoising

/// F: some pixels of a client's first image. The key stands for the victims, who send the transcript's images again: the
/// attack sees their reactions alone.
extension ReactionAttack: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .weights, .modes, .defences, .pixels, .size, .keyBits]
    }
    package static var methods: [String] { Reply.allCases.map(\.rawValue) }

    /// Whether the victim tells of values out of range.
    private enum Reply: String, CaseIterable { case told, silent }

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        try stage.settings.modes.flatMap { mode -> [Evidence] in
            let network = try stage.network(of: mode)
            let recorded = try stage.evidence(mode, network, stage.sent(1, to: network), messages: 2)
            return stage.settings.defences.map { defence in
                var evidence = recorded
                evidence.settings.methods = [(defence == .on ? Reply.silent : .told).rawValue]
                evidence.part = "\(mode.rawValue)-\(defence.rawValue)"
                evidence.mode = mode
                evidence.parameters = ["defence": defence.rawValue]
                return evidence
            }
        }
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let clients: [Reply] = evidence.methods(ReactionAttack.self)
        let (agreement, key) = (evidence.transcript.agreement, try evidence.privateKey())
        let images = try ClientView(evidence.transcript, key: evidence.key, threads: evidence.threads).rounds[0].sent
        let attack = try ReactionAttack(agreement, key: key.publicKey, threads: evidence.threads)
        var generator = SeededGenerator(seed: evidence.seed, stream: 4)
        let pixels = (0..<evidence.settings.pixels).map { _ in
            Int(generator.uniform() * Double(images.shape.planeSize))
        }
        return try clients.map { client in
            let victim = Victim(
                agreement, key: key, images: images, isSilent: client == .silent, threads: evidence.threads)
            let (found, seconds) = try timed { try pixels.map { try attack.read(pixel: $0, of: victim) } }
            let exact = zip(found, pixels).count { $0 == images.values.narrow($1) }
            return AttackResult(
                "reaction", patches: 1,
                [
                    (.exactShare, Double(exact) / Double(pixels.count)), (.sessions, Double(attack.sessions)),
                    (.success, exact == pixels.count ? 1 : 0), (.seconds, seconds),
                ],
                loot: zip(pixels, found).map { .init(name: "pixel \($0)", value: Double($1)) })
        }
    }
}
