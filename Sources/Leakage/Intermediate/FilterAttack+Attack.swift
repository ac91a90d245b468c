import Denoising
import Imaging
import Numerics
import PrivateDenoising

/// B1 to B8 on the first layer, for every number of patches from one transcript.
extension FilterAttack: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .scheme, .weights, .masks, .clients, .methods, .patches, .size, .rows, .maskBits]
    }
    package static var methods: [String] { allCases.map(\.rawValue) }
    package static var usualMethods: [String] { [FilterAttack.reweighted.rawValue] }

    /// Filters count as stolen from this cosine on.
    private static let stolenCosine = 0.99
    /// Held-out windows that a stolen layer is scored on.
    private static let unseenRows = 1 << 14

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let network = try stage.network(of: stage.mask.mode)
        let images = try stage.sent(stage.sessions * stage.patches, to: network)
        return [try stage.evidence(stage.mask.mode, network, images, messages: 2)]
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let methods: [FilterAttack] = evidence.methods(FilterAttack.self)
        let view = try evidence.clientView()
        let mask = MaskKnowledge(view.agreement)
        let anyOrder = view.agreement.permutation == .channels
        let round = view.rounds[0]
        guard round.layers.count == 1 else {
            throw LeakageError.unsuitable(
                attack: "filters", found: "an answer of \(round.layers.count) layers at once",
                expected: "a mode that shows the first layer")
        }
        let unseen = try unseenEquations(evidence, round.layers[0])
        return try evidence.patches(of: round.sent.shape.count).flatMap { patches -> [AttackResult] in
            var generator = SeededGenerator(seed: evidence.seed, stream: 3)
            let equations = try LayerEquations(
                round.layers[0], input: Tensor(round.sent).images(0..<patches),
                received: round.received.images(0..<patches), slots: round.slots, limit: evidence.settings.rows,
                using: &generator)
            return methods.map { method in
                let (estimates, seconds) = timed {
                    method.estimate(equations, mask: mask, seed: evidence.seed, threads: evidence.threads)
                }
                guard let truth = evidence.truth.network else {
                    return AttackResult(method.rawValue, patches: patches, [(.seconds, seconds)], loot: loot(estimates))
                }
                let score = FilterScore(estimates, truth: truth.layers[0], anyOrder: anyOrder)
                let output = unseen.map { OutputScore.psnr(estimates, on: $0, anyOrder: anyOrder) }
                return AttackResult(
                    method.rawValue, patches: patches,
                    [
                        (.cosine, score.cosine), (.relativeError, score.relativeError),
                        (.exactShare, score.exactShare), (.success, score.cosine >= stolenCosine ? 1 : 0),
                    ] + (output.map { [(.outputPSNR, $0)] } ?? []) + [(.seconds, seconds)])
            }
        }
    }

    /// Windows of the first layer on held-out images, with what it makes of them.
    private static func unseenEquations(_ evidence: Evidence, _ layer: Layer) throws -> LayerEquations? {
        guard let network = evidence.truth.network, !evidence.truth.heldOut.isEmpty else { return nil }
        let input = try network.input(evidence.truth.heldOut.map(\.low), window: evidence.truth.window)
        var generator = SeededGenerator(seed: evidence.seed, stream: 5)
        return try LayerEquations(
            layer, input: Tensor(input), received: network.layers[0].accumulate(input), limit: unseenRows,
            using: &generator)
    }

    private static func loot(_ estimates: [FilterEstimate?]) -> [AttackResult.Loot] {
        estimates.enumerated().flatMap { channel, estimate -> [AttackResult.Loot] in
            guard let estimate else { return [.init(name: "filter \(channel) not found", value: .nan)] }
            return estimate.weights.enumerated().map {
                .init(name: "filter \(channel) weight \($0)", value: $1)
            } + [.init(name: "filter \(channel) bias", value: estimate.bias)]
        }
    }
}
