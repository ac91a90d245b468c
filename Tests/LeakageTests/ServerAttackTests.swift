import Denoising
import Imaging
import Lattice
import Leakage
import Paillier
import PrivateDenoising
import Testing
import Numerics

/// A: what a server makes of ciphertexts. The decoder has to fail on Paillier, and to succeed where nothing is encrypted - otherwise
/// its failure would say nothing.
@Suite struct ServerAttackTests {
    private func upload(encrypted: Bool) throws -> (view: ServerView, image: Image, pixels: [Double]) {
        let network = try Scenes.network(relu: .none, for: .linear)
        let image = try Scenes.patches(1, side: 64)[0]
        let input = try network.input([image])
        let bits = 1024
        func agreement(_ scheme: SchemeName) throws -> Agreement {
            try Agreement(
                mode: .linear, network: network, images: input.shape, parameters: scheme.parameters(keyBits: bits))
        }
        let transcript: Transcript
        if encrypted {
            let key = try PrivateKey(bits: bits, allowInsecure: true)
            transcript = try .recording(
                PaillierScheme.self, agreement: agreement(.paillier), network: network,
                key: PaillierScheme.PrivateKey(key), images: input, messages: 1, threads: 2)
        } else {
            transcript = try .recording(
                CleartextScheme.self, agreement: agreement(.cleartext), network: network,
                key: CleartextScheme.Key(pretendingKeyBits: bits), images: input, messages: 1, threads: 2)
        }
        return (
            try ServerView(transcript), image, (0..<input.values.count).map { Double(input.values.narrow($0)) }
        )
    }

    @Test func ciphertextsLookRandomAndTeachNothing() throws {
        let (view, image, pixels) = try upload(encrypted: true)
        #expect(view.count == 4096 && view.width == 256 && view.exponents.isEmpty)
        let statistics = CiphertextStatistics(view, values: pixels, width: image.width)
        // A million bytes: 255 degrees of freedom take 255 / (2 N ln 2) = 0.00018 bits away, with a deviation of 0.000016. Of a
        // uniform source nothing here fails more often than once in a million runs.
        #expect(statistics.entropy > 7.999)
        // Read as numbers they fill the whole range evenly: their picture is noise around the middle of the image's range. Of
        // 4096 shades in some 2^24 steps of a float about one pair is equal; 96 pairs never.
        let shades = view.picture(beside: image).pixels
        let (dark, bright) = (try #require(image.pixels.min()), try #require(image.pixels.max()))
        #expect(shades.allSatisfy { (dark - 1...bright + 1).contains($0) } && Set(shades).count > 4000)
        // Deviation of a share 1 / sqrt(12 * 4096) = 0.0045: 0.025 is beyond 5.5 of them, 4e-8.
        let middle = (shades.reduce(0, +) / Float(shades.count) - dark) / (bright - dark)
        #expect(abs(middle - 0.5) < 0.025)
        // Correlations of 4096 independent pairs have deviation 1/64: 0.086 is 5.5 of them, 4e-8 each.
        #expect(abs(statistics.chance - 5.5 / 64) < 1e-12)
        #expect(abs(statistics.neighbourCorrelation) < statistics.chance)
        #expect(abs(statistics.valueCorrelation) < statistics.chance)
        #expect(statistics.imageCorrelation > 0.5)
        let decoder = try RidgeDecoder(view, pixels: pixels, permutations: 100, seed: Scenes.seed)
        // A share of 0.05 takes a correlation of 0.22 with 1024 held-out pixels: 7 deviations, 3e-12; 0.03 beyond what 100 permutations
        // reach one of 0.17: 5.5 deviations, 4e-8. The image's own correlation is the seeded image's.
        #expect(decoder.heldOut < 0.05, "chance: \(decoder.chance)")
        #expect(decoder.heldOut < decoder.chance.upperBound + 0.03 && decoder.chance.upperBound < 0.05)
        #expect(throws: LeakageError.self) { try ExponentDecoder.decode(view) }
    }

    /// Nothing is drawn but from seeds: the same figures in every run.
    @Test func theSameDecoderReadsWhatIsNotEncrypted() throws {
        let (view, image, pixels) = try upload(encrypted: false)
        let decoder = try RidgeDecoder(view, pixels: pixels, permutations: 100, seed: Scenes.seed)
        #expect(decoder.heldOut > 0.95)
        #expect(decoder.pValue < 0.02 && decoder.chance.upperBound < 0.05)
        let statistics = CiphertextStatistics(view, values: pixels, width: image.width)
        #expect(statistics.entropy < 4 && statistics.valueCorrelation > 1 - 1e-9)
        // Stretched, what was sent is the image, but for pixels that the window cuts.
        let sent = view.picture(beside: image).pixels.map(Double.init)
        #expect(CiphertextStatistics.correlation(sent, image.pixels.map(Double.init)) > 0.9999)
    }

    /// Both messages of a round, looked at as the attack does: of a scheme nothing correlates with what it holds, of values sent as they
    /// are everything does, signs included.
    @Test(arguments: [SchemeName.paillier, .lattice, .cleartext])
    func answersAreLookedAtAsUploadsAre(scheme: SchemeName) throws {
        let (network, images) = (try Scenes.network(for: .clientAided), try Scenes.patches(1, side: 16))
        let input = try network.input(images)
        func recorded<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) throws -> Transcript {
            let agreement = try Agreement(
                mode: .clientAided, network: network, images: input.shape,
                parameters: Scheme.name.parameters(keyBits: 1024))
            return try .recording(
                scheme, agreement: agreement, network: network, key: key, images: input, messages: 2, threads: 2)
        }
        let transcript =
            switch scheme {
            case .paillier:
                try recorded(
                    PaillierScheme.self, PaillierScheme.PrivateKey(PrivateKey(bits: 1024, allowInsecure: true)))
            case .lattice: try recorded(LatticeScheme.self, SecretKey())
            default: try recorded(CleartextScheme.self, CleartextScheme.Key(pretendingKeyBits: 1024))
            }
        var evidence = Evidence(transcript, seed: Scenes.seed, threads: 2)
        evidence.settings.permutations = 20
        evidence.truth.network = network
        evidence.truth.originals = images
        let results = try CiphertextStatistics.results(evidence)
        #expect(results.map(\.method) == ["statistics", "ridge", "answer-statistics"])
        for result in [results[0], results[2]] {
            // 256 pixels, 1024 accumulators of four channels: 0.34 and 0.17 are 5.5 deviations.
            let (correlation, success) = (result.score(.correlation), result.score(.success))
            #expect(scheme == .cleartext ? correlation > 1 - 1e-9 && success == 1 : success == 0, "\(result)")
            #expect((result.score(.entropy) > 7.9) == (scheme != .cleartext), "\(result)")
        }
        #expect(try #require(try ServerView.answer(transcript)).count == 4 * 256)
        // What was recorded up to the upload has no answer, and no row about one.
        var upload = transcript
        upload.messages = [transcript.messages[0]]
        #expect(try ServerView.answer(upload) == nil)
        evidence = Evidence(upload, seed: Scenes.seed, threads: 2)
        #expect(try CiphertextStatistics.results(evidence).map(\.method) == ["statistics"])
    }

