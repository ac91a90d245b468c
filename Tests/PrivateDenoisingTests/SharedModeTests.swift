import Denoising
import Foundation
import Lattice
import Numerics
import Paillier
@_spi(Unprotected) import PrivateDenoising
import Testing

/// Mode `shared`: equal to its integer network, and nothing readable on the way.
@Suite struct SharedModeTests {
    static let same = TestNetworks.Setting(
        name: "shared same", mode: .shared, depth: 3, decoder: .same, relu: .all, channels: 3)
    static let valid = TestNetworks.Setting(
        name: "shared valid, 10 layers", mode: .shared, depth: 10, decoder: .valid, relu: .all, channels: 2)

    static func agreement(
        _ network: IntegerNetwork, _ images: IntegerTensor, scheme: SchemeName = .cleartext, keyBits: Int = 512,
        layout: Layout = .batch, bandRows: Int? = nil, order: Order = .interleaved
    ) throws -> Agreement {
        try Agreement(
            mode: .shared, layout: layout, network: network, images: images.shape,
            parameters: scheme.parameters(keyBits: keyBits), bandRows: bandRows, order: order)
    }

    @Test(arguments: [same, valid], [Layout.batch, .tile])
    func sharesAddUpToTheIntegerNetwork(setting: TestNetworks.Setting, layout: Layout) throws {
        let images = TestNetworks.images(count: 2, height: 12, width: 11)
        for generalMultipliers in [false, true] {
            let network = try TestNetworks.network(
                setting, images: images.shape, generalMultipliers: generalMultipliers)
            for bandRows in layout == .tile ? [nil, 5] : [nil] where bandRows == nil || setting.depth == 3 {
                let agreement = try Self.agreement(network, images, layout: layout, bandRows: bandRows)
                let run = try PrivateRun(
                    CleartextScheme.self, agreement: agreement, network: network, key: .init(plaintextBits: 511),
                    images: images, threads: 2)
                #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
                #expect(run.output.values.mismatches(with: try network.evaluate(images).output.values) == 0)
                let prediction = try CostPrediction(
                    CleartextScheme.self, agreement: agreement, network: network, key: .init(plaintextBits: 511))
                #expect(prediction.messages.map(\.bytes) == run.transcript.entries.map(\.bytes))
                #expect(prediction.messages.map(\.phase) == run.transcript.entries.map(\.phase))
                #expect(Set(run.transcript.entries.map(\.phase)) == Set(Phase.allCases))
            }
        }
    }

