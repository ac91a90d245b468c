import Denoising
import Imaging
import PrivateDenoising

/// P on the features of an honest client's run in mode `client-aided`, as published and repaired, plain and masked.
///
/// It succeeds where the decoder's images are nearer to the network's output than the client's own image is, which nobody has to learn: the
/// network adds the image at its end, so that nearness alone says nothing.
extension ImitationTest: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .scheme, .weights, .methods, .patches, .size, .epochs]
    }
    package static var methods: [String] { Training.allCases.map(\.rawValue) }
    package static var usualMethods: [String] { methods }

    /// With fewer no image is left to try a repaired decoder on.
    private static let leastImages = 4

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let network = try stage.network(of: .clientAided)
        let images = try stage.sent(max(leastImages, stage.patches), to: network)
        var evidence = try stage.evidence(.clientAided, network, images, messages: nil)
        evidence.mode = .clientAided
        return [evidence]
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let view = try evidence.clientView()
        let limits = evidence.truth.activationLimits
        let layer = view.agreement.layers.count - 3
        let test = try ImitationTest(view, unit: limits.indices.contains(layer) ? limits[layer] : 1)
        let trainings: [Training] = evidence.methods(ImitationTest.self)
        guard test.count >= leastImages || trainings.allSatisfy(\.isPublished) else {
            throw LeakageError.unsuitable(
                attack: "imitation", found: "a run of \(test.count) images", expected: "at least \(leastImages)")
        }
        return try trainings.map { try result(of: test, $0, evidence) }
    }

    private static func result(
        of test: ImitationTest, _ training: Training, _ evidence: Evidence
    ) throws -> AttackResult {
        let window = evidence.truth.window
        let (decoded, seconds) = try timed {
            try test.decoded(
                training, steps: evidence.settings.epochs, seed: evidence.seed, window: window,
                threads: evidence.threads)
        }
        let split = test.split(training)
        let pairs = test.pairs(split.test, window: window)
        let quality = try meanQuality(decoded, against: pairs.outputs)
        let own = try meanQuality(pairs.images, against: pairs.outputs).psnr
        return AttackResult(
            "imitation-\(training.rawValue)", patches: split.training.count,
            [
                (.fidelity, quality.psnr), (.ownImage, own), (.ssim, quality.ssim),
                (.success, quality.psnr > own ? 1 : 0), (.seconds, seconds),
            ],
            pictures: .init(
                method: "imitation-\(training.rawValue)", label: training.rawValue,
                images: ["image": pairs.images, "network_output": pairs.outputs, "decoded": decoded]))
    }
}
