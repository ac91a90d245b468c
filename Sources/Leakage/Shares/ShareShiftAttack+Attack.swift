import Denoising
import Numerics
package import PrivateDenoising

/// G in two sessions with the server of mode `shared`, by a client that deviates and by one that does not. It succeeds where every weight
/// but one in a hundred is read exactly.
extension ShareShiftAttack: Attack {
    package static var keys: Set<AttackSettings.Key> { [.attack, .scheme, .weights, .methods, .size] }
    package static var methods: [String] { Behaviour.allCases.map(\.rawValue) }
    package static var usualMethods: [String] { methods }
    package static var usualScheme: SchemeName { .cleartext }

    private static let readShare = 0.99

    /// What the client asked for and ended with: two batches in the first session's part, one in the second's.
    package struct Scene: Sendable {
        fileprivate let behaviour: Behaviour
        fileprivate let first: [IntegerTensor]
        fileprivate let second: IntegerTensor
    }

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let network = try stage.network(of: .shared)
        let agreement = try Agreement(
            mode: .shared, network: network,
            images: TensorShape(count: 1, channels: 1, height: stage.size, width: stage.size),
            parameters: SchemeName.cleartext.parameters(keyBits: 2048))
        let attack = try ShareShiftAttack(agreement, weightBits: network.weightBits)
        let names = stage.settings.methods.isEmpty ? usualMethods : stage.settings.methods
        return try names.compactMap(Behaviour.init).map { behaviour in
            func ask(_ probes: ShareProbes, _ known: ReadLayers) throws -> (AttackStage.Recorded, IntegerTensor) {
                let count = probes.images.count
                let isShifted = behaviour == .shifted
                let made = try stage.run(
                    AttackStage.Recipe(
                        mode: .shared, network: network,
                        images: isShifted
                            ? IntegerTensor(shape: probes.images, limbs: 1)
                            : try stage.sent(count, to: network).repeated(count: count),
                        mask: MaskOptions(), permutation: .none, protections: .all, messages: nil,
                        shifts: isShifted ? probes.shifts(agreement, known: known) : .none))
                guard let output = made.output else {
                    throw LeakageError.unsuitable(attack: "shifts", expected: "a whole run")
                }
                return (made, output)
            }
            let nothing = ReadLayers(final: ReadFilter(weights: [], bias: 0, kernel: 1), next: [])
            let first = try attack.first()
            let outputs = try first.map { try ask($0, nothing).1 }
            let (made, output) = try ask(try attack.second(), attack.readFirst(first, outputs))
            var evidence = stage.evidence(made.transcript, key: made.key, network: network)
            evidence.shifts = Scene(behaviour: behaviour, first: outputs, second: output)
            evidence.part = behaviour.rawValue
            evidence.mode = .shared
            evidence.parameters = [GuaranteeBroken.parameter: GuaranteeBroken.semiHonest.rawValue]
            return evidence
        }
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        guard let scene = evidence.shifts, let network = evidence.truth.network else {
            throw LeakageError.unsuitable(
                attack: "shifts", found: "a transcript, which does not hold what its client ended with",
                expected: "an experiment, which makes sessions of a client that deviates")
        }
        let attack = try ShareShiftAttack(evidence.transcript.agreement, weightBits: network.weightBits)
        let (read, seconds) = try timed {
            let known = attack.readFirst(try attack.first(), scene.first)
            return [try attack.readSecond(attack.second(), scene.second, known: known), known.next, [known.final]]
        }
        let method = "shifts-\(scene.behaviour.rawValue)"
        let patches = (scene.first + [scene.second]).reduce(0) { $0 + $1.shape.count }
        let scores = zip(read, network.layers).map { filters, layer in
            FilterScore(
                filters.map { FilterEstimate(weights: $0.weights, bias: $0.bias, isSignKnown: true) }, truth: layer)
        }
        let weights = network.layers.map { Double($0.weights.count) }
        let exact = zip(scores, weights).reduce(0) { $0 + $1.0.exactShare * $1.1 } / weights.reduce(0, +)
        return [
            AttackResult(
                method, patches: patches,
                [
                    (.exactShare, exact), (.cosine, mean(scores.map(\.cosine))),
                    (.biasError, biasError(read, network)), (.success, exact > readShare ? 1 : 0),
                    (.seconds, seconds),
                ])
        ]
            + zip(scores, network.layers).map { score, layer in
                AttackResult(
                    method, patches: patches, layer: layer.name,
                    [(.exactShare, score.exactShare), (.cosine, score.cosine)])
            }
    }

    /// Mean distance of biases from the true ones, in steps of the activation that follows; of the last layer in whole numbers.
    private static func biasError(_ read: [[ReadFilter]], _ network: IntegerNetwork) -> Double {
        mean(
            zip(read, network.layers).flatMap { filters, layer in
                zip(filters, layer.bias).map { filter, truth in
                    let distance = (filter.bias - Double(truth.exactInt ?? 0)).magnitude
                    return distance / Double(sign: .plus, exponent: layer.shift, significand: 1)
                }
            })
    }
}

extension IntegerTensor {
    /// As many images, those there are over and over.
    fileprivate func repeated(count: Int) -> IntegerTensor {
        let size = values.words.count / max(1, shape.count)
        var result = IntegerTensor(shape: shape.with(count: count), limbs: values.limbs)
        for index in result.values.words.indices {
            result.values.words[index] = values.words[index / size % shape.count * size + index % size]
        }
        return result
    }
}
