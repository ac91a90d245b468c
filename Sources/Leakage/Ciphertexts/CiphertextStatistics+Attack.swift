import Denoising
import Imaging
import Numerics
package import PrivateDenoising

/// A: the upload of one patch of which the attacker happens to know three quarters.
extension CiphertextStatistics: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .scheme, .weights, .modes, .size, .keyBits, .permutations]
    }
    package static var usualModes: [Mode] { [.linear] }

    /// A decoder of ciphertexts works from this held-out share of explained variance on.
    private static let explainedShare = 0.1

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let images = stage.ownImages(1)
        return try stage.settings.modes.map { mode in
            let network = try stage.network(of: mode)
            var evidence = try stage.evidence(
                mode, network, network.input(images, window: stage.window), messages: 1)
            evidence.truth.originals = images
            // Of mode linear, where none is named, and of that alone in earlier records.
            if stage.settings.modes != usualModes {
                (evidence.part, evidence.mode) = (mode.rawValue, mode)
            }
            return evidence
        }
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let view = try ServerView(evidence.transcript)
        guard let image = evidence.truth.originals.first, let network = evidence.truth.network else {
            return [unscored(view)]
        }
        let input = try network.input([image], window: evidence.truth.window)
        let (found, seconds) = try timed {
            let pixels = (0..<input.values.count).map { Double(input.values.narrow($0)) }
            return (
                CiphertextStatistics(view, image: image),
                try RidgeDecoder(
                    view, pixels: pixels, permutations: evidence.settings.permutations, seed: evidence.seed)
            )
        }
        let (statistics, decoder) = found
        let quality = ImageQuality(of: statistics.picture, against: image)
        return [
            AttackResult(
                "statistics",
                [
                    (.entropy, statistics.entropy), (.neighbourCorrelation, statistics.neighbourCorrelation),
                    (.imageCorrelation, statistics.imageCorrelation), (.correlation, statistics.pixelCorrelation),
                    (.psnr, quality.psnr), (.ssim, quality.ssim),
                    (.success, abs(statistics.pixelCorrelation) > explainedShare ? 1 : 0), (.seconds, seconds),
                ],
                pictures: .init(
                    method: "statistics", label: evidence.mode?.rawValue ?? "linear",
                    images: ["ciphertexts": [statistics.picture], "original": [image]])),
            AttackResult(
                "ridge",
                [
                    (.explained, decoder.heldOut), (.chanceLow, decoder.chance.lowerBound),
                    (.chanceHigh, decoder.chance.upperBound), (.pValue, decoder.pValue),
                    (.success, decoder.heldOut > explainedShare ? 1 : 0),
                ]),
        ]
    }

    /// Without the pixels there is nothing to learn from: what a look at the bytes says.
    private static func unscored(_ view: ServerView) -> AttackResult {
        let shape = view.agreement.rounds[0].input
        let statistics = CiphertextStatistics(
            view, image: Image(width: shape.width, height: shape.height, filledWith: 0))
        return AttackResult(
            "statistics",
            [(.entropy, statistics.entropy), (.neighbourCorrelation, statistics.neighbourCorrelation)],
            loot: [
                .init(name: "ciphertexts", value: Double(view.count)),
                .init(name: "bytes of each", value: Double(view.width), unit: "B"),
            ])
    }
}
