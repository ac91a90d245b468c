import Denoising
import Imaging
import Numerics
import PrivateDenoising

/// C: impulse query and generic patches, a transcript each.
extension OperatorAttack: Attack {
    package static var keys: Set<AttackSettings.Key> { [.attack, .scheme, .weights, .patches, .size] }
    package static var methods: [String] { allCases.map(\.rawValue) }
    package static var usualMethods: [String] { [OperatorAttack.generic.rawValue] }

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let network = try stage.network(of: .linear)
        let own = try stage.sent(stage.patches, to: network)
        func evidence(_ method: OperatorAttack, _ images: IntegerTensor, patches: [Int]) throws -> Evidence {
            var evidence = try stage.evidence(.linear, network, images, messages: nil)
            evidence.settings.methods = [method.rawValue]
            evidence.settings.patches = patches
            evidence.part = method.rawValue
            evidence.mode = .linear
            return evidence
        }
        return [
            try evidence(.impulse, query(side: stage.size, largest: network.largestInput), patches: [2]),
            try evidence(.generic, own, patches: stage.settings.patches),
        ]
    }

    /// An image with one bright pixel, and a black one.
    private static func query(side: Int, largest: Int) -> IntegerTensor {
        var values = IntegerArray(count: 2 * side * side, limbs: 1)
        values[side * side + side / 2 * side + side / 2] = BigInteger(largest)
        return IntegerTensor(
            shape: TensorShape(count: 2, channels: 1, height: side, width: side), values: values)
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let methods: [OperatorAttack] = evidence.methods(OperatorAttack.self)
        let view = try ClientView(evidence.transcript, key: evidence.key, threads: evidence.threads)
        let sent = view.rounds[0].sent
        return try methods.flatMap { method in
            try evidence.patches(of: sent.shape.count).map { count in
                let (stolen, seconds) = try timed {
                    try method.recover(view, images: count, seed: evidence.seed)
                }
                guard let network = evidence.truth.network else {
                    return AttackResult(method.rawValue, patches: count, [(.seconds, seconds)], loot: loot(stolen))
                }
                let heldOut = evidence.truth.heldOut.map(\.low)
                let unseen = try heldOut.isEmpty ? sent : network.input(heldOut, window: evidence.truth.window)
                let share = try stolen?.exactShare(of: network, on: unseen, threads: evidence.threads) ?? 0
                return AttackResult(
                    method.rawValue, patches: count,
                    [(.exactShare, share), (.success, share == 1 ? 1 : 0), (.seconds, seconds)])
            }
        }
    }

    private static func loot(_ stolen: LinearOperator?) -> [AttackResult.Loot] {
        guard let stolen else { return [.init(name: "operator not found", value: .nan)] }
        return stolen.weights.enumerated().map {
            .init(name: "weight \($0 / stolen.side) \($0 % stolen.side)", value: Double($1))
        } + [.init(name: "bias", value: Double(stolen.bias))]
    }
}
