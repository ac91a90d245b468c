import Denoising
import Foundation
import Lattice
import Numerics
import PrivateDenoising
import Testing

/// The lattice scheme through the protocol: equal to the integer network in every value of every round, counted to
/// the byte.
@Suite struct LatticeProtocolTests {
    private func run(
        _ network: IntegerNetwork, _ images: IntegerTensor, layout: Layout = .batch, bandRows: Int? = nil,
        threads: Int = 2,
        memory: Int = 1 << 30
    ) throws -> PrivateRun {
        let agreement = try Agreement(
            mode: .clientAided, layout: layout, network: network, images: images.shape,
            parameters: .lattice(set: "F"), bandRows: bandRows)
        let key = try SecretKey()
        let run = try PrivateRun(
            LatticeScheme.self, agreement: agreement, network: network, key: key, images: images, threads: threads,
            memory: memory)
        #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
        #expect(run.output.values.mismatches(with: try network.evaluate(images).output.values) == 0)
        let prediction = try CostPrediction(
            LatticeScheme.self, agreement: agreement, network: network, key: key.publicKey, memory: memory)
        #expect(prediction.messages.map(\.bytes) == run.transcript.entries.map(\.bytes))
        #expect(prediction.messages.map(\.ciphertexts) == run.transcript.entries.map(\.ciphertexts))
        #expect(prediction.messages.map(\.products) == run.transcript.entries.map(\.products))
        return run
    }

    private static func setting(_ depth: Int, _ decoder: DecoderKind) -> TestNetworks.Setting {
        TestNetworks.Setting(
            name: "\(depth) layers, \(decoder.rawValue)", mode: .clientAided, depth: depth, decoder: decoder,
            relu: .all,
            channels: 4)
    }
    static let shallowSame = setting(3, .same), deepSame = setting(10, .same)
    static let shallowValid = setting(3, .valid), deepValid = setting(10, .valid)
    static let settings = [shallowSame, deepSame, shallowValid, deepValid]

    /// One patch of the usual size, and a batch of small ones: whole polynomials, strips and shared ones.
    @Test(arguments: settings, [(1, 64, 64), (3, 21, 30)])
    func equalsTheIntegerNetwork(setting: TestNetworks.Setting, size: (count: Int, height: Int, width: Int)) throws {
        let images = TestNetworks.images(count: size.count, height: size.height, width: size.width)
        _ = try run(TestNetworks.network(setting), images)
    }

    /// 1024 columns are 18 pieces, ten layers of more than 182 bands more pieces than are served: too little memory is told as that, and
    /// a plan that fits is taken though others about it, up to twice as many bands, are not served.
    @Test func bandsBeyondWhatIsServedAreNotAnError() throws {
        let network = try TestNetworks.network(Self.deepValid)
        let (shape, key) = (TensorShape(count: 1, channels: 1, height: 512, width: 1024), try SecretKey().publicKey)
        func agreement(_ bandRows: Int) throws -> Agreement {
            try Agreement(
                mode: .clientAided, layout: .tile, network: network, images: shape, parameters: .lattice(set: "F"),
                bandRows: bandRows)
        }
        func inBands(_ memory: Int) throws -> CostPrediction {
            try CostPrediction.inBands(
                LatticeScheme.self, rows: 512, network: network, key: key, memory: memory, compares: false,
                agreement: agreement
            ).1
        }
        #expect(throws: PrivateDenoisingError.self) { try agreement(2).steps }
        let error = #expect(throws: PrivateDenoisingError.self) { try inBands(1 << 20) }
        guard case .memoryLimit = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        /// The least that so many bands fit.
        func least(bands: Int) throws -> Int {
            let (agreement, start) = (try agreement(512 / bands), 1 << 20)
            return try (0..<20).reduce(start) { memory, _ in
                do {
                    let prediction = try CostPrediction(
                        LatticeScheme.self, agreement: agreement, network: network, key: key, memory: memory,
                        compares: false)
                    return max(memory, prediction.peakBytes)
                } catch PrivateDenoisingError.memoryLimit(_, let needed, _) {
                    return needed
                }
            }
        }
        let memory = try least(bands: 128)
        #expect(try least(bands: 64) > memory)
        #expect(try inBands(memory).peakBytes <= memory)
    }

