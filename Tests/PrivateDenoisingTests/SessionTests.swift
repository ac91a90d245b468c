import Denoising
import Foundation
import Lattice
import Numerics
import Paillier
import PrivateDenoising
import Synchronization
import Testing

/// What two machines share: an agreement as bytes, and messages over a channel.
@Suite struct SessionTests {
    static let keyBits = 256

    private struct Scene {
        let network: IntegerNetwork
        let images: IntegerTensor
        /// What goes to the other machine.
        let agreement: Data

        init(_ setting: TestNetworks.Setting, _ parameters: SchemeParameters, images count: Int = 2) throws {
            let size = setting.depth == 10 ? 11 : 6
            images = TestNetworks.images(count: count, height: size, width: size)
            network = try TestNetworks.network(setting, images: images.shape)
            agreement = try JSONEncoder().encode(
                Agreement(mode: setting.mode, network: network, images: images.shape, parameters: parameters))
        }
    }

    /// The client's machine: it has bytes, a key and images, and no network.
    private static func client<Scheme: AdditiveScheme>(
        _ agreement: Data, _ scheme: Scheme.Type, key: Scheme.PrivateKey, images: IntegerTensor
    ) throws -> Session<Client<Scheme>> {
        Session(
            try Client<Scheme>(
                agreement: JSONDecoder().decode(Agreement.self, from: agreement), key: key, images: images))
    }

    /// The server's machine: it has bytes, a public key and the network.
    private static func server<Scheme: AdditiveScheme>(
        _ agreement: Data, _ scheme: Scheme.Type, key: Scheme.PublicKey, network: IntegerNetwork
    ) throws -> Session<Server<Scheme>> {
        Session(
            try Server<Scheme>(
                agreement: JSONDecoder().decode(Agreement.self, from: agreement), network: network, key: key))
    }

    /// Two threads that share nothing but a pipe.
    private static func runApart<Scheme: AdditiveScheme>(
        _ client: Session<Client<Scheme>>, _ server: Session<Server<Scheme>>
    ) throws -> (client: Session<Client<Scheme>>, server: Session<Server<Scheme>>) {
        let (near, far) = Pipe.ends()
        let finished = Mutex<Result<Session<Server<Scheme>>, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var (own, end) = (server, far)
            let result = Result { try own.run(over: &end) }.map { own }
            finished.withLock { $0 = result }
            done.signal()
        }
        var (own, end) = (client, near)
        try own.run(over: &end)
        done.wait()
        return (own, try #require(try finished.withLock { $0 }?.get()))
    }

