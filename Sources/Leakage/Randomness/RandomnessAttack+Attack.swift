import Denoising
import Imaging
import Numerics
import PrivateDenoising

/// D: filters of the first layer, for every way of drawing randomness, with a key that no other trial has. The attack succeeds
/// where every weight is right modulo what the key's small subgroups can tell, which for open keys is the weight itself.
extension RandomnessAttack: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .weights, .randomness, .modes, .filters, .size, .keyBits]
    }
    package static var methods: [String] { Method.allCases.map(\.rawValue) }
    package static var usualMethods: [String] { [Method.subgroups.rawValue] }

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let key = try stage.key(true)
        return try stage.settings.modes.flatMap { mode in
            let network = try stage.network(of: mode)
            let images = try stage.sent(1, to: network)
            return try stage.settings.randomness.map { setting in
                let transcript = try setting.record(
                    mode, key: key, network: network, images: images, threads: stage.threads)
                var evidence = stage.evidence(transcript, key: .paillier(key), network: network)
                evidence.settings.methods =
                    (setting == .mixed ? [Method.subgroups, .jacobi] : [.subgroups]).map(\.rawValue)
                evidence.part = mode == .clientAided ? setting.rawValue : "\(mode.rawValue)-\(setting.rawValue)"
                evidence.mode = mode
                evidence.parameters = ["randomness": setting.rawValue]
                return evidence
            }
        }
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let methods: [Method] = evidence.methods(RandomnessAttack.self)
        let key = try evidence.privateKey()
        let channels = evidence.transcript.agreement.rounds[0].output.channels
        let wanted = 0..<min(evidence.settings.filters, channels)
        return try methods.map { method in
            // On one thread.
            let (found, seconds) = try timed {
                let attack = RandomnessAttack(key)
                return (try attack.filters(evidence.transcript, channels: wanted, method: method), attack.reach)
            }
            guard let network = evidence.truth.network else {
                return AttackResult(method.rawValue, [(.seconds, seconds)], loot: loot(found.0))
            }
            let score = Score(found.0, truth: network)
            return AttackResult(
                method.rawValue,
                [
                    (.exactShare, score.exactShare), (.parityShare, score.parityShare),
                    (.modulusBits, Double(score.modulusBits)),
                    (.keyIsOpen, found.1 > BigInteger(1 << network.weightBits) ? 1 : 0),
                    (.success, score.isRight ? 1 : 0), (.seconds, seconds),
                ])
        }
    }

    /// Readings beside the filters they are of.
    private struct Score {
        let exactShare, parityShare: Double
        /// Of the filter known least.
        let modulusBits: Int
        /// All that this key's subgroups can tell is true.
        let isRight: Bool

        init(_ readings: [Reading?], truth: IntegerNetwork) {
            let layer = truth.layers[0]
            let taps = layer.weights.count / layer.outputChannels
            var (exact, parities, isRight) = (0, 0, true)
            for (channel, reading) in readings.enumerated() {
                let filter = layer.weights[channel * taps..<(channel + 1) * taps].map { Int($0) }
                let (weights, modulus) = (reading?.weights ?? [], reading?.modulus ?? 1)
                exact += zip(weights, filter).count { $0 == $1 }
                // Modulo an odd number nothing is known of parities.
                parities += zip(weights, filter).count { modulus.isMultiple(of: 2) && ($0 - $1).isMultiple(of: 2) }
                let agrees = zip(weights, filter).allSatisfy { ($0 - $1).isMultiple(of: modulus) }
                isRight = isRight && modulus > 1 && agrees
            }
            let count = Double(readings.count * taps)
            (exactShare, parityShare) = (Double(exact) / count, Double(parities) / count)
            modulusBits = readings.map { BigInteger($0?.modulus ?? 1).bitWidth - 1 }.min() ?? 0
            self.isRight = isRight
        }
    }

    private static func loot(_ readings: [Reading?]) -> [AttackResult.Loot] {
        readings.enumerated().flatMap { channel, reading -> [AttackResult.Loot] in
            guard let reading else { return [.init(name: "filter \(channel) not found", value: .nan)] }
            return [.init(name: "filter \(channel) modulo", value: Double(reading.modulus))]
                + reading.weights.enumerated().map {
                    .init(name: "filter \(channel) weight \($0)", value: Double($1))
                }
        }
    }
}