    /// Larger images are cut by the scheme.
    @Test(arguments: settings)
    func imagesOfAnySize(setting: TestNetworks.Setting) throws {
        let images = TestNetworks.images(count: 1, height: 70, width: 131)
        _ = try run(TestNetworks.network(setting), images)
    }

    /// Bands of rows where memory is short; what is added is sent again, cut as the outputs are.
    @Test(arguments: settings)
    func bandsOfRows(setting: TestNetworks.Setting) throws {
        let images = TestNetworks.images(count: 1, height: 75, width: 66)
        let network = try TestNetworks.network(setting)
        let bands = try run(network, images, layout: .tile, bandRows: 40)
        #expect(bands.transcript.rounds > network.layers.count)
    }

    @Test func theTranscriptTravels() throws {
        let network = try TestNetworks.network(Self.deepValid)
        let agreement = try Agreement(
            mode: .clientAided, network: network, images: TensorShape(channels: 1, height: 64, width: 64),
            parameters: .lattice(set: "F"))
        let again = try JSONDecoder().decode(Agreement.self, from: JSONEncoder().encode(agreement))
        #expect(again == agreement)
        for layout in try LatticeScheme.layouts(for: agreement) {
            #expect(try JSONDecoder().decode(LatticeLayout.self, from: JSONEncoder().encode(layout)) == layout)
        }
    }

