import Denoising
import Numerics
import Paillier
import PrivateDenoising

/// E: as many weights as one upload reads, with one image in the slots and with all slots in use.
extension RadixAttack: Attack {
    package static var keys: Set<AttackSettings.Key> { [.attack, .weights, .modes, .defences, .size, .keyBits] }
    package static var methods: [String] { Expectation.allCases.map(\.rawValue) }

    /// What the attacker takes unused slots to hold.
    private enum Expectation: String, CaseIterable { case noise, data }

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let key = try stage.key(false)
        return try stage.settings.modes.flatMap { mode -> [Evidence] in
            let network = try stage.network(of: mode)
            func agreement(_ images: Int) throws -> Agreement {
                try Agreement(
                    mode: mode, network: network,
                    images: TensorShape(count: images, channels: 1, height: stage.size, width: stage.size),
                    parameters: .paillier(keyBits: key.publicKey.bits))
            }
            let together = try agreement(1).layouts[0].imagesTogether
            return try (together > 1 ? [1, together] : [1]).flatMap { images in
                try stage.settings.defences.map { defence in
                    let attack = RadixAttack(isNoisy: defence == .on, weightBits: network.weightBits)
                    let transcript = try attack.record(
                        agreement(images), network: network, key: key, threads: stage.threads)
                    var evidence = stage.evidence(transcript, key: .paillier(key), network: network)
                    evidence.settings.methods = [(defence == .on ? Expectation.noise : .data).rawValue]
                    evidence.part = "\(mode.rawValue)-\(images)-\(defence.rawValue)"
                    evidence.mode = mode
                    evidence.parameters = [
                        "defence": defence.rawValue, "batch": images == 1 ? "one image" : "full",
                    ]
                    return evidence
                }
            }
        }
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let expectations: [Expectation] = evidence.methods(RadixAttack.self)
        let (transcript, network) = (evidence.transcript, evidence.truth.network)
        let key = try evidence.privateKey()
        return try expectations.map { expected in
            let attack = RadixAttack(
                isNoisy: expected == .noise, weightBits: network?.weightBits ?? Precision.usual.weights)
            let (reading, seconds) = try timed {
                try attack.read(transcript, key: key, threads: evidence.threads)
            }
            let patches = transcript.agreement.images.count
            guard let network else {
                return AttackResult("radix", patches: patches, [(.seconds, seconds)], loot: loot(reading))
            }
            let share = try reading.exactShare(of: network, transcript, threads: evidence.threads)
            return AttackResult(
                "radix", patches: patches,
                [
                    (.exactShare, share), (.decryptions, Double(reading.decryptions)),
                    (.success, share == 1 ? 1 : 0), (.seconds, seconds),
                ])
        }
    }

    private static func loot(_ reading: Reading) -> [AttackResult.Loot] {
        reading.rows.enumerated().flatMap { row, weights in
            (weights ?? []).enumerated().map { .init(name: "row \(row) weight \($0)", value: Double($1)) }
        }
    }
}