    /// In one round the answer is the image: the four pictures of the figure, of which the control's two pairs are equal.
    @Test func picturesOfBothMessagesStandBesideTheirImages() throws {
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .none, decoder: .same)
        let trained = TrainedNetwork(
            network: network, weights: try network.initialWeights(seed: Scenes.seed), calibration: nil,
            provenance: "random")
        var settings = AttackSettings()
        (settings.modes, settings.permutations) = (CiphertextStatistics.usualModes, 20)
        let stage = Scenes.stage(settings, trained: trained, size: 16, training: try Scenes.pairs(2, side: 16))
        let results = try CiphertextStatistics.results(CiphertextStatistics.evidence(stage)[0])
        let pictures = try #require(results[0].pictures?.images)
        #expect(Set(pictures.keys) == ["original", "ciphertexts", "output", "output_ciphertexts"])
        for (image, sent) in [("original", "ciphertexts"), ("output", "output_ciphertexts")] {
            let pair = [image, sent].compactMap { pictures[$0]?.first?.pixels.map(Double.init) }
            try #require(pair.count == 2)
            // The one image is clipped to the window as it is sent, the other as it is shown.
            func isInside(_ index: Int, _ values: [Double]) -> Bool {
                values[index] > values.min() ?? 0 && values[index] < values.max() ?? 0
            }
            let inside = pair[0].indices.filter { isInside($0, pair[0]) && isInside($0, pair[1]) }
            try #require(inside.count > 50)
            let correlation = CiphertextStatistics.correlation(inside.map { pair[0][$0] }, inside.map { pair[1][$0] })
            #expect(correlation > 0.999, "\(image): \(correlation) of \(inside.count) pixels")
        }
        #expect(results.allSatisfy { $0.score(.success) == 1 } && results[2].score(.ssim) > 0.99)
    }

    /// Exponents travel in clear and follow from the seeded images, whatever the key and its randomness.
    @Test func thePublishedExponentsShowThePatient() throws {
        let images = try Scenes.patches(5, side: 32)
        let key = try PrivateKey(unsafeBits: 512)
        let transcript = try PaperUpload.recording(images[0], key: key.publicKey, threads: 2)
        let view = try ServerView(transcript)
        let alone = try ExponentDecoder.decode(view)
        let knowing = try ExponentDecoder.decode(view, knowing: Array(images[1...]))
        for decoded in [alone, knowing] {
            let correlation = CiphertextStatistics.correlation(
                decoded.pixels.map(Double.init), images[0].pixels.map(Double.init))
            #expect(correlation > 0.9)
        }
        #expect(
            ImageQuality(of: knowing, against: images[0]).psnr > ImageQuality(of: alone, against: images[0]).psnr)
        // Ciphertexts beside the exponents are those of the mantissas: all of one size, none of them zero.
        #expect(view.count == 1024 && view.width == key.publicKey.ciphertextBytes)
        #expect(throws: LeakageError.self) { try ClientView(transcript, key: .none, threads: 1) }
    }
}