    /// Who waits makes the randomness of its next message. Nothing else changes: values, lengths, counts.
    @Test(
        arguments: [SchemeName.paillier, .lattice, .cleartext],
        [(Mode.clientAided, Layout.batch), (.clientAided, .tile), (.shared, .batch), (.shared, .tile)])
    func waitingIsTimeToPrepareIn(scheme: SchemeName, way: (mode: Mode, layout: Layout)) throws {
        let (mode, layout) = way
        let setting = TestNetworks.Setting(
            name: "prepared", mode: mode, depth: 10, decoder: .valid, relu: .all, channels: 2)
        let images = TestNetworks.images(count: 1, height: 11, width: 11)
        let network = try TestNetworks.network(setting, images: images.shape)
        func check<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) throws {
            let publicKey = Scheme.publicKey(of: key)
            let agreement = try Agreement(
                mode: mode, layout: layout, network: network, images: images.shape,
                parameters: Scheme.parameters(of: publicKey), bandRows: layout == .tile ? 6 : nil)
            let bytes = try JSONEncoder().encode(agreement)
            let (client, server) = try Self.runApart(
                Self.client(bytes, scheme, key: key, images: images),
                Self.server(bytes, scheme, key: publicKey, network: network))
            let result = try #require(client.party.result)
            #expect(result.output.values.mismatches(with: try network.evaluate(images).output.values) == 0)
            #expect(result.outOfRange == 0)
            let inTurns = try PrivateRun(
                scheme, agreement: agreement, network: network, key: key, images: images, threads: 1)
            #expect(client.transcript.entries.map(\.bytes) == inTurns.transcript.entries.map(\.bytes))
            #expect(client.transcript.entries.map(\.ciphertexts) == inTurns.transcript.entries.map(\.ciphertexts))
            #expect(server.transcript.products == inTurns.transcript.products)
        }
        switch scheme {
        case .paillier: try check(PaillierScheme.self, PaillierScheme.PrivateKey(PrivateKey(unsafeBits: 512)))
        case .lattice: try check(LatticeScheme.self, SecretKey())
        default: try check(CleartextScheme.self, CleartextScheme.Key(plaintextBits: 511))
        }
    }

    private static let once = TestNetworks.Setting(
        name: "once", mode: .clientAided, depth: 3, decoder: .valid, relu: .all, channels: 2)

    private static func preparedParties() throws -> (Client<PaillierScheme>, Server<PaillierScheme>) {
        let key = try PaillierScheme.PrivateKey(PrivateKey(unsafeBits: keyBits))
        let publicKey = PaillierScheme.publicKey(of: key)
        let scene = try Scene(once, PaillierScheme.parameters(of: publicKey))
        return (
            try client(scene.agreement, PaillierScheme.self, key: key, images: scene.images).party,
            try server(scene.agreement, PaillierScheme.self, key: publicKey, network: scene.network).party
        )
    }

    /// What was made while waiting is what the next message takes, and no other message.
    @Test func preparedRandomnessIsUsedAndUsedOnce() async throws {
        // Without preparation a copy draws anew, and so does one that is not asked to prepare a second time.
        var (client, server) = try Self.preparedParties()
        var copy = client
        client.prepare { true }
        client.prepare { true }
        let (message, other) = (try client.send(), try copy.send())
        #expect(message.bytes.count == other.bytes.count && message != other)
        // What was begun and not wanted any more is finished when its turn comes.
        var times = 0
        var (begun, _) = try Self.preparedParties()
        begun.prepare {
            times += 1
            return times < 3
        }
        let finished = try begun.send()
        #expect(times == 3 && finished.bytes.count == message.bytes.count)
        // The server answers nobody who has not sent anything, and prepares nothing for them.
        server.prepare { true }
        #expect(server.rerandomiseSeconds == 0)
        try server.receive(message)
        server.prepare { true }
        #expect(server.rerandomiseSeconds > 0)
        // Nor where it goes on in the middle of a run, for all that it knows of its client by then.
        let key = PaillierScheme.PrivateKey(try PrivateKey(unsafeBits: Self.keyBits))
        let publicKey = PaillierScheme.publicKey(of: key)
        let network = try TestNetworks.network(Self.once)
        var resumed = try Server<PaillierScheme>(
            agreement: Agreement(
                mode: .clientAided, layout: .tile, network: network,
                images: TensorShape(count: 1, channels: 1, height: 8, width: 8),
                parameters: PaillierScheme.parameters(of: publicKey)), network: network, key: publicKey, startingAt: 1)
        resumed.prepare { true }
        #expect(resumed.rerandomiseSeconds == 0)
        await #expect(processExitsWith: .failure) {
            var (client, _) = try Self.preparedParties()
            client.prepare { true }
            var copy = client
            _ = (try client.send(), try copy.send())
        }
        await #expect(processExitsWith: .failure) {
            var (client, server) = try Self.preparedParties()
            try server.receive(client.send())
            server.prepare { true }
            var copy = server
            _ = (try server.send(), try copy.send())
        }
    }

    @Test(arguments: TestNetworks.settings)
    func partiesMadeOfBytesEqualTheIntegerNetwork(setting: TestNetworks.Setting) throws {
        let key = try PaillierScheme.PrivateKey(PrivateKey(unsafeBits: Self.keyBits))
        let publicKey = PaillierScheme.publicKey(of: key)
        let scene = try Scene(setting, PaillierScheme.parameters(of: publicKey))
        let (client, server) = try Self.runApart(
            Self.client(scene.agreement, PaillierScheme.self, key: key, images: scene.images),
            Self.server(scene.agreement, PaillierScheme.self, key: publicKey, network: scene.network))
        let result = try #require(client.party.result)
        let expected = try scene.network.evaluate(scene.images).output
        #expect(result.output.values.mismatches(with: expected.values) == 0 && result.outOfRange == 0)
        // Both sides saw the same messages; each knows its own seconds alone.
        #expect(client.transcript.entries.map(\.hash) == server.transcript.entries.map(\.hash))
        #expect(client.transcript.serverSeconds == 0 && server.transcript.seconds(.up) == 0)
        #expect(server.transcript.products > 0 || setting.depth == 0)
    }

    @Test(arguments: TestNetworks.settings)
    func anAgreementReadsBackAsItWasWritten(setting: TestNetworks.Setting) throws {
        for parameters in [SchemeParameters.cleartext(plaintextBits: 255), .paillier(keyBits: 256)] {
            let scene = try Scene(setting, parameters, images: 3)
            let agreement = try JSONDecoder().decode(Agreement.self, from: scene.agreement)
            let own = try Agreement(
                mode: setting.mode, network: scene.network, images: scene.images.shape, parameters: parameters)
            #expect(agreement == own && agreement.rounds == own.rounds)
        }
    }

    /// Whatever number of an agreement is changed, it is refused or describes a run whose messages have a size.
    @Test func changedAgreementsAreReadOrRefused() throws {
        let scene = try Scene(TestNetworks.setting(.clientAided, .valid), .cleartext(plaintextBits: 255))
        let text = String(decoding: scene.agreement, as: UTF8.self)
        let numbers = text.matches(of: /-?[0-9]+/)
        let others = [
            "-1", "0", "1", "2", "63", "255", "65536", "1099511627776", "9223372036854775807", "1.5", "\"x\"",
        ]
        var (read, refused) = (0, 0)
        for number in numbers {
            for other in others {
                var changed = text
                changed.replaceSubrange(number.range, with: other)
                guard let agreement = try? JSONDecoder().decode(Agreement.self, from: Data(changed.utf8)) else {
                    refused += 1
                    continue
                }
                read += 1
                let steps = try Conversation<CleartextScheme>(agreement).steps
                #expect(steps.allSatisfy { $0.bytes > 0 })
            }
        }
        #expect(read > 0 && refused > 0)
    }

    /// Bands are the tile layout's: a client that took them for whole images would send messages of other lengths than agreed.
    @Test(arguments: [SchemeParameters.cleartext(plaintextBits: 255), .lattice(set: "F")])
    func bandsOfWholeImagesAreRefused(parameters: SchemeParameters) throws {
        let scene = try Scene(TestNetworks.setting(.clientAided, .valid), parameters)
        let text = String(decoding: scene.agreement, as: UTF8.self)
        let changed = text.replacing("\"layout\":\"batch\"", with: "\"layout\":\"batch\",\"bandRows\":2")
        #expect(changed != text)
        #expect(throws: PrivateDenoisingError.badAgreement("sizes, widths or options out of range")) {
            try JSONDecoder().decode(Agreement.self, from: Data(changed.utf8))
        }
    }

    /// What a server could have a client compute or place that no network asks for: each with what is said of it.
    @Test(arguments: [
        ("\"padding\":0", "\"padding\":-1", "padding -1 of a kernel of 3"),
        ("\"padding\":0", "\"padding\":3", "padding 3 of a kernel of 3"),
        ("\"kind\":\"convolution\"", "\"kind\":\"transposed_convolution\"", "padding 0 of a kernel of 3"),
        ("\"kernelHeight\":3", "\"kernelHeight\":1", "shapes that do not fit"),
    ])
    func layersThatNoNetworkHasAreRefused(from: String, to: String, reason: String) throws {
        let scene = try Scene(TestNetworks.setting(.clientAided, .valid), .lattice(set: "F"))
        var text = String(decoding: scene.agreement, as: UTF8.self)
        let range = try #require(text.range(of: from), "\(text)")
        text.replaceSubrange(range, with: to)
        let error = #expect(throws: PrivateDenoisingError.self) {
            try JSONDecoder().decode(Agreement.self, from: Data(text.utf8))
        }
        guard case .badAgreement(let found) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(found == "layer 1: \(reason)")
    }

    /// A layer's values are wider than what it reads, and what a client requantises fits a word.
    @Test func widthsThatNoLayerHasAreRefused() throws {
        let scene = try Scene(TestNetworks.setting(.clientAided, .valid), .paillier(keyBits: 256))
        let text = String(decoding: scene.agreement, as: UTF8.self)
        let agreement = try JSONDecoder().decode(Agreement.self, from: scene.agreement)
        let (own, input) = (agreement.layers[0].bits, agreement.inputBits)
        for (bits, reason) in [(100, "a requantiser that does not fit"), (input, "a width out of range")] {
            let changed = text.replacing("\"bits\":\(own)", with: "\"bits\":\(bits)", maxReplacements: 1)
            #expect(changed != text)
            let error = #expect(throws: PrivateDenoisingError.self) {
                try JSONDecoder().decode(Agreement.self, from: Data(changed.utf8))
            }
            guard case .badAgreement(let found) = error else { Issue.record("\(String(describing: error))"); return }
            #expect(found.contains(reason), "\(bits): \(found)")
        }
    }

    /// A client requantises words: neither slots as wide as a last layer asks for, nor values that a mode does not requantise.
    @Test func whatNoClientRequantisesIsRefused() throws {
        func refusal(_ mode: Mode, _ change: (inout String) throws -> Void) throws -> String? {
            let scene = try Scene(TestNetworks.setting(mode, .same), .cleartext(plaintextBits: 1023))
            var text = String(decoding: scene.agreement, as: UTF8.self)
            try change(&text)
            let error = #expect(throws: PrivateDenoisingError.self) {
                try JSONDecoder().decode(Agreement.self, from: Data(text.utf8))
            }
            guard case .badAgreement(let found) = error else { return nil }
            return found
        }
        #expect(
            try refusal(.clientAided) { text in
                let last = try #require(text.matches(of: /"bits":[0-9]+/).last)
                text.replaceSubrange(last.range, with: "\"bits\":100")
            } == "layer 3: a width out of range")
        #expect(
            try refusal(.linear) {
                $0.replace(
                    "\"activation\":\"none\"",
                    with: "\"activation\":\"requantise\",\"multipliers\":[1,1,1],\"shift\":0,\"activationBits\":12",
                    maxReplacements: 1)
            } == "layer 1 is requantised")
    }

    @Test func anotherNetworkKeyOrTurnIsRefused() throws {
        let setting = TestNetworks.setting(.clientAided, .same)
        let scene = try Scene(setting, .cleartext(plaintextBits: 255))
        let key = CleartextScheme.Key(plaintextBits: 255)
        let other = try TestNetworks.network(setting, seed: 12)
        #expect(throws: PrivateDenoisingError.wrongInput("a network that the agreement is not about")) {
            try Self.server(scene.agreement, CleartextScheme.self, key: key, network: other)
        }
        #expect(throws: PrivateDenoisingError.foreignKey(.cleartext)) {
            try Self.client(scene.agreement, CleartextScheme.self, key: .init(plaintextBits: 254), images: scene.images)
        }
        var client = try Self.client(scene.agreement, CleartextScheme.self, key: key, images: scene.images).party
        var server = try Self.server(scene.agreement, CleartextScheme.self, key: key, network: scene.network).party
        #expect(throws: PrivateDenoisingError.outOfTurn(sends: true)) { try server.send() }
        let upload = try client.send()
        #expect(throws: PrivateDenoisingError.outOfTurn(sends: true)) { try client.send() }
        try server.receive(upload)
        #expect(throws: PrivateDenoisingError.outOfTurn(sends: false)) { try server.receive(upload) }
        let answer = try server.send()
        #expect(throws: PrivateDenoisingError.malformedMessage("direction 0, 1 expected")) {
            try client.receive(upload)
        }
        try client.receive(answer)
    }

    /// A channel is told how long the next message can be, and it is never longer.
    @Test(arguments: TestNetworks.settings) func limitsFollowFromTheAgreement(setting: TestNetworks.Setting) throws {
        let scene = try Scene(setting, .cleartext(plaintextBits: 255), images: 9)
        let key = CleartextScheme.Key(plaintextBits: 255)
        let server = try Self.server(scene.agreement, CleartextScheme.self, key: key, network: scene.network)
        var channel = LimitKeeper(base: MemoryChannel(to: server.party))
        var client = try Self.client(scene.agreement, CleartextScheme.self, key: key, images: scene.images)
        try client.run(over: &channel)
        #expect(!channel.limits.isEmpty && channel.limits == channel.lengths)
    }

    /// Several messages in a row, the server's first, before any image is known: what modes with messages of their own need.
    @Test func eitherSideMaySpeakFirstAndMoreThanOnce() throws {
        let scene = try Scene(TestNetworks.setting(.clientAided, .same), .cleartext(plaintextBits: 255))
        let agreement = try JSONDecoder().decode(Agreement.self, from: scene.agreement)
        let script: [(Message.Direction, Phase, Int)] = [
            (.down, .setup, 33), (.up, .setup, 16), (.up, .offline, 5), (.down, .online, 1), (.down, .online, 2),
            (.up, .online, 0),
        ]
        let steps = script.enumerated().map { index, step in
            Step(
                index: index, direction: step.0, kind: .exchange, phase: step.1, round: 0, layer: "toy",
                ciphertexts: 0, bytes: step.2, number: index)
        }
        var session = Session(Toy<Up>(agreement: agreement, steps: steps))
        var channel = RecordingChannel(MemoryChannel(to: Toy<Down>(agreement: agreement, steps: steps)))
        try session.run(over: &channel)
        #expect(channel.messages.map { $0.bytes.count - 16 } == script.map { $0.2 })
        #expect(session.transcript.entries.map(\.phase) == script.map { $0.1 })
        #expect(session.transcript.bytes(.up, phase: .setup) == 32 && session.transcript.bytes(.down) == 33 + 3 + 48)
        // Runs of messages up: two together, and one.
        #expect(session.transcript.rounds == 2)
    }

    /// Whoever runs both sides hashes a round's messages together: the same hashes, each at its message.
    @Test(arguments: [(1, 4 << 30), (2, 4 << 30), (2, 1 << 30)])
    func hashesAreThoseOfTheMessages(threads: Int, memory: Int) throws {
        let scene = try Scene(TestNetworks.setting(.clientAided, .same), .cleartext(plaintextBits: 255))
        let agreement = try JSONDecoder().decode(Agreement.self, from: scene.agreement)
        let key = CleartextScheme.Key(plaintextBits: 255)
        let run = try PrivateRun(
            CleartextScheme.self, agreement: agreement, network: scene.network, key: key, images: scene.images,
            threads: threads, memory: memory)
        let recorded = try Transcript.recording(
            CleartextScheme.self, agreement: agreement, network: scene.network, key: key, images: scene.images,
            threads: 1)
        #expect(run.transcript.entries.map(\.hash) == recorded.messages.map(\.hash))
        #expect(Set(recorded.entries.map(\.hash)).count == recorded.messages.count)
    }

    /// Reading a message is work of its phase, also where the reader has nothing more to say in it.
    @Test func secondsBelongToThePhaseOfTheMessageReadOrMade() throws {
        let scene = try Scene(TestNetworks.setting(.clientAided, .same), .cleartext(plaintextBits: 255))
        let agreement = try JSONDecoder().decode(Agreement.self, from: scene.agreement)
        let script: [(Message.Direction, Phase)] = [
            (.up, .setup), (.down, .setup), (.up, .offline), (.down, .offline), (.up, .online), (.down, .online),
        ]
        let steps = script.enumerated().map { index, step in
            Step(
                index: index, direction: step.0, kind: .exchange, phase: step.1, round: 0, layer: "toy",
                ciphertexts: 0, bytes: 1, number: index)
        }
        // The client reads the server's last message offline, the server the client's first online.
        let pause = 0.4
        var channel = MemoryChannel(to: Toy<Down>(agreement: agreement, steps: steps, pauses: [4: pause]))
        var session = Session(Toy<Up>(agreement: agreement, steps: steps, pauses: [3: pause]))
        var peer: [Phase: Double] = [:]
        while let step = session.party.step {
            try session.advance(over: &channel)
            if step.direction == .down { peer.merge(channel.seconds, uniquingKeysWith: +) }
        }
        let own = { session.transcript.seconds(.up, phase: $0) }
        #expect(own(.offline) >= pause && own(.setup) < pause && own(.online) < pause)
        #expect(session.transcript.finishSeconds < pause)
        #expect(peer[.online, default: 0] >= pause)
        #expect(peer[.setup, default: 0] < pause && peer[.offline, default: 0] < pause)
    }
}

