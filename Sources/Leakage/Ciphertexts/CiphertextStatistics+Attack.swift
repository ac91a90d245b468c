import Denoising
import Imaging
import Numerics
package import PrivateDenoising

/// A: the upload of one patch, of which the attacker happens to know three quarters, and the first answer to it.
///
/// Statistics succeed where ciphertexts and the values they hold are correlated beyond chance, the decoder where it explains a tenth of
/// the variance. Both are done on what is not encrypted, too, where they have to.
extension CiphertextStatistics: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .scheme, .weights, .modes, .size, .keyBits, .permutations]
    }
    package static var usualModes: [Mode] { [.linearFused] }

    /// A decoder of ciphertexts works from this held-out share of explained variance on.
    private static let explainedShare = 0.1

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let images = stage.ownImages(1)
        return try stage.settings.modes.map { mode in
            let network = try stage.network(of: mode)
            var evidence = try stage.evidence(
                mode, network, network.input(images, window: stage.window), messages: 2)
            evidence.truth.originals = images
            // Of the usual mode, where none is named.
            if stage.settings.modes != usualModes {
                (evidence.part, evidence.mode) = (mode.rawValue, mode)
            }
            return evidence
        }
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let view = try ServerView(evidence.transcript)
        let answer = try ServerView.answer(evidence.transcript)
        guard let image = evidence.truth.originals.first, let network = evidence.truth.network else {
            return [unscored("statistics", view, view.agreement.rounds[0].input.width)]
                + (answer.map { [unscored("answer-statistics", $0, view.agreement.rounds[0].output.width)] } ?? [])
        }
        let input = try network.input([image], window: evidence.truth.window)
        let values = (0..<input.values.count).map(input.values.double)
        var (upload, pictures) = scored("statistics", view, values, beside: image)
        let decoder = try timed {
            try RidgeDecoder(view, pixels: values, permutations: evidence.settings.permutations, seed: evidence.seed)
        }
        pictures["original"] = [image]
        var answers: [AttackResult] = []
        if let answer {
            let (sums, output) = try answered(network, input, evidence, view.agreement)
            let (result, picture) = scored(
                "answer-statistics", answer, (0..<sums.values.count).map(sums.values.double),
                width: sums.shape.width, beside: output)
            answers = [result]
            if let output { (pictures["output"], pictures["output_ciphertexts"]) = ([output], picture["ciphertexts"]) }
        }
        upload.pictures = .init(
            method: "statistics", label: (evidence.mode ?? usualModes[0]).rawValue, images: pictures)
        return [
            upload,
            AttackResult(
                "ridge",
                [
                    (.explained, decoder.result.heldOut), (.chanceLow, decoder.result.chance.lowerBound),
                    (.chanceHigh, decoder.result.chance.upperBound), (.pValue, decoder.result.pValue),
                    (.success, decoder.result.heldOut > explainedShare ? 1 : 0), (.seconds, decoder.seconds),
                ]),
        ] + answers
    }

    /// Statistics of one message, and its picture where the values are an image.
    private static func scored(
        _ method: String, _ view: ServerView, _ values: [Double], width: Int? = nil, beside image: Image?
    ) -> (result: AttackResult, pictures: [String: [Image]]) {
        let statistics = CiphertextStatistics(view, values: values, width: width ?? image?.width ?? values.count)
        var scores: [(LeakMetric, Double)] = [
            (.entropy, statistics.entropy), (.neighbourCorrelation, statistics.neighbourCorrelation),
            (.imageCorrelation, statistics.imageCorrelation), (.correlation, statistics.valueCorrelation),
            (.success, abs(statistics.valueCorrelation) > statistics.chance ? 1 : 0),
        ]
        guard let image, image.pixels.count <= view.count else { return (AttackResult(method, scores), [:]) }
        let picture = view.picture(beside: image)
        let quality = ImageQuality(of: picture, against: image)
        scores.append((.ssim, quality.ssim))
        // Of what is not encrypted the picture may be the image itself.
        if quality.psnr.isFinite { scores.append((.psnr, quality.psnr)) }
        return (AttackResult(method, scores), ["ciphertexts": [picture]])
    }

    /// What the answer holds before any mask, and as an image where the first round is the last.
    private static func answered(
        _ network: IntegerNetwork, _ input: IntegerTensor, _ evidence: Evidence, _ agreement: Agreement
    ) throws -> (sums: IntegerTensor, image: Image?) {
        var evaluation = try IntegerEvaluation(network, input: input)
        var sums = input
        for _ in agreement.rounds[0].layers { sums = try evaluation.step(threads: evidence.threads) }
        guard agreement.rounds.count == 1 else { return (sums, nil) }
        return (sums, sums.finalImages(agreement, window: evidence.truth.window).first)
    }

    /// Without the pixels there is nothing to learn from: what a look at the bytes says.
    private static func unscored(_ method: String, _ view: ServerView, _ width: Int) -> AttackResult {
        let statistics = CiphertextStatistics(view, values: [], width: width)
        return AttackResult(
            method, [(.entropy, statistics.entropy), (.neighbourCorrelation, statistics.neighbourCorrelation)],
            loot: [
                .init(name: "ciphertexts", value: Double(view.count)),
                .init(name: "bytes of each", value: Double(view.width), unit: "B"),
            ])
    }
}
