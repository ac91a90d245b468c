import Imaging
import Paillier

/// A: the published encoding, decoded from its exponents alone and with the attacker's own images beside; and the same try on
/// an encoding without exponents.
extension ExponentDecoder: Attack {
    package static var keys: Set<AttackSettings.Key> { [.attack, .size, .keyBits] }

    /// A rebuilt image shows the patient from this correlation on.
    private static let imageCorrelation = 0.9

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let image = stage.ownImages(1)[0]
        let transcript = try PaperUpload.recording(image, key: stage.key(false).publicKey, threads: stage.threads)
        var evidence = stage.evidence(transcript, key: .none, network: nil)
        evidence.truth.originals = [image]
        return [evidence]
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let view = try ServerView(evidence.transcript)
        // The server's own images: any CT will do.
        let known = evidence.truth.heldOut.map(\.low)
        guard let image = evidence.truth.originals.first else {
            return [try unscored(view, knowing: known)]
        }
        var pictures = ["original": [image]]
        var results: [AttackResult] = []
        for (name, images) in [("exponents", []), ("exponents-and-images", known)] {
            let (decoded, seconds) = try timed { try decode(view, knowing: images) }
            let quality = ImageQuality(of: decoded, against: image)
            let correlation = CiphertextStatistics.correlation(
                decoded.pixels.map(Double.init), image.pixels.map(Double.init))
            pictures[name.replacing("-", with: "_")] = [decoded]
            results.append(
                AttackResult(
                    name,
                    [
                        (.psnr, quality.psnr), (.ssim, quality.ssim), (.correlation, correlation),
                        (.success, correlation > imageCorrelation ? 1 : 0), (.seconds, seconds),
                    ]))
        }
        // The best image that shows nothing: what is left where no exponent travels.
        let mean = known.flatMap(\.pixels).reduce(0, +) / Float(max(1, known.reduce(0) { $0 + $1.pixels.count }))
        let blind = ImageQuality(
            of: Image(width: image.width, height: image.height, filledWith: mean), against: image)
        results.append(
            AttackResult(
                "no-exponents", [(.psnr, blind.psnr), (.ssim, blind.ssim), (.correlation, 0), (.success, 0)],
                pictures: .init(method: "exponents", label: "paper", images: pictures)))
        return results
    }

    private static func unscored(_ view: ServerView, knowing images: [Image]) throws -> AttackResult {
        let image = try decode(view, knowing: images)
        return AttackResult(
            "exponents", [],
            loot: image.pixels.enumerated().map {
                .init(name: "pixel \($0 / image.width) \($0 % image.width)", value: Double($1), unit: "HU")
            })
    }
}
