import Denoising
import Imaging
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
        let statistics = CiphertextStatistics(view, image: image)
        // A million bytes: 255 degrees of freedom take 255 / (2 N ln 2) = 0.00018 bits away, with a deviation of 0.000016. Of a
        // uniform source nothing here fails more often than once in a million runs.
        #expect(statistics.entropy > 7.999)
        // Read as numbers they fill the whole range evenly: their picture is noise around the middle of the window. Of 4096 shades in
        // some 2^24 steps of a float about one pair is equal; 96 pairs never.
        let shades = statistics.picture.pixels
        #expect(shades.allSatisfy { (-1024...3071).contains($0) } && Set(shades).count > 4000)
        // Deviation 4096 / sqrt(12 * 4096) = 18.5: 100 is beyond 5.4 of them, 7e-8.
        #expect(abs(shades.reduce(0, +) / Float(shades.count) - 1023.5) < 100)
        // Correlations of 4096 independent pairs have deviation 1/64: 0.08 is beyond 5.1 of them, 3e-7 each.
        #expect(abs(statistics.neighbourCorrelation) < 0.08)
        #expect(abs(statistics.pixelCorrelation) < 0.08)
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
        let statistics = CiphertextStatistics(view, image: image)
        #expect(statistics.entropy < 4)
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
