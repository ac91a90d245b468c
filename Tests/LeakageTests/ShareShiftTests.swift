import Denoising
import Lattice
import Leakage
import Numerics
@_spi(Unprotected) import PrivateDenoising
import Testing

/// G: mode `shared` against a client that shifts its shares: everything is read, and nothing by one that does not.
///
/// Masks and shares are drawn anew in every run, and outputs are exact whatever they are: with seeded weights, images and probes the
/// figures are the same each time.
@Suite struct ShareShiftTests {
    private func results(_ behaviour: ShareShiftAttack.Behaviour, side: Int) throws -> [AttackResult] {
        var settings = AttackSettings()
        settings.methods = [behaviour.rawValue]
        let stage = Scenes.stage(settings, client: .random, trained: try Scenes.trained(channels: 8), size: side)
        return try ShareShiftAttack.evidence(stage).flatMap(ShareShiftAttack.results)
    }

    @Test func everyWeightIsReadFromShiftedShares() throws {
        let results = try results(.shifted, side: 26)
        #expect(results.map(\.layer) == [nil, "conv1", "conv2", "tconv1"])
        for result in results {
            // The first layer is read through roundings of the second, which a few weights in a hundred do not survive: 0.973 and 0.975
            // were seen with 3 and 8 channels. Of all weights together 0.99 is what the attack calls success.
            let least = result.layer == nil ? 0.99 : result.layer == "conv1" ? 0.95 : 1
            #expect(result.score(.exactShare) >= least, "\(result.layer ?? "all"): \(result.scores)")
        }
        #expect(results[0].score(.success) == 1 && results[0].score(.biasError) < 0.1, "\(results[0].scores)")
    }

    /// 2,000 weights of up to 10 bits: few are right by chance, those that are read as 0 among them.
    @Test func nothingIsReadFromHonestShares() throws {
        let results = try results(.honest, side: 26)
        for result in results {
            #expect(result.score(.exactShare) < 0.1 && !(result.score(.cosine) > 0.7), "\(result.scores)")
        }
        #expect(results[0].score(.success) == 0)
    }

    /// A deeper network is refused, not half read.
    @Test func deeperNetworksAreRefused() throws {
        let network = try Network.redCNN(depth: 6, channels: 2, relu: .all, decoder: .same)
        let trained = TrainedNetwork(
            network: network, weights: try network.initialWeights(seed: Scenes.seed),
            calibration: try Calibration(
                activationLimits: [Double](repeating: 1, count: 5), rule: "fixed", images: 0, data: "none"),
            provenance: "random")
        #expect(throws: LeakageError.self) {
            try ShareShiftAttack.evidence(Scenes.stage(AttackSettings(), trained: trained, size: 40))
        }
    }

    /// The shifts are the protocol's own weakness and no scheme's: under the lattice the output moves as without encryption.
    @Test func aShiftedShareMovesTheOutputUnderEncryption() throws {
        let network = try Scenes.network(channels: 2, for: .shared)
        let images = Scenes.random(1, side: 16)
        func output<Scheme: AdditiveScheme>(
            _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, _ parameters: SchemeParameters, _ shifts: ShareShifts
        ) throws -> IntegerTensor? {
            let agreement = try Agreement(
                mode: .shared, network: network, images: images.shape, parameters: parameters)
            return try Transcript.recorded(
                scheme, agreement: agreement, network: network, key: key, images: images, shifts: shifts, threads: 2
            ).output
        }
        let plain = SchemeName.cleartext.parameters(keyBits: Scenes.keyBits)
        func constant(_ value: Int, _ shape: TensorShape) -> IntegerTensor {
            IntegerTensor(
                shape: shape, values: IntegerArray([Int](repeating: value, count: shape.elementCount)))
        }
        let shapes = try network.activationShapes(for: images.shape)
        let probes = ShareShifts(
            inputs: [1: constant(100, shapes[1])], accumulators: [1: constant(-5000, shapes[2])])
        let key = try SecretKey()
        let lattice = LatticeScheme.parameters(of: key.publicKey)
        let cleartext = CleartextScheme.Key(pretendingKeyBits: Scenes.keyBits)
        let shifted = try output(CleartextScheme.self, cleartext, plain, probes)
        #expect(try output(LatticeScheme.self, key, lattice, probes) == shifted)
        #expect(
            try output(LatticeScheme.self, key, lattice, .none) == output(CleartextScheme.self, cleartext, plain, .none)
        )
        #expect(try output(LatticeScheme.self, key, lattice, .none) != shifted)
    }
}