// MARK: - Channels and parties

/// One end of a pipe between two threads.
private struct Pipe: Channel {
    private final class Queue: Sendable {
        private let messages = Mutex<[Message]>([])
        private let filled = DispatchSemaphore(value: 0)

        func put(_ message: Message) {
            messages.withLock { $0.append(message) }
            filled.signal()
        }

        var isEmpty: Bool { messages.withLock { $0.isEmpty } }

        func take() throws -> Message {
            guard filled.wait(timeout: .now() + 60) == .success else { throw Closed() }
            return messages.withLock { $0.removeFirst() }
        }
    }

    struct Closed: Error {}

    private let outgoing, incoming: Queue
    /// Both ends work at once: who waits prepares.
    var isWaiting: Bool { incoming.isEmpty }

    static func ends() -> (Pipe, Pipe) {
        let (up, down) = (Queue(), Queue())
        return (Pipe(outgoing: up, incoming: down), Pipe(outgoing: down, incoming: up))
    }

    func send(_ message: Message) { outgoing.put(message) }
    func receive(limit: Int) throws -> Message {
        let message = try incoming.take()
        guard message.count <= limit else { throw Closed() }
        return message
    }
}

private struct LimitKeeper<Base: Channel>: Channel {
    var base: Base
    var limits: [Int] = [], lengths: [Int] = []