    @Test(arguments: [Layout.batch, .tile]) func paillierSharesAddUp(layout: Layout) throws {
        let images = TestNetworks.images(count: 2, height: 6, width: 6)
        let key = PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: 512))
        for generalMultipliers in [false, true] {
            let network = try TestNetworks.network(
                Self.same, images: images.shape, generalMultipliers: generalMultipliers)
            let agreement = try Self.agreement(network, images, scheme: .paillier, layout: layout)
            let run = try PrivateRun(
                PaillierScheme.self, agreement: agreement, network: network, key: key, images: images, threads: 2)
            #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
            #expect(run.output.values.mismatches(with: try network.evaluate(images).output.values) == 0)
            let prediction = try CostPrediction(
                PaillierScheme.self, agreement: agreement, network: network, key: PaillierScheme.publicKey(of: key))
            #expect(prediction.messages.map(\.bytes) == run.transcript.entries.map(\.bytes))
        }
    }

    private static func setting(_ depth: Int, _ decoder: DecoderKind) -> TestNetworks.Setting {
        TestNetworks.Setting(
            name: "shared \(depth) layers, \(decoder.rawValue)", mode: .shared, depth: depth, decoder: decoder,
            relu: .all, channels: 4)
    }
    static let deepValid = setting(10, .valid)
    static let settings = [setting(3, .same), setting(10, .same), setting(3, .valid), deepValid]

    /// Shares modulo the plaintext modulus: one patch of the usual size, a batch of small ones, an image that is cut.
    @Test(arguments: settings, [(1, 64, 64), (3, 21, 30), (1, 70, 75)])
    func latticeSharesAddUp(setting: TestNetworks.Setting, size: (count: Int, height: Int, width: Int)) throws {
        let images = TestNetworks.images(count: size.count, height: size.height, width: size.width)
        let network = try TestNetworks.network(setting, images: images.shape)
        let agreement = try Self.agreement(network, images, scheme: .lattice)
        let key = try SecretKey()
        let run = try PrivateRun(
            LatticeScheme.self, agreement: agreement, network: network, key: key, images: images, threads: 2)
        #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
        #expect(run.output.values.mismatches(with: try network.evaluate(images).output.values) == 0)
        let prediction = try CostPrediction(
            LatticeScheme.self, agreement: agreement, network: network, key: key.publicKey)
        #expect(prediction.messages.map(\.bytes) == run.transcript.entries.map(\.bytes))
        #expect(prediction.messages.map(\.products) == run.transcript.entries.map(\.products))
    }

    /// All homomorphic work before the image is known: nothing is encrypted online, and what is online is told beforehand.
    @Test(arguments: settings, [SchemeName.cleartext, .paillier, .lattice])
    func offlineSharesAddUp(setting: TestNetworks.Setting, scheme: SchemeName) throws {
        func check<Scheme: AdditiveScheme>(
            _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, side: Int, generalMultipliers: Bool = false
        ) throws {
            let images = TestNetworks.images(count: 2, height: side, width: side + 1)
            let network = try TestNetworks.network(
                setting, images: images.shape, generalMultipliers: generalMultipliers)
            let agreement = try Self.agreement(network, images, scheme: Scheme.name, order: .offline)
            #expect(try JSONDecoder().decode(Agreement.self, from: JSONEncoder().encode(agreement)) == agreement)
            let run = try PrivateRun(
                scheme, agreement: agreement, network: network, key: key, images: images, threads: 2)
            #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
            #expect(run.output.values.mismatches(with: try network.evaluate(images).output.values) == 0)
            let prediction = try CostPrediction(
                scheme, agreement: agreement, network: network, key: Scheme.publicKey(of: key))
            let entries = run.transcript.entries
            #expect(prediction.messages.map(\.bytes) == entries.map(\.bytes))
            #expect(prediction.messages.map(\.products) == entries.map(\.products))
            #expect(entries.allSatisfy { $0.kind == .exchange || $0.phase == .offline })
            // One phase after the other, which add up to the run.
            #expect(
                entries.map(\.phase) == Phase.allCases.flatMap { phase in entries.map(\.phase).filter { $0 == phase } })
            for direction in [Message.Direction.up, .down] {
                #expect(
                    Phase.allCases.reduce(0) { $0 + run.transcript.bytes(direction, phase: $1) }
                        == run.transcript.bytes(direction))
            }
        }
        switch scheme {
        case .lattice: try check(LatticeScheme.self, try SecretKey(), side: 20)
        case .paillier where setting.depth == 3:
            let key = PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: 512))
            for general in [false, true] {
                try check(PaillierScheme.self, key, side: 5, generalMultipliers: general)
            }
        case .paillier, .paper: break
        case .cleartext:
            for general in [false, true] {
                try check(CleartextScheme.self, .init(plaintextBits: 511), side: 15, generalMultipliers: general)
            }
        }
    }

    @Test func offlineIsForSharesOfWholeImages() throws {
        let images = TestNetworks.images(count: 1, height: 13, width: 13)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        #expect(throws: PrivateDenoisingError.orderMismatch(mode: .shared, layout: .tile)) {
            _ = try Self.agreement(network, images, layout: .tile, order: .offline)
        }
        #expect(throws: PrivateDenoisingError.orderMismatch(mode: .clientAided, layout: .batch)) {
            _ = try Agreement(
                mode: .clientAided, network: network, images: images.shape, parameters: .cleartext(plaintextBits: 511),
                order: .offline)
        }
    }

    /// What the client sends in the clear online, and sees offline, is uniform in every bit, whatever the image is.
    @Test func offlineMessagesAreUniform() throws {
        let images = TestNetworks.images(count: 24, height: 16, width: 16)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let agreement = try Self.agreement(network, images, order: .offline)
        let key = CleartextScheme.Key(plaintextBits: 511)
        let transcript = try Transcript.recording(
            CleartextScheme.self, agreement: agreement, network: network, key: key, images: images, threads: 1)
        let bits = try #require(agreement.shareBits)
        let entry = try #require(transcript.entries.firstIndex { $0.phase == .online })
        let body = Array(transcript.messages[entry].bytes.dropFirst(16))
        let plane = body.count / bits
        for bit in 0..<bits {
            let ones = body[bit * plane..<(bit + 1) * plane].reduce(0) { $0 + $1.nonzeroBitCount }
            // Seven standard deviations of so many fair coins: 3e-12 a bit.
            #expect(abs(Double(ones) - Double(4 * plane)) < 3.5 * Double(8 * plane).squareRoot(), "bit \(bit)")
        }
    }

    /// Two sessions on one image under one key, and two messages of one length of a session, differ in half of their bits: no share, mask,
    /// choice or pad comes twice. Control: shares that do are found, where they are sent in the clear.
    @Test(arguments: [Order.interleaved, .offline]) func noMessageSharesItsMasks(order: Order) throws {
        // Whole blocks of 512 values: what fills one up is no secret.
        let images = TestNetworks.images(count: 8, height: 16, width: 16)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let agreement = try Self.agreement(network, images, order: order)
        func bodies(_ protections: Protections) throws -> [[UInt8]] {
            let transcript = try Transcript.recording(
                CleartextScheme.self, agreement: agreement, network: network, key: .init(plaintextBits: 511),
                images: images, protections: protections, threads: 1)
            return zip(transcript.entries, transcript.messages)
                .filter { $0.0.kind == .exchange && $0.0.phase != .setup }.map { Array($0.1.bytes.dropFirst(16)) }
        }
        /// Standard deviations from half.
        func distance(_ one: [UInt8], _ other: [UInt8]) -> Double {
            let ones = zip(one, other).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
            return abs(Double(ones) - 4 * Double(one.count)) / (2 * Double(one.count)).squareRoot()
        }
        let sessions = try (0..<2).map { _ in try bodies(.all) }
        for (one, other) in zip(sessions[0], sessions[1]) { #expect(distance(one, other) < 7) }
        let all = sessions[0]
        for first in all.indices {
            for second in all.indices where second > first && all[first].count == all[second].count {
                #expect(distance(all[first], all[second]) < 7)
            }
        }
        guard order == .offline else { return }
        let repeated = try (0..<2).map { _ in try bodies(Protections.all.without(.freshShares)) }
        #expect(zip(repeated[0], repeated[1]).contains { distance($0, $1) > 100 })
    }

    /// Bands of rows, for which skips are sent again.
    @Test func latticeSharesAddUpBandByBand() throws {
        let images = TestNetworks.images(count: 1, height: 75, width: 66)
        let network = try TestNetworks.network(Self.deepValid, images: images.shape)
        let run = try PrivateRun(
            LatticeScheme.self,
            agreement: try Self.agreement(network, images, scheme: .lattice, layout: .tile, bandRows: 40),
            network: network, key: try SecretKey(), images: images, threads: 2)
        #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
    }

    /// Multipliers of the existing network need 63 bits; the lattice has 36.
    @Test func theLatticeRefusesGeneralMultipliers() throws {
        let images = TestNetworks.images(count: 1, height: 13, width: 13)
        let network = try TestNetworks.network(Self.same, images: images.shape, generalMultipliers: true)
        #expect {
            _ = try Self.agreement(network, images, scheme: .lattice)
        } throws: { "\($0)".contains("36") && "\($0)".contains("conv1") }
    }

    @Test func verificationSeesAnotherNetwork() throws {
        let images = TestNetworks.images(count: 1, height: 9, width: 9)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let run = try PrivateRun(
            CleartextScheme.self, agreement: try Self.agreement(network, images), network: network,
            key: .init(plaintextBits: 511), images: images,
            reference: try TestNetworks.network(Self.same, images: images.shape, changingLastBias: true), threads: 1)
        #expect(run.mismatchedValues > 0)
    }

    /// The shares of all accumulators that a client sees in a run: `[round][value]`.
    static func seen(
        _ network: IntegerNetwork, _ images: IntegerTensor, protections: Protections = .all
    ) throws -> [IntegerTensor] {
        let agreement = try agreement(network, images)
        let key = CleartextScheme.Key(plaintextBits: 511)
        var session = Session(
            try Client<CleartextScheme>(agreement: agreement, key: key, images: images, protections: protections))
        var channel = MemoryChannel(
            to: try Server<CleartextScheme>(agreement: agreement, network: network, key: key, protections: protections))
        var seen: [IntegerTensor] = []
        while let step = session.party.step {
            try session.advance(over: &channel)
            if step.kind == .ciphertexts, step.direction == .down, let values = session.party.seen {
                seen.append(values)
            }
        }
        return seen
    }

    /// A mask of the accumulator's own width would leave the bits above it readable: every bit of U has to be even.
    @Test func everyBitOfAShareIsUniform() throws {
        let images = TestNetworks.images(count: 12, height: 16, width: 16)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let bits = try #require(Self.agreement(network, images).shareBits)
        #expect(network.layers.contains { $0.shareBits < bits })
        for values in try Self.seen(network, images) {
            let count = values.values.count
            for bit in 0..<bits {
                let ones = (0..<count).count { values.values.words[$0] >> UInt64(bit) & 1 == 1 }
                // Seven standard deviations of so many fair coins: 3e-12 a bit, below 1e-9 for all of them.
                #expect(abs(Double(ones) - Double(count) / 2) < 3.5 * Double(count).squareRoot(), "bit \(bit)")
            }
        }
    }

    /// Positive controls: without masks the client reads every accumulator; with masks that come twice, every difference.
    @Test func withoutMasksEverythingIsRead() throws {
        let images = TestNetworks.images(count: 2, height: 9, width: 9)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let bits = try #require(Self.agreement(network, images).shareBits)
        let mask = UInt64.max >> UInt64(64 - bits)
        let truth = try Self.accumulators(network, images)
        let open = try Self.seen(network, images, protections: Protections.all.without(.shareMasks))
        for (round, values) in open.enumerated() {
            let half: UInt64 = network.layers[round].shift > 0 ? 1 << UInt64(network.layers[round].shift - 1) : 0
            #expect(zip(values.values.words, truth[round].values.words).allSatisfy { $0 == ($1 &+ half) & mask })
        }
        // A masked value is the open one with probability 2^-U: a tenth of them never.
        #expect(
            try Self.seen(network, images)[0].values.mismatches(with: open[0].values) > open[0].values.count * 9 / 10)

        let others = TestNetworks.images(count: 2, height: 9, width: 9)
        let otherTruth = try Self.accumulators(network, others)
        let repeated = Protections.all.without(.freshShares)
        let (first, second) = (
            try Self.seen(network, images, protections: repeated), try Self.seen(network, others, protections: repeated)
        )
        for index in 0..<first[0].values.count {
            let difference = (first[0].values.words[index] &- second[0].values.words[index]) & mask
            #expect(difference == (truth[0].values.words[index] &- otherTruth[0].values.words[index]) & mask)
        }
    }

    static func accumulators(_ network: IntegerNetwork, _ images: IntegerTensor) throws -> [IntegerTensor] {
        var evaluation = try IntegerEvaluation(network, input: images)
        return try network.layers.map { _ in try evaluation.step(threads: 1) }
    }

    /// Another network of the same shifts and widths makes messages of the same sizes: nothing else of it is public.
    @Test func sizesTellWidthsAlone() throws {
        let images = TestNetworks.images(count: 1, height: 9, width: 9)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let other = try TestNetworks.network(Self.same, images: images.shape, changingLastBias: true)
        let agreements = try [network, other].map { try Self.agreement($0, images) }
        if agreements[0].layers.map(\.bound) == agreements[1].layers.map(\.bound) {
            #expect(try agreements[0].steps.map(\.bytes) == agreements[1].steps.map(\.bytes))
        }
        let data = try JSONEncoder().encode(agreements[0])
        #expect(try JSONDecoder().decode(Agreement.self, from: data) == agreements[0])
        // The client is told no multiplier.
        let general = try TestNetworks.network(Self.same, images: images.shape, generalMultipliers: true)
        for layer in try Self.agreement(general, images).layers {
            if case .requantise(let requantiser) = layer.activation {
                #expect(requantiser.multipliers.allSatisfy { $0 == 1 })
            }
        }
    }

    private static func committed(_ name: String) throws -> TrainedNetwork {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "../../Experiments/weights")
        return try TrainedNetwork(reading: folder.appending(path: name).standardizedFileURL.path)
    }

    private static func patch(
        _ network: IntegerNetwork, _ scheme: SchemeName, images: Int = 1, side: Int = 64
    ) throws -> Agreement {
        try Agreement(
            mode: .shared, network: network,
            images: TensorShape(count: images, channels: 1, height: side, width: side),
            parameters: scheme.parameters(keyBits: 3072))
    }

    /// Every committed network keeps 2^-40 a patch, a slice 64 times that in squares. Shares one bit wider do not: refused by whoever
    /// would run or predict it, in one line.
    @Test(arguments: ["3-relu.h5", "3-relu-96.h5", "10-relu.h5", "10-relu-same.h5"])
    func aPatchStaysWithinTwoToTheMinusForty(name: String) throws {
        let trained = try Self.committed(name)
        let network = try trained.integers(for: .powerOfTwo)
        #expect(network.shareBits <= 30)
        for side in [64, 512] {
            try LatticeScheme.requireDistance(Self.patch(network, .lattice, side: side), network)
        }
        guard name.hasPrefix("10") else { return }
        let wider = try trained.integers(for: .powerOfTwo, precision: Precision(weights: 12, activations: 12))
        let agreement = try Self.patch(wider, .lattice)
        let key = try SecretKey()
        func isOneLine(_ error: any Error) -> Bool {
            let text = "\(error)"
            return text.contains("where mode shared asks for 2^-40 (shares of 32 bits; weights of fewer bits expected)")
                && !text.contains("\n")
        }
        #expect {
            _ = try Server<LatticeScheme>(agreement: agreement, network: wider, key: key.publicKey)
        } throws: { isOneLine($0) }
        #expect {
            _ = try CostPrediction(LatticeScheme.self, agreement: agreement, network: wider, key: key.publicKey)
        } throws: { isOneLine($0) }
        // Other modes ask for nothing: their clients see more than noise tells.
        let aided = try trained.integers(for: .requantised, precision: Precision(weights: 12, activations: 12))
        let open = try Agreement(
            mode: .clientAided, network: aided, images: agreement.images, parameters: .lattice(set: "F"))
        try LatticeScheme.requireDistance(open, aided)
    }

    /// On Paillier 2^-62 a value: 2^22 values a patch.
    @Test func slotsOfTooLargeANetworkAreRefused() throws {
        for (channels, isRefused) in [(500, false), (520, true)] {
            let network = try Network.redCNN(depth: 3, channels: channels, kernel: 1, relu: .all, decoder: .same)
            let integers = try IntegerNetwork(
                shifting: network, weights: network.initialWeights(seed: 1),
                calibration: Calibration(activationLimits: [1, 1], rule: "fixed", images: 0, data: "none"))
            if isRefused {
                #expect {
                    _ = try Self.patch(integers, .paillier)
                } throws: { "\($0)".contains("where mode shared asks for 2^-40 (2^-62 a value;") }
            } else {
                _ = try Self.patch(integers, .paillier)
            }
        }
    }

    /// Distances of one patch through the committed networks of 96 channels.
    @Test(arguments: [("10-relu.h5", -40.9 ... -40.4), ("10-relu-same.h5", -42.0 ... -40.0)])
    func distancesOfACommittedNetwork(name: String, expected: ClosedRange<Double>) throws {
        let network = try Self.committed(name).integers(for: .powerOfTwo)
        func agreement(_ scheme: SchemeName, _ images: Int = 1) throws -> Agreement {
            try Self.patch(network, scheme, images: images)
        }
        #expect(try agreement(.lattice).shareBits == 30)
        let distance = try #require(
            try LatticeScheme.floodingDistance(agreement: agreement(.lattice), network: network))
        #expect(expected.contains(distance.log2Distance()), "\(distance.log2Distance())")
        #expect(distance.patches(within: -30) > 100_000)
        let slots = try #require(try agreement(.paillier).shareDistance)
        #expect((-40.9 ... -40.0).contains(slots), "\(slots)")
        #expect(try agreement(.lattice).shareDistance == nil)
        // A session takes its distance's share of 2^-30, twice as much for two images.
        let wear = try #require(try PaillierScheme.wear(by: agreement(.paillier), network))
        #expect(abs(log2(wear.share) - (slots + 30)) < 1e-9)
        #expect(wear.words.hasSuffix(" for 1, a key's budget 2^-30"), "\(wear.words)")
        let two = try #require(try PaillierScheme.wear(by: agreement(.paillier, 2), network))
        #expect(abs(two.share / wear.share - 2) < 1e-9)
        // Sessions that would be further than 2^-30 from perfect shares are refused.
        #expect(throws: PrivateDenoisingError.self) { try agreement(.paillier, 2000) }
    }

    /// The distance from the ideal that Paillier's slots leave: 2^-62 a value.
    @Test func slotsHaveRoomForTheNoise() throws {
        let images = TestNetworks.images(count: 1, height: 9, width: 9)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let agreement = try Self.agreement(network, images)
        let bits = try #require(agreement.shareBits)
        for layer in agreement.layers { #expect(layer.bits >= bits + 62 + 4) }
    }

    /// What hides the wraps of shares in slots: uniform in every bit from U up to the slot's width but two, and no share is changed.
    @Test(arguments: [Layout.batch, .tile]) func wrapsAreHiddenByNoiseOfFullWidth(layout: Layout) throws {
        let images = TestNetworks.images(count: 2, height: 24, width: 24)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let agreement = try Self.agreement(network, images, scheme: .paillier, keyBits: 2048, layout: layout)
        let slots = try PaillierScheme.layouts(for: agreement)[0]
        let (shareBits, slotBits) = (try #require(agreement.shareBits), slots.valueBits)
        let shape = agreement.layers[0].output.with(count: 2)
        var masks = IntegerArray(count: shape.elementCount, limbs: 1)
        for index in 0..<masks.count { masks.words[index] = UInt64(index) & (1 << UInt64(shareBits) - 1) }
        let hidden = slots.hidingWraps(IntegerTensor(shape: shape, values: masks)).values
        func bit(_ number: Int, of index: Int) -> Bool {
            hidden.words[index * hidden.limbs + number / 64] >> UInt64(number % 64) & 1 == 1
        }
        let count = hidden.count
        #expect(count >= 1000)
        for number in shareBits..<64 * hidden.limbs {
            let ones = (0..<count).count { bit(number, of: $0) }
            if number >= slotBits - 2 {
                #expect(ones == 0, "bit \(number)")
            } else {
                // Fair coins, seven standard deviations: probability 2.6e-12 a bit.
                #expect(abs(Double(2 * ones - count)) < 7 * Double(count).squareRoot(), "bit \(number): \(ones)")
            }
        }
        guard layout == .batch else { return }
        let keep: UInt64 = 1 << UInt64(shareBits) - 1
        #expect((0..<count).allSatisfy { hidden.words[$0 * hidden.limbs] & keep == masks.words[$0] })
    }

    /// A stopped run of shares cannot go on: their masks are used once.
    @Test func aClientOfSharesHasNoStateToKeep() throws {
        let images = TestNetworks.images(count: 1, height: 9, width: 9)
        let network = try TestNetworks.network(Self.same, images: images.shape)
        let agreement = try Self.agreement(network, images, layout: .tile)
        let key = CleartextScheme.Key(plaintextBits: 511)
        let client = try Client<CleartextScheme>(agreement: agreement, key: key, images: images)
        #expect(client.state == nil)
        let state = Client<CleartextScheme>.State(round: 0, input: images, activations: [:], outOfRange: 0)
        #expect(throws: PrivateDenoisingError.self) {
            _ = try Client<CleartextScheme>(agreement: agreement, key: key, resuming: state)
        }
    }
}
