import Denoising
import Foundation
import Paillier
import PrivateDenoising
import Testing
import Numerics

/// Every mode through both schemes: equal to the integer network in every value of every round.
@Suite struct ProtocolTests {
    /// Toy size: wide enough for several slots, small enough for the whole protocol in milliseconds.
    static let keyBits = 256

    /// Sizes of a real key, without encryption.
    static let clear = CleartextScheme.Key(plaintextBits: keyBits - 1)

    private func agreement<Scheme: AdditiveScheme>(
        _ setting: TestNetworks.Setting, _ network: IntegerNetwork, _ images: IntegerTensor, _ scheme: Scheme.Type
    ) throws -> Agreement {
        try Agreement(
            mode: setting.mode, network: network, images: images.shape,
            parameters: scheme.name.parameters(keyBits: Self.keyBits))
    }

    /// One agreement under both schemes: a run without encryption and one with it, whose values are all compared.
    private func checkBothSchemes(
        _ network: IntegerNetwork, _ images: IntegerTensor, keyBits: Int = keyBits,
        _ agreement: (SchemeParameters) throws -> Agreement
    ) throws {
        let parameters = [SchemeName.cleartext, .paillier].map { $0.parameters(keyBits: keyBits) }
        let clear = try PrivateRun(
            CleartextScheme.self, agreement: agreement(parameters[0]), network: network,
            key: .init(plaintextBits: keyBits - 1), images: images, threads: 1)
        #expect(clear.mismatchedValues == 0 && clear.outOfRange == 0)
        #expect(clear.output.values.mismatches(with: try network.evaluate(images).output.values) == 0)
        let key = PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: keyBits))
        let encrypted = try agreement(parameters[1])
        let run = try PrivateRun(
            PaillierScheme.self, agreement: encrypted, network: network, key: key, images: images, threads: 2)
        #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
        #expect(run.output == clear.output)
        try checkCounts(run, encrypted, network, key: key, bytes: (2 * keyBits + 7) / 8)
    }

    @Test(arguments: TestNetworks.settings, [1, 2, 7, 9])
    func cleartextEqualsTheIntegerNetwork(setting: TestNetworks.Setting, images count: Int) throws {
        let size = setting.depth == 10 ? 13 : 8
        let images = TestNetworks.images(count: count, height: size, width: size + 1)
        let network = try TestNetworks.network(setting, images: images.shape)
        let agreement = try agreement(setting, network, images, CleartextScheme.self)
        let run = try PrivateRun(
            CleartextScheme.self, agreement: agreement, network: network, key: Self.clear, images: images, threads: 1)
        #expect(run.mismatchedValues == 0)
        #expect(run.outOfRange == 0)
        #expect(run.output == (try network.evaluate(images).output).with(limbs: run.output.values.limbs))
        #expect(run.transcript.rounds == ([.linear, .linearFused].contains(setting.mode) ? 1 : setting.depth))
    }

    @Test(arguments: TestNetworks.settings, KernelPath.allCases.filter(\.isAvailable))
    func paillierEqualsTheIntegerNetwork(setting: TestNetworks.Setting, path: KernelPath) throws {
        let size = setting.depth == 10 ? 11 : 5
        // 8 images: more than one group of ciphertexts, the last one with unused slots.
        let images = TestNetworks.images(count: setting.mode.usesMask ? 2 : 8, height: size, width: size)
        let network = try TestNetworks.network(setting, images: images.shape)
        let agreement = try agreement(setting, network, images, PaillierScheme.self)
        let key = try PaillierScheme.PrivateKey(PrivateKey(unsafeBits: Self.keyBits, path: path))
        let run = try PrivateRun(
            PaillierScheme.self, agreement: agreement, network: network, key: key, images: images, threads: 2)
        #expect(run.mismatchedValues == 0)
        #expect(run.outOfRange == 0)
        try checkCounts(run, agreement, network, key: key, bytes: (2 * Self.keyBits + 7) / 8)
    }

    /// Bytes and counts follow from the agreement alone, and so does the prediction.
    private func checkCounts(
        _ run: PrivateRun, _ agreement: Agreement, _ network: IntegerNetwork, key: PaillierScheme.PrivateKey, bytes: Int
    ) throws {
        let (transcript, layouts) = (run.transcript, try agreement.layouts)
        let up = zip(agreement.rounds, layouts).reduce(0) { sum, pair in
            let (round, layout) = pair
            return sum + round.inputTensors * layout.ciphertexts(.input)
                + (round.repeatedSkip == nil ? 0 : layout.ciphertexts(.skip))
        }
        let down = layouts.reduce(0) { $0 + $1.ciphertexts(.output) }
        #expect(transcript.ciphertexts(.up) == up && transcript.ciphertexts(.down) == down)
        #expect(transcript.bytes(.up) == up * bytes + 16 * agreement.rounds.count)
        #expect(transcript.bytes(.down) == down * bytes + 16 * agreement.rounds.count)
        #expect(Set(transcript.entries.map(\.hash)).count == transcript.entries.count)
        let prediction = try CostPrediction(
            PaillierScheme.self, agreement: agreement, network: network, key: PaillierScheme.publicKey(of: key))
        #expect(prediction.messages.map(\.bytes) == transcript.entries.map(\.bytes))
        #expect(prediction.messages.map(\.ciphertexts) == transcript.entries.map(\.ciphertexts))
        #expect(prediction.messages.map(\.products) == transcript.entries.map(\.products))
    }

    /// Every way of masking and ordering values is undone exactly, in every mode that allows it.
    @Test(arguments: TestNetworks.covers)
    func coveredValuesComeBackExactly(cover: TestNetworks.Cover) throws {
        let setting = TestNetworks.Setting(
            name: "covered", mode: cover.mode, depth: 3, decoder: .same, relu: .all, channels: 3)
        let network = try TestNetworks.network(setting)
        let images = TestNetworks.images(count: 3, height: 5, width: 4)
        try checkBothSchemes(network, images, keyBits: 512) { parameters in
            let agreement = try Agreement(
                mode: cover.mode, network: network, images: images.shape, parameters: parameters, mask: cover.mask,
                permutation: cover.permutation)
            #expect((try agreement.layouts[0].imagesTogether > 1) == (agreement.mask?.isShared != false))
            return agreement
        }
    }

    @Test func signPairsGoUpTwice() throws {
        let setting = try #require(TestNetworks.settings.first { $0.mode == .signPair })
        let network = try TestNetworks.network(setting)
        let agreement = try agreement(
            setting, network, TestNetworks.images(count: 3, height: 6, width: 6), PaillierScheme.self)
        #expect(agreement.rounds.map(\.inputTensors) == [1, 2, 2])
        let steps = try agreement.steps
        #expect(steps[2].ciphertexts == 2 * steps[1].ciphertexts)
    }

    /// Without encryption a pretended ciphertext need not take whole bytes: 16 images at 7 slots are 3 groups.
    @Test(arguments: [(Mode.signPair, Layout.batch, 16...16), (.clientAided, .tile, 2...16)])
    func tensorsOfAnUploadAreToldApartWhereCiphertextsAreNoWholeBytes(
        mode: Mode, layout: Layout, counts: ClosedRange<Int>
    ) throws {
        let setting = try #require(TestNetworks.settings.first { $0.mode == .signPair })
        let network = try TestNetworks.network(setting)
        func agreement(_ count: Int, bits: Int = 2047) throws -> Agreement {
            try Agreement(
                mode: mode, layout: layout, network: network,
                images: TensorShape(count: count, channels: 1, height: 13, width: 17),
                parameters: .cleartext(plaintextBits: bits))
        }
        let bits = try 7 * #require(agreement(1).layers.map(\.bits).max())
        let count = try #require(
            counts.first { count in
                let agreement = try agreement(count, bits: bits)
                return try zip(agreement.steps.filter { $0.direction == .up }, agreement.rounds).contains {
                    ($1.inputTensors > 1 || $1.repeatedSkip != nil) && $0.bytes % $0.ciphertexts != 0
                }
            }, "a round whose bytes do not divide by its ciphertexts")
        let run = try PrivateRun(
            CleartextScheme.self, agreement: agreement(count, bits: bits), network: network,
            key: .init(plaintextBits: bits), images: TestNetworks.images(count: count, height: 13, width: 17),
            threads: 1)
        #expect(run.mismatchedValues == 0 && run.outOfRange == 0)
    }

    @Test(arguments: [DecoderKind.same, .valid], [(3, 1), (3, 2), (10, 1)])
    func tilesOfOneImageEqualTheIntegerNetwork(decoder: DecoderKind, size: (depth: Int, images: Int)) throws {
        let (depth, count) = size
        let setting = TestNetworks.Setting(
            name: "tiles", mode: .clientAided, depth: depth, decoder: decoder, relu: .all, channels: 3)
        let network = try TestNetworks.network(setting)
        // An odd size, so that tiles reach beyond the edge.
        let images = TestNetworks.images(count: count, height: 13, width: 17)
        try checkBothSchemes(network, images) { parameters in
            let agreement = try Agreement(
                mode: .clientAided, layout: .tile, network: network, images: images.shape, parameters: parameters)
            #expect(try agreement.layouts.contains { ($0.usage?.used ?? 0) > count })
            return agreement
        }
    }

    /// A layer in bands of rows gives the same values as in one round.
    @Test(arguments: [DecoderKind.same, .valid], [1, 4, 6, 100])
    func bandsOfRowsEqualTheIntegerNetwork(decoder: DecoderKind, rows: Int) throws {
        let setting = TestNetworks.Setting(
            name: "bands", mode: .clientAided, depth: 10, decoder: decoder, relu: .all, channels: 2)
        let network = try TestNetworks.network(setting)
        let images = TestNetworks.images(count: 1, height: 13, width: 17)
        let heights = try network.activationShapes(for: images.shape).dropFirst().map(\.height)
        func agreement(_ parameters: SchemeParameters) throws -> Agreement {
            let agreement = try Agreement(
                mode: .clientAided, layout: .tile, network: network, images: images.shape, parameters: parameters,
                bandRows: rows)
            #expect(agreement.rounds.count == heights.reduce(0) { $0 + ($1 + rows - 1) / rows })
            #expect(agreement.rounds.allSatisfy { $0.rows.count <= rows })
            return agreement
        }
        guard rows == 1 else { return try checkBothSchemes(network, images, agreement) }
        let clear = try PrivateRun(
            CleartextScheme.self, agreement: agreement(.cleartext(plaintextBits: Self.keyBits - 1)), network: network,
            key: Self.clear, images: images, threads: 1)
        #expect(clear.mismatchedValues == 0 && clear.outOfRange == 0)
    }

    /// Stopped between any two layers, a run goes on with another key and ends with the same values.
    @Test(arguments: [3, 100]) func tilesGoOnAfterAnyLayer(rows: Int) throws {
        let setting = TestNetworks.Setting(
            name: "resumed", mode: .clientAided, depth: 10, decoder: .valid, relu: .all, channels: 2)
        let network = try TestNetworks.network(setting)
        let images = TestNetworks.images(count: 1, height: 12, width: 11)
        let agreement = try Agreement(
            mode: .clientAided, layout: .tile, network: network, images: images.shape,
            parameters: .paillier(keyBits: Self.keyBits), bandRows: rows)
        var states: [Client<PaillierScheme>.State] = []
        let whole = try PrivateRun(
            PaillierScheme.self, agreement: agreement, network: network,
            key: PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: Self.keyBits)), images: images, threads: 1,
            onState: { state, _, _ in states.append(state) })
        #expect(states.count == 9, "between ten layers")
        for state in states {
            let run = try PrivateRun(
                PaillierScheme.self, agreement: agreement, network: network,
                key: PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: Self.keyBits)), images: images, threads: 1,
                resuming: state)
            #expect(run.mismatchedValues == 0 && run.output == whole.output)
            #expect(run.transcript.rounds == agreement.rounds.count - state.round)
        }
        let key = PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: Self.keyBits))
        #expect(throws: PrivateDenoisingError.wrongInput("a state of another run")) {
            _ = try Client<PaillierScheme>(
                agreement: agreement, key: key,
                resuming: .init(round: 99, input: images, activations: [:], outOfRange: 0))
        }
    }

    @Test func tilesNeedAClientThatSeesEveryLayer() throws {
        let network = try TestNetworks.network(TestNetworks.setting(.linear, .same))
        #expect(throws: PrivateDenoisingError.layoutMismatch(mode: .linear, layout: .tile)) {
            try Agreement(
                mode: .linear, layout: .tile, network: network, images: TensorShape(channels: 1, height: 9, width: 9),
                parameters: .paillier(keyBits: 2048))
        }
    }

    @Test func keysWithoutAGeneratorRunWithFullRandomness() throws {
        let setting = TestNetworks.setting(.linear, .same)
        let network = try TestNetworks.network(setting)
        let images = TestNetworks.images(count: 1, height: 4, width: 4)
        let whole = try PrivateKey(unsafeBits: Self.keyBits)
        let plain = try PrivateKey(
            unsafeP: whole.withPrimeBytes(0) { $0 }, q: whole.withPrimeBytes(1) { $0 })
        let key = PaillierScheme.PrivateKey(plain)
        #expect(key.randomness == .full && PaillierScheme.publicKey(of: key).randomness == .full)
        let run = try PrivateRun(
            PaillierScheme.self, agreement: try agreement(setting, network, images, PaillierScheme.self),
            network: network, key: key,
            images: images, threads: 1)
        #expect(run.mismatchedValues == 0)
    }

    @Test func denseLayersRunEncrypted() throws {
        let network = try Network(layers: [
            Layer(
                name: "conv1", kind: .convolution, inputChannels: 1, outputChannels: 2, kernelHeight: 3, kernelWidth: 3,
                relu: true),
            Layer(
                name: "fc1", kind: .dense, inputChannels: 2, outputChannels: 5, kernelHeight: 4, kernelWidth: 4,
                relu: true),
            Layer(
                name: "fc2", kind: .dense, inputChannels: 5, outputChannels: 3, kernelHeight: 1, kernelWidth: 1,
                relu: true),
        ])
        let weights = try network.initialWeights(seed: 5)
        let calibration = try Calibration(activationLimits: [0.5, 0.5], rule: "fixed", images: 0, data: "none")
        let integer = try IntegerNetwork(requantising: network, weights: weights, calibration: calibration)
        let images = TestNetworks.images(count: 3, height: 6, width: 6)
        let agreement = try Agreement(
            mode: .clientAided, network: integer, images: images.shape, parameters: .paillier(keyBits: Self.keyBits))
        let key = PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: Self.keyBits))
        let run = try PrivateRun(
            PaillierScheme.self, agreement: agreement, network: integer, key: key, images: images, threads: 2)
        #expect(run.mismatchedValues == 0)
        #expect(run.output.shape == TensorShape(count: 3, channels: 3, height: 1, width: 1))
    }

    @Test func wrongExpectationsAreCounted() throws {
        // The comparison itself: a trace of other images has to be reported as different.
        let setting = TestNetworks.setting(.clientAided, .same)
        let network = try TestNetworks.network(setting)
        let images = TestNetworks.images(count: 1, height: 4, width: 4)
        let other = try TestNetworks.network(setting, seed: 12)
        let run = try PrivateRun(
            CleartextScheme.self, agreement: try agreement(setting, network, images, CleartextScheme.self),
            network: network, key: Self.clear, images: images, reference: other, threads: 1)
        #expect(run.mismatchedValues > 0)
    }

    /// The comparison sees a single value, whichever round and mode it is in: the reference is the same network but for one bias.
    @Test(arguments: TestNetworks.settings) func oneWrongValueIsSeen(setting: TestNetworks.Setting) throws {
        let images = TestNetworks.images(count: 1, height: 13, width: 13)
        let network = try TestNetworks.network(setting, images: images.shape)
        let agreement = try agreement(setting, network, images, CleartextScheme.self)
        let other = try TestNetworks.network(setting, images: images.shape, changingLastBias: true)
        let run = try PrivateRun(
            CleartextScheme.self, agreement: agreement, network: network, key: Self.clear, images: images,
            reference: other, threads: 1)
        let plane = images.shape.planeSize
        #expect(
            (1...2 * plane).contains(run.mismatchedValues),
            "the last layer's accumulators, and what is left after a ReLU")
    }
}

