import Denoising
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import Reporting
import Numerics

/// Attacks of the server on the image.
extension AttackRun {
    /// A decoder of ciphertexts works from this held-out share of explained variance on.
    private static let explainedShare = 0.1
    /// A rebuilt image shows the patient from this correlation on.
    private static let imageCorrelation = 0.9

    /// A: the upload of one patch of which the attacker happens to know three quarters.
    mutating func ciphertexts(_ cell: AttackCell) throws -> [ResultRecord] {
        guard let target = cell.attack.target else { return [] }
        let network = target.growing
        let image = ownImages(1, cell)[0]
        let input = try network.input([image], window: target.trained.window)
        let (transcript, _) = try transcript(cell, mode: .linear, network: network, images: input, messages: 1)
        let view = try ServerView(transcript)
        let (found, seconds) = try Self.timed {
            let pixels = (0..<input.values.count).map { Double(input.values.narrow($0)) }
            let statistics = CiphertextStatistics(view, image: image)
            let decoder = try RidgeDecoder(
                view, pixels: pixels, permutations: cell.attack.settings.permutations,
                seed: cell.seed)
            return (statistics, decoder)
        }
        let (statistics, decoder) = found
        let quality = ImageQuality(of: statistics.picture, against: image)
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        keep(cell, ["ciphertexts": [statistics.picture], "original": [image]], mode: "linear")
        return records.records(
            "statistics",
            [
                (.entropy, statistics.entropy), (.neighbourCorrelation, statistics.neighbourCorrelation),
                (.imageCorrelation, statistics.imageCorrelation), (.correlation, statistics.pixelCorrelation),
                (.psnr, quality.psnr), (.ssim, quality.ssim),
                (.success, abs(statistics.pixelCorrelation) > Self.explainedShare ? 1 : 0), (.seconds, seconds),
            ])
            + records.records(
                "ridge",
                [
                    (.explained, decoder.heldOut), (.chanceLow, decoder.chance.lowerBound),
                    (.chanceHigh, decoder.chance.upperBound), (.pValue, decoder.pValue),
                    (.success, decoder.heldOut > Self.explainedShare ? 1 : 0),
                ])
    }

    /// A: the published encoding, decoded from its exponents alone and with the attacker's own images beside; and the same try on
    /// an encoding without exponents.
    mutating func exponents(_ cell: AttackCell) throws -> [ResultRecord] {
        let image = ownImages(1, cell)[0]
        // The server's own images: any CT will do.
        let known = heldOut(cell).map(\.low)
        let key = try key(cell.keyBits ?? point.experiment.key.bits)
        let transcript = try PaperUpload.recording(image, key: key.publicKey, threads: threads)
        try store(transcript, cell, key: nil)
        let view = try ServerView(transcript)
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        var pictures = ["original": [image]]
        var result: [ResultRecord] = []
        for (name, images) in [("exponents", []), ("exponents-and-images", known)] {
            let (decoded, seconds) = try Self.timed { try ExponentDecoder.decode(view, knowing: images) }
            let quality = ImageQuality(of: decoded, against: image)
            let correlation = CiphertextStatistics.correlation(
                decoded.pixels.map(Double.init), image.pixels.map(Double.init))
            pictures[name.replacing("-", with: "_")] = [decoded]
            result += records.records(
                name,
                [
                    (.psnr, quality.psnr), (.ssim, quality.ssim), (.correlation, correlation),
                    (.success, correlation > Self.imageCorrelation ? 1 : 0), (.seconds, seconds),
                ])
        }
        // The best image that shows nothing: what is left where no exponent travels.
        let mean = known.flatMap(\.pixels).reduce(0, +) / Float(max(1, known.reduce(0) { $0 + $1.pixels.count }))
        let blind = ImageQuality(
            of: Image(width: image.width, height: image.height, filledWith: mean), against: image)
        result += records.records(
            "no-exponents", [(.psnr, blind.psnr), (.ssim, blind.ssim), (.correlation, 0), (.success, 0)])
        keep(cell, pictures, mode: "paper")
        return result
    }
}
