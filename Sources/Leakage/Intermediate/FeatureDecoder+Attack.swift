import Denoising
import Imaging

/// B0 on images of which a quarter is held out.
extension FeatureDecoder: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .scheme, .weights, .masks, .patches, .size, .epochs, .maskBits]
    }

    /// Decibels by which a decoder's images must beat those made from an additively masked, hence independent, view.
    private static let decodedGain = 6.0
    /// With fewer no image is left to try a decoder on.
    private static let leastImages = 4

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let network = try stage.network(of: stage.mask.mode)
        let images = try stage.sent(stage.sessions * max(leastImages, stage.patches), to: network)
        return [try stage.evidence(stage.mask.mode, network, images, messages: 2)]
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let view = try evidence.clientView()
        let count = view.rounds[0].sent.shape.count
        guard count >= leastImages else {
            throw LeakageError.unsuitable(
                attack: "decoder", found: "a run of \(count) images", expected: "at least \(leastImages)")
        }
        return [try repairedResult(view, count, evidence)]
    }

    private static func repairedResult(_ view: ClientView, _ count: Int, _ evidence: Evidence) throws -> AttackResult {
        let training = 0..<count * 3 / 4
        let test = training.upperBound..<count
        let (decoded, seconds) = try timed {
            try repaired(
                view, training: training, heldOut: test, epochs: evidence.settings.epochs, seed: evidence.seed,
                threads: evidence.threads)
        }
        let originals = images(view, test)
        let quality = try meanQuality(decoded, against: originals)
        let guess = meanImage(images(view, training))
        let blind = try meanQuality(originals.map { _ in guess }, against: originals).psnr
        return AttackResult(
            "decoder-repaired", patches: training.count,
            [
                (.psnr, quality.psnr), (.ssim, quality.ssim), (.truePSNR, blind),
                (.success, quality.psnr > blind + decodedGain ? 1 : 0), (.seconds, seconds),
            ],
            pictures: .init(
                method: "decoder-repaired", label: evidence.mask.rawValue,
                images: ["decoded": decoded, "original": originals]))
    }

    /// What knows nothing of the features: the mean of the training images, pixel by pixel.
    private static func meanImage(_ known: [Image]) -> Image {
        Image(
            width: known[0].width, height: known[0].height,
            pixels: known[0].pixels.indices.map { pixel in
                known.reduce(0) { $0 + $1.pixels[pixel] } / Float(known.count)
            })
    }
}