extension IntegerTensor {
    fileprivate func with(limbs: Int) -> IntegerTensor {
        IntegerTensor(shape: shape, values: values.resized(limbs: limbs))
    }
}

/// The rules that no option can switch off (protocol.md, section 2), as far as a test can see them.
@Suite struct RuleTests {
    private func setup(
        images count: Int, setting: TestNetworks.Setting = TestNetworks.setting(.clientAided, .same)
    ) throws -> (Agreement, IntegerNetwork, PaillierScheme.PrivateKey, IntegerTensor) {
        let network = try TestNetworks.network(setting)
        let images = TestNetworks.images(count: count, height: 4, width: 4)
        let key = PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: 256))
        let agreement = try Agreement(
            mode: setting.mode, network: network, images: images.shape, parameters: .paillier(keyBits: 256))
        return (agreement, network, key, images)
    }

    @Test func noMessageRepeats() throws {
        // Rules 2 and 5: the same images give fresh ciphertexts up and, from the same upload, fresh ciphertexts down.
        let (agreement, network, key, images) = try setup(images: 2)
        var first = try Client<PaillierScheme>(agreement: agreement, key: key, images: images)
        var second = try Client<PaillierScheme>(agreement: agreement, key: key, images: images)
        let upload = try first.send()
        #expect(try second.send() != upload)
        let answers = try (0..<2).map { _ in
            var server = try Server<PaillierScheme>(
                agreement: agreement, network: network, key: PaillierScheme.publicKey(of: key))
            try server.receive(upload)
            return try server.send()
        }
        let size = PaillierScheme.publicKey(of: key).key.ciphertextBytes
        let pieces = answers.map { answer in
            stride(from: 16, to: answer.bytes.count, by: size).map { Array(answer.bytes[$0..<$0 + size]) }
        }
        #expect(Set(pieces[0]).isDisjoint(with: pieces[1]))
        #expect(Set(pieces[0]).count == pieces[0].count)
    }

    @Test func unusedSlotsCarryNoise() throws {
        // Rule 3: with 2 images in 8 slots, what the server sends decrypts to full-size plaintexts.
        let (agreement, network, key, images) = try setup(images: 2)
        #expect(try (agreement.layouts[0].usage?.unused ?? 0) > 0)
        var client = try Client<PaillierScheme>(agreement: agreement, key: key, images: images)
        var server = try Server<PaillierScheme>(
            agreement: agreement, network: network, key: PaillierScheme.publicKey(of: key))
        try server.receive(client.send())
        let answer = try server.send()
        let publicKey = PaillierScheme.publicKey(of: key).key
        let received = try Ciphertexts(
            serialised: answer.bytes[16...], count: (answer.bytes.count - 16) / publicKey.ciphertextBytes,
            key: publicKey)
        let plaintexts = try key.key.decrypt(received)
        let widths = (0..<received.count).map { plaintexts.signed($0, key: publicKey).bitWidth }
        // Uniform in |m| < n / 2, of 2^254 and more: narrower than 250 bits with probability 2^-5 at most. That 15 or more of the 144
        // are has probability 5e-5 at most, and 1e-8 for the longest n. Upper bits repeat with probability 144^2 / 2^54.
        #expect(widths.count { $0 >= 250 } > widths.count * 9 / 10)
        #expect(
            Set((0..<received.count).map { plaintexts.signed($0, key: publicKey) >> 200 }).count > received.count / 2)
    }

    @Test func malformedMessagesAreRefusedAtOnce() throws {
        // Rule 7.
        let (agreement, network, key, images) = try setup(images: 2)
        var client = try Client<PaillierScheme>(agreement: agreement, key: key, images: images)
        let upload = try client.send()
        func refused(_ change: (inout [UInt8]) -> Void) throws -> String {
            var bytes = upload.bytes
            change(&bytes)
            var server = try Server<PaillierScheme>(
                agreement: agreement, network: network, key: PaillierScheme.publicKey(of: key))
            do {
                try server.receive(Message(bytes: bytes))
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(try refused { _ in } == "accepted")
        #expect(try refused { $0[0] = 0 } == "message: no LDCT header")
        #expect(try refused { $0 = [] } == "message: no LDCT header")
        #expect(try refused { $0[4] = 9 } == "message: version 9, 2 expected")
        #expect(try refused { $0[5] = 0x80 } == "message: direction 1, 0 expected")
        #expect(try refused { $0[5] = 1 } == "message: kind 1, 0 expected")
        #expect(try refused { $0[7] = 3 } == "message: step 3, 0 expected")
        #expect(try refused { $0[8] = 0xff } == "message: 18374686479671624704 bytes announced, 1024 arrived")
        #expect(try refused { $0.removeLast() } == "message: 1024 bytes announced, 1023 arrived")
        #expect(
            try refused {
                $0.removeLast()
                ($0[14], $0[15]) = (3, 255)
            } == "message: 1023 bytes, 1024 expected")
        #expect(
            try refused { for index in 16 + 64..<16 + 128 { $0[index] = 0 } }.hasPrefix("ciphertext 1 is not a unit"))
        #expect(
            try refused { for index in 16 + 64..<16 + 128 { $0[index] = 0xff } }.hasPrefix("ciphertext 1 is not a unit")
        )
    }

    @Test func anUnexpectedValueIsToldOnlyAtTheEnd() throws {
        // Rule 4: a server that answers with something far too large gets an answer of the same form; the count comes last.
        let (agreement, network, key, images) = try setup(images: 10)
        #expect(
            try agreement.layouts[0].usage?.unused == 0,
            "all slots in use, so that the top of a plaintext can be checked")
        let publicKey = PaillierScheme.publicKey(of: key)
        var client = try Client<PaillierScheme>(agreement: agreement, key: key, images: images)
        var server = try Server<PaillierScheme>(agreement: agreement, network: network, key: publicKey)
        while let step = client.step {
            guard step.direction == .down else {
                let upload = try client.send()
                #expect(upload.bytes.count == 16 + step.ciphertexts * publicKey.key.ciphertextBytes)
                try server.receive(upload)
                continue
            }
            var answer = try server.send()
            if step.round == 0 {
                // A malicious server replaces one ciphertext by an encryption of the largest plaintext.
                let forged = Rerandomizer(key: publicKey.key, randomness: .djn)
                    .encrypt(try Plaintexts([publicKey.key.plaintextLimit], key: publicKey.key)).serialised()
                var bytes = answer.bytes
                bytes.replaceSubrange(16..<16 + forged.count, with: forged)
                answer = Message(bytes: bytes)
            }
            try client.receive(answer)
        }
        #expect(try #require(client.result).outOfRange > 0)
    }

    /// What takes a protection off is declared here and imported by the attack suite, and by nothing else.
    @Test func onlyTheAttackSuiteCanTakeProtectionsOff() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var found: [String: Set<String>] = [:]
        for case let file as URL in files where file.pathExtension == "swift" {
            let module = file.standardizedFileURL.pathComponents.drop { $0 != "Sources" }.dropFirst().first ?? ""
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            where line.contains("@_spi") {
                found[module, default: []].insert(String(line))
            }
        }
        #expect(Set(found.keys) == ["PrivateDenoising", "Leakage"])
        #expect(found["PrivateDenoising"] == ["@_spi(Unprotected)"])
        let imports = try #require(found["Leakage"])
        #expect(imports.allSatisfy { $0.hasPrefix("@_spi(Unprotected) ") && $0.hasSuffix("import PrivateDenoising") })
    }

    @Test func illegalPairsOfModeAndNetworkAreRefused() throws {
        for setting in TestNetworks.settings {
            let network = try TestNetworks.network(setting)
            let images = TensorShape(channels: 1, height: 13, width: 13)
            for mode in Mode.allCases {
                let isLegal =
                    mode == setting.mode
                    || (setting.relu == .all && mode != .linear
                        && (mode.networkKind == network.kind
                            || mode.networkKind.isRequantised && network.kind.isRequantised))
                if isLegal {
                    _ = try Agreement(
                        mode: mode, network: network, images: images, parameters: .paillier(keyBits: 2048))
                } else {
                    #expect(throws: PrivateDenoisingError.self, "\(mode) \(setting.name)") {
                        try Agreement(
                            mode: mode, network: network, images: images, parameters: .paillier(keyBits: 2048))
                    }
                }
            }
        }
    }

    @Test func ordersThatTheClientWouldHaveToKnowAreRefused() throws {
        let images = TensorShape(channels: 1, height: 6, width: 6)
        for (mode, permutation) in [
            (Mode.linear, Permutation.positions), (.clientAided, .channels), (.clientAided, .values),
            (.signPair, .channels), (.linearFused, .positions),
        ] {
            let setting = TestNetworks.setting(mode, .same)
            let network = try TestNetworks.network(setting)
            #expect(throws: PrivateDenoisingError.self) {
                try Agreement(
                    mode: setting.mode, network: network, images: images, parameters: .paillier(keyBits: 2048),
                    permutation: permutation)
            }
        }
    }

    @Test func slotsThatDoNotFitNameTheLayer() throws {
        let network = try TestNetworks.network(TestNetworks.setting(.positiveMask, .same))
        let images = TensorShape(channels: 1, height: 6, width: 6)
        func agreement(_ bits: Int, mask: MaskOptions = MaskOptions()) throws -> Agreement {
            try Agreement(
                mode: .positiveMask, network: network, images: images, parameters: .cleartext(plaintextBits: bits),
                mask: mask)
        }
        let needed = try #require(try agreement(255).layers.map(\.bits).max())
        _ = try agreement(needed)
        #expect {
            try agreement(needed - 1)
        } throws: { error in
            guard case .slotsTooNarrow(let layer, let bits, let available)? = error as? PrivateDenoisingError else {
                return false
            }
            return network.layers.map(\.name).contains(layer) && bits == needed && available == needed - 1
        }
        #expect(throws: PrivateDenoisingError.badMaskBits(found: 63)) {
            try agreement(2047, mask: MaskOptions(bits: 63))
        }
    }

    @Test func imagesOutOfRangeAreRefusedBeforeAnythingIsSent() throws {
        let (agreement, _, key, _) = try setup(images: 2)
        func start(_ images: IntegerTensor) throws {
            _ = try Client<PaillierScheme>(agreement: agreement, key: key, images: images)
        }
        var images = TestNetworks.images(count: 2, height: 4, width: 4)
        images.values[3] = BigInteger(4096)
        #expect(throws: PrivateDenoisingError.wrongInput("a value outside 0...2^12 - 1")) { try start(images) }
        #expect(throws: PrivateDenoisingError.wrongInput("images of 1x1x4x4, 2x1x4x4 expected")) {
            try start(TestNetworks.images(count: 1, height: 4, width: 4))
        }
    }
}