    mutating func send(_ message: Message) throws { try base.send(message) }
    mutating func receive(limit: Int) throws -> Message {
        let message = try base.receive(limit: limit)
        limits.append(limit)
        lengths.append(message.count)
        return message
    }
}

private protocol Side { static var sends: Message.Direction { get } }
private enum Up: Side { static let sends = Message.Direction.up }
private enum Down: Side { static let sends = Message.Direction.down }

/// A party without meaning: follows a script.
private struct Toy<Which: Side>: Party {
    static var sends: Message.Direction { Which.sends }
    let agreement: Agreement
    let identity = ""
    let steps: [Step]
    /// Seconds that reading a message takes, by its number.
    let pauses: [Int: Double]
    private var position = 0

    init(agreement: Agreement, steps: [Step], pauses: [Int: Double] = [:]) {
        self.agreement = agreement
        self.steps = steps
        self.pauses = pauses
    }

    var step: Step? { position < steps.count ? steps[position] : nil }

    mutating func send() throws -> Message {
        defer { position += 1 }
        return Message(steps[position], body: [UInt8](repeating: UInt8(position), count: steps[position].bytes))
    }

    mutating func receive(_ message: Message) throws {
        #expect(try message.body(of: steps[position]).allSatisfy { $0 == UInt8(position) })
        Thread.sleep(forTimeInterval: pauses[position, default: 0])
        position += 1
    }
}
