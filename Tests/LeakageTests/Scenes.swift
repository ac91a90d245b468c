import Denoising
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import Numerics

/// A small network, its images, and transcripts of it.
enum Scenes {
    static let seed: UInt64 = 20_261_124
    static let maskBits = 40
    static let keyBits = 2048

    static func network(relu: ReLUPlacement = .all, channels: Int = 4, for mode: Mode) throws -> IntegerNetwork {
        let network = try Network.redCNN(depth: 3, channels: channels, relu: relu, decoder: .same)
        let weights = try network.initialWeights(seed: seed)
        guard mode.networkKind.isRequantised else {
            return try IntegerNetwork(growing: network, weights: weights)
        }
        let calibration = try Calibration(activationLimits: [1, 1], rule: "fixed", images: 0, data: "none")
        if mode.networkKind == .powerOfTwo {
            return try IntegerNetwork(shifting: network, weights: weights, calibration: calibration)
        }
        return try IntegerNetwork(requantising: network, weights: weights, calibration: calibration)
    }

    /// Noisy slices of the phantom in quarters, as a client has them.
    static func patches(_ count: Int, side: Int = 64) throws -> [Image] {
        let phantom = try Phantom(seed: seed, patient: 0, slices: max(1, (count + 3) / 4), size: max(64, 2 * side))
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let quarter = phantom.slice(number / 4).cropped(
                row: number % 4 / 2 * side, column: number % 2 * side, width: side, height: side)
            return Image(
                width: side, height: side,
                pixels: quarter.pixels.map { ($0 + Float(25 * generator.normal())).rounded() })
        }
    }

    static func honest(_ count: Int, side: Int = 64, network: IntegerNetwork) throws -> IntegerTensor {
        try network.input(patches(count, side: side))
    }

    static func random(_ count: Int, side: Int = 64) -> IntegerTensor {
        var generator = SeededGenerator(seed: seed, stream: 9)
        let shape = TensorShape(count: count, channels: 1, height: side, width: side)
        return IntegerTensor(
            shape: shape,
            values: IntegerArray((0..<shape.elementCount).map { _ in Int(generator.uniform() * 4096) }))
    }

    /// What the client sees of a run without encryption, which is what it decrypts of one with it.
    static func view(
        _ mask: MaskVariant, network: IntegerNetwork, images: IntegerTensor, messages: Int? = 2
    ) throws -> ClientView {
        let transcript = try Transcript.recording(
            CleartextScheme.self, agreement: agreement(mask, network: network, images: images),
            network: network, key: CleartextScheme.Key(pretendingKeyBits: keyBits), images: images,
            messages: messages, protections: mask.protections, threads: 2)
        return mask.view(try ClientView(transcript, key: .none, threads: 2), seed: seed)
    }

    static func agreement(
        _ mask: MaskVariant, network: IntegerNetwork, images: IntegerTensor,
        _ parameters: SchemeParameters = SchemeName.cleartext.parameters(keyBits: keyBits)
    ) throws -> Agreement {
        try Agreement(
            mode: mask.mode, network: network, images: images.shape, parameters: parameters,
            mask: mask.options(bits: maskBits), permutation: mask.permutation)
    }

    /// The first layer's filters by one attack, scored.
    static func score(
        _ attack: FilterAttack, on view: ClientView, mask: MaskVariant, truth: IntegerNetwork
    ) throws -> FilterScore {
        var generator = SeededGenerator(seed: seed, stream: 3)
        let knowledge = MaskKnowledge(view.agreement)
        let equations = try LayerEquations(
            view.rounds[0].layers[0], input: Tensor(view.rounds[0].sent), received: view.rounds[0].received,
            slots: view.rounds[0].slots, limit: 1 << 18, using: &generator)
        let estimates = attack.estimate(
            equations, mask: knowledge, seed: seed, threads: 2)
        return FilterScore(estimates, truth: truth.layers[0], anyOrder: mask == .permutedChannels)
    }

    /// A stage without encryption: what a client decrypts is the same.
    static func stage(
        _ settings: AttackSettings, mask: MaskVariant = .none, client: AttackSettings.Sender = .honest,
        trained: TrainedNetwork, size: Int, training: PatchSet? = nil,
        heldOut: [(low: Image, normal: Image)] = []
    ) -> AttackStage {
        AttackStage(
            settings: settings, mask: mask, client: client, seed: seed, threads: 2, size: size,
            target: AttackStage.Target(trained, precision: .usual),
            training: training ?? PatchSet(width: size, height: size), heldOut: heldOut,
            key: { _ in throw LeakageError.unsuitable(attack: "on a stage", expected: "no key") },
            run: { recipe in
                let agreement = try Agreement(
                    mode: recipe.mode, network: recipe.network, images: recipe.images.shape,
                    parameters: SchemeName.cleartext.parameters(keyBits: keyBits), mask: recipe.mask,
                    permutation: recipe.permutation)
                let setup = try agreement.steps.prefix { $0.phase == .setup }.count
                let made = try Transcript.recorded(
                    CleartextScheme.self, agreement: agreement, network: recipe.network,
                    key: CleartextScheme.Key(pretendingKeyBits: keyBits), images: recipe.images,
                    messages: recipe.messages.map { setup + $0 }, protections: recipe.protections,
                    shifts: recipe.shifts, threads: 2)
                return AttackStage.Recorded(made.transcript, key: .none, output: made.output)
            })
    }

    /// A small network of random weights with what an experiment knows of it.
    static func trained(channels: Int) throws -> TrainedNetwork {
        let network = try Network.redCNN(depth: 3, channels: channels, relu: .all, decoder: .same)
        return TrainedNetwork(
            network: network, weights: try network.initialWeights(seed: seed),
            calibration: try Calibration(activationLimits: [1, 1], rule: "fixed", images: 0, data: "none"),
            provenance: "random")
    }

    /// Noisy patches with the clean ones they came from.
    static func pairs(_ count: Int, side: Int) throws -> PatchSet {
        var set = PatchSet(width: side, height: side)
        for (number, low) in try patches(count, side: side).enumerated() {
            set.append(
                lowDose: low, normalDose: low, slice: SliceName(patient: "phantom", slice: number),
                origin: PatchOrigin(row: 0, column: 0))
        }
        return set
    }
}

extension AttackResult {
    /// NaN where it has none.
    func score(_ metric: LeakMetric) -> Double { scores.first { $0.metric == metric }?.value ?? .nan }
}