    @Test(arguments: [Mode.linear, .linearFused, .positiveMask, .signedMask, .signPair])
    func otherModesAreRefused(mode: Mode) throws {
        let setting = TestNetworks.Setting(
            name: "other", mode: mode, depth: 3, decoder: .same,
            relu: [.linear, .linearFused].contains(mode) ? .none : .all,
            channels: 2)
        let shape = TensorShape(channels: 1, height: 13, width: 13)
        let network = try TestNetworks.network(setting, images: shape)
        #expect {
            _ = try Agreement(mode: mode, network: network, images: shape, parameters: .lattice(set: "F"))
        } throws: { "\($0)".contains("client-aided expected") }
    }

    /// Unflooded parameters have no name, so no agreement can be about them.
    @Test func thePlainSetIsNoParameter() throws {
        let network = try TestNetworks.network(Self.shallowSame)
        #expect(throws: PrivateDenoisingError.self) {
            try Agreement(
                mode: .clientAided, network: network, images: TensorShape(channels: 1, height: 13, width: 13),
                parameters: .lattice(set: "P"))
        }
    }

    @Test func memoryIsBounded() throws {
        let network = try TestNetworks.network(Self.deepSame)
        let images = TestNetworks.images(count: 1, height: 64, width: 64)
        #expect {
            _ = try run(network, images, memory: 1 << 20)
        } throws: { "\($0)".contains("conv1") }
    }

    /// Skips count in the distance of a run, and patches by their square root.
    @Test func floodingDistanceOfARun() throws {
        let network = try TestNetworks.network(Self.deepValid)
        let agreement = try Agreement(
            mode: .clientAided, network: network, images: TensorShape(channels: 1, height: 64, width: 64),
            parameters: .lattice(set: "F"))
        let distance = try #require(
            try LatticeScheme.floodingDistance(agreement: agreement, network: network))
        #expect(distance.log2Distance() < -35)
        #expect(distance.patches(within: -30) > 1000)
    }

    // MARK: - The committed networks

    private static func committed(_ name: String) throws -> IntegerNetwork {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Experiments/weights/\(name).h5").standardizedFileURL.path
        let trained = try TrainedNetwork(reading: file)
        return try trained.integers(
            for: .requantised, precision: Precision(weights: 10, activations: 12),
            image: TensorShape(channels: 1, height: 64, width: 64))
    }

    /// Ten layers, 96 channels, one patch: every value of every round, and what travels.
    @Test(arguments: [("10-relu", 73_920, 43.41e6, 32.9e6), ("10-relu-same", 98_624, 57.91e6, 59.35e6)])
    func fullWidth(name: String, products: Int, up: Double, down: Double) throws {
        let network = try Self.committed(name)
        let found = try run(network, TestNetworks.images(count: 1, height: 64, width: 64))
        #expect(found.transcript.products == products)
        #expect(Double(found.transcript.bytes(.up)) < up && Double(found.transcript.bytes(.down)) < down)
    }

    /// One patch at full width fits 64 MB beside the comparison with the integer network; bytes and values are the same.
    @Test func onePatchInSixtyMegabytes() throws {
        let network = try Self.committed("10-relu")
        let agreement = try Agreement(
            mode: .clientAided, network: network, images: TensorShape(channels: 1, height: 64, width: 64),
            parameters: .lattice(set: "F"))
        let key = try SecretKey().publicKey
        // Six words a value of the widest layer.
        let comparison = 6 * 8 * 96 * 60 * 60
        let cost = try CostPrediction(
            LatticeScheme.self, agreement: agreement, network: network, key: key, memory: 64_000_000 + comparison)
        #expect(cost.peakBytes - comparison < 64_000_000)
    }

    /// M6: the figure counts skip multipliers, of the real network. The review computed 2^-35.98 at 33 bits from the same weights
    /// by a program of its own; every plaintext bit less is a bit of flooding more.
    @Test func floodingDistanceOfTheCommittedNetwork() throws {
        let network = try Self.committed("10-relu")
        let agreement = try Agreement(
            mode: .clientAided, network: network, images: TensorShape(channels: 1, height: 64, width: 64),
            parameters: .lattice(set: "F"))
        let distance = try #require(
            try LatticeScheme.floodingDistance(agreement: agreement, network: network))
        let width = try #require(agreement.layers.map(\.bits).max())
        #expect(abs(distance.log2Distance() + 35.98 + Double(33 - width)) < 0.05)
        // Without its skips it would look better than it is.
        #expect(network.layers.contains { ($0.skip?.multipliers.map(\.bitWidth).max() ?? 0) > 16 })
    }

    /// M9: plaintexts of more than 36 bits, weights beyond 16 bits and orders of values are refused, each by a line that names the
    /// layer or the reason.
    @Test func whatDoesNotFitIsRefusedByName() throws {
        let shape = TensorShape(channels: 1, height: 13, width: 13)
        let setting = Self.shallowSame
        let wide = try TestNetworks.network(setting, weightBits: 24)
        #expect {
            let agreement = try Agreement(
                mode: .clientAided, network: wide, images: shape, parameters: .lattice(set: "F"))
            _ = try CostPrediction(
                LatticeScheme.self, agreement: agreement, network: wide, key: SecretKey().publicKey)
        } throws: { "\($0)".contains("conv") && "\($0)".contains("36") }
        let heavy = try TestNetworks.network(setting, weightBits: 17)
        #expect {
            let agreement = try Agreement(
                mode: .clientAided, network: heavy, images: shape, parameters: .lattice(set: "F"))
            _ = try CostPrediction(
                LatticeScheme.self, agreement: agreement, network: heavy, key: SecretKey().publicKey)
        } throws: { "\($0)".contains("conv") && "\($0)".contains("16 bits") || "\($0)".contains("36") }
        let network = try TestNetworks.network(setting)
        #expect {
            _ = try Agreement(
                mode: .clientAided, network: network, images: shape, parameters: .lattice(set: "F"),
                permutation: .positions)
        } throws: { "\($0)".contains("an order of values: coefficients cannot be moved one by one") }
    }
}
