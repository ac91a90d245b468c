import Denoising
import Foundation
import Imaging
import Lattice
import Numerics
import Paillier
import PrivateDenoising
import Serving
import Synchronization
import Testing
import Transport

/// Networks, images and keys of these tests.
enum Samples {
    static func trained(_ mode: Mode, depth: Int = 3, channels: Int = 3) throws -> TrainedNetwork {
        let relu: ReLUPlacement = mode.networkKind == .fused || mode == .linear ? .none : .all
        let network = try Network.redCNN(depth: depth, channels: channels, kernel: 3, relu: relu, decoder: .same)
        let calibration = try Calibration(
            activationLimits: [Double](repeating: 0.7, count: depth - 1), rule: "fixed", images: 0, data: "none")
        return TrainedNetwork(
            network: network, weights: try network.initialWeights(seed: 5),
            calibration: relu == .all ? calibration : nil, provenance: "random")
    }

    static func images(_ count: Int, size: Int = 10) -> [Image] {
        (0..<count).map { index in
            Image(
                width: size, height: size,
                pixels: (0..<size * size).map { Float(($0 * 37 + index * 101) % 4096) - 1024 })
        }
    }

    static let precision = Precision(weights: 6, activations: 12)

    /// What the integer network gives, in HU.
    static func expected(_ trained: TrainedNetwork, _ mode: Mode, _ images: [Image]) throws -> [Image] {
        let shape = TensorShape(count: images.count, channels: 1, height: images[0].height, width: images[0].width)
        let network = try trained.integers(for: mode.networkKind, precision: precision, image: shape)
        let output = try network.evaluate(network.input(images, window: trained.window)).output
        return network.images(output, window: trained.window)
    }
}

/// A server of one network on the loopback interface, and what it logged.
final class Host: Sendable {
    let listener: Listener
    let service: Service
    private let visits: Visits

    final class Visits: Sendable {
        let all = Mutex<[Service.Visit]>([])
    }

    init(
        _ trained: TrainedNetwork, clients: Int = 16, memory: Int = 1 << 30, security: Security = .insecure,
        patience: Patience = Patience(first: 20)
    ) throws {
        let visits = Visits()
        var settings = Service.Settings()
        settings.clients = clients
        settings.memory = memory
        settings.allowsInsecureKeys = true
        service = try Service(trained, settings: settings) { visit in visits.all.withLock { $0.append(visit) } }
        self.visits = visits
        listener = try Listener(
            Endpoint(host: "127.0.0.1", port: 0), security: security, patience: patience, maximumConnections: 64
        ) { [service] in service.serve($0) }
    }

    func connect() throws -> Connection {
        try Connection.to(listener.endpoint, security: .insecure, patience: Patience(first: 20))
    }

    /// Waits for connections to end. - Returns: what was logged.
    func close() -> [Service.Visit] {
        #expect(listener.drain(seconds: 10) == 0)
        return visits.all.withLock { $0 }
    }
}

@Suite struct ServiceTests {
    private static let cleartext = CleartextScheme.Key(plaintextBits: 1023)
    private static let key = Result { PaillierScheme.PrivateKey(try PrivateKey(bits: 1024, allowInsecure: true)) }

    private func run<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, _ mode: Mode, layout: Layout = .batch, count: Int
    ) throws {
        let trained = try Samples.trained(mode)
        let host = try Host(trained)
        let images = Samples.images(count)
        let run = try RemoteRun(
            scheme, images: images, request: .init(mode: mode, layout: layout, precision: Samples.precision), key: key,
            over: ServerLine(host.connect))
        #expect(try run.images == Samples.expected(trained, mode, images))
        #expect(run.outOfRange == 0 && run.reconnections == 0)
        let visits = host.close()
        // The question and the session.
        #expect(visits.count == 2 && visits.allSatisfy { $0.failure == nil }, "\(visits)")
    }

    @Test(arguments: Mode.allCases)
    func everyModeGivesTheIntegerNetworksImage(mode: Mode) throws {
        try run(CleartextScheme.self, Self.cleartext, mode, count: 3)
    }

    @Test(arguments: [
        (Mode.clientAided, Layout.tile), (.clientAided, .batch), (.positiveMask, .batch), (.linear, .batch),
    ])
    func encryptedTheSame(mode: Mode, layout: Layout) throws {
        try run(PaillierScheme.self, Self.key.get(), mode, layout: layout, count: 1)
    }

    @Test func sixteenClientsAtOnce() throws {
        let trained = try Samples.trained(.clientAided)
        let host = try Host(trained)
        let images = Samples.images(2)
        let expected = try Samples.expected(trained, .clientAided, images)
        let wrong = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            let run = try? RemoteRun(
                CleartextScheme.self, images: images,
                request: .init(mode: .clientAided, layout: .batch, precision: Samples.precision), key: Self.cleartext,
                over: ServerLine(host.connect))
            if run?.images != expected { wrong.withLock { $0 += 1 } }
        }
        #expect(wrong.withLock { $0 } == 0)
        #expect(host.close().count { $0.failure == nil } == 32)
    }

    /// A connection cut after every message: the run goes on at the layer it had reached.
    @Test func aBrokenConnectionIsResumedInTheTileLayout() throws {
        let trained = try Samples.trained(.clientAided, depth: 6)
        let host = try Host(trained)
        let images = Samples.images(1, size: 12)
        let connections = Mutex<[Connection]>([])
        var breaks = 0
        let line = ServerLine {
            let new = try host.connect()
            connections.withLock { $0.append(new) }
            return new
        }
        let run = try RemoteRun(
            CleartextScheme.self, images: images,
            request: .init(mode: .clientAided, layout: .tile, precision: Samples.precision), key: Self.cleartext,
            attempts: .init(), over: line
        ) { messages, _ in
            if messages % 4 == 0, breaks < 2 {
                breaks += 1
                connections.withLock { $0.last }?.close(now: true)
            }
        }
        #expect(run.reconnections == 2)
        #expect(connections.withLock { $0.count } == 3, "the question and the first session share a connection")
        #expect(try run.images == Samples.expected(trained, .clientAided, images))
        _ = host.close()
    }

    @Test func aBrokenConnectionEndsARunWhoseServerKeepsCiphertexts() throws {
        let host = try Host(try Samples.trained(.clientAided))
        let connection = Mutex<Connection?>(nil)
        let line = ServerLine {
            let new = try host.connect()
            connection.withLock { $0 = new }
            return new
        }
        #expect(throws: TransportError.self) {
            try RemoteRun(
                CleartextScheme.self, images: Samples.images(2),
                request: .init(mode: .clientAided, layout: .batch, precision: Samples.precision), key: Self.cleartext,
                over: line
            ) { messages, _ in
                if messages == 2 { connection.withLock { $0 }?.close(now: true) }
            }
        }
        _ = host.close()
    }

    /// A session follows its question over one connection; where that was closed in between, over another.
    @Test(arguments: [false, true]) func aQuestionAndItsSessionShareAConnection(isClosed: Bool) throws {
        let trained = try Samples.trained(.clientAided)
        let host = try Host(trained)
        let connections = Mutex<[Connection]>([])
        let line = ServerLine {
            let new = try host.connect()
            connections.withLock { $0.append(new) }
            return new
        }
        let images = Samples.images(1)
        let request = RemoteRun.Request(mode: .clientAided, layout: .batch, precision: Samples.precision)
        let shape = TensorShape(count: 1, channels: 1, height: images[0].height, width: images[0].width)
        // Two questions, of which the first is about something else.
        var other = request
        other.precision.weights = 7
        _ = try RemoteRun.offer(CleartextScheme.self, images: shape, request: other, key: Self.cleartext, over: line)
        let offer = try RemoteRun.offer(
            CleartextScheme.self, images: shape, request: request, key: Self.cleartext, over: line)
        if isClosed { connections.withLock { $0.last }?.close(now: true) }
        let input = try IntegerNetwork.input(images, window: offer.window, bits: offer.agreement.inputBits)
        let run = try RemoteRun(
            CleartextScheme.self, input: input, offer: offer, request: request, key: Self.cleartext, over: line)
        #expect(try run.images == Samples.expected(trained, .clientAided, images))
        #expect(connections.withLock { $0.count } == (isClosed ? 2 : 1))
        let visits = host.close()
        #expect(visits.count == 3 && visits.allSatisfy { $0.failure == nil }, "\(visits)")
        #expect(visits.count { $0.greeting?.isQuestion == true } == 2)
    }

    /// Questions hold a client's place, so they come to an end.
    @Test func questionsComeToAnEnd() throws {
        let host = try Host(try Samples.trained(.clientAided), clients: 1)
        do {
            let line = ServerLine(host.connect)
            func ask() throws {
                _ = try RemoteRun.offer(
                    CleartextScheme.self, images: TensorShape(count: 1, channels: 1, height: 10, width: 10),
                    request: .init(mode: .clientAided, layout: .batch, precision: Samples.precision),
                    key: Self.cleartext, over: line)
            }
            for _ in 0..<4 { try ask() }
            let error = #expect(throws: ServingError.self) { try ask() }
            #expect("\(String(describing: error))".contains("too many questions"), "\(String(describing: error))")
            // Another connection, once the place is free again.
            let deadline = ContinuousClock.now + .seconds(10)
            while (try? ask()) == nil, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.02) }
            try ask()
        }
        // The line is gone, and its connection with it.
        _ = host.close()
    }

    /// Sessions go on where a server is told to stop; none begins, not even of who has asked.
    @Test func aStoppingServerBeginsNoSession() throws {
        let trained = try Samples.trained(.clientAided)
        let host = try Host(trained)
        let images = Samples.images(1)
        let request = RemoteRun.Request(mode: .clientAided, layout: .batch, precision: Samples.precision)
        let run = try RemoteRun(
            CleartextScheme.self, images: images, request: request, key: Self.cleartext, over: ServerLine(host.connect)
        ) { messages, _ in
            if messages == 1 { host.service.stop() }
        }
        #expect(try run.images == Samples.expected(trained, .clientAided, images))

        let asked = try Host(trained)
        let line = ServerLine(asked.connect)
        let shape = TensorShape(count: 1, channels: 1, height: images[0].height, width: images[0].width)
        let offer = try RemoteRun.offer(
            CleartextScheme.self, images: shape, request: request, key: Self.cleartext, over: line)
        asked.service.stop()
        let input = try IntegerNetwork.input(images, window: offer.window, bits: offer.agreement.inputBits)
        let error = #expect(throws: ServingError.self) {
            try RemoteRun(
                CleartextScheme.self, input: input, offer: offer, request: request, key: Self.cleartext, over: line)
        }
        #expect(error == .refused("\(ServingError.stopping)", forNow: true))
        _ = host.close()
        #expect(asked.close().contains { $0.failure == "\(ServingError.stopping)" })
    }

    /// One line each, and the server goes on.
    @Test(arguments: [
        ("linear", Layout.batch, 6, "ReLU"), ("client-aided", .batch, 99, "bits"),
    ])
    func whatCannotBeRunIsRefusedInOneLine(mode: String, layout: Layout, bits: Int, part: String) throws {
        let host = try Host(try Samples.trained(.clientAided))
        let error = try #require(throws: (any Error).self) {
            try RemoteRun(
                CleartextScheme.self, images: Samples.images(1),
                request: .init(
                    mode: Mode(rawValue: mode)!, layout: layout, precision: Precision(weights: bits, activations: 12)),
                key: Self.cleartext, over: ServerLine(host.connect))
        }
        #expect("\(error)".hasPrefix("the server refused: ") && "\(error)".contains(part), "\(error)")
        #expect(!"\(error)".contains("\n"))
        _ = host.close()
    }

    @Test func aRequestBeyondAClientsShareIsRefused() throws {
        let host = try Host(try Samples.trained(.clientAided), clients: 16, memory: 16 << 20)
        let key = try Self.key.get()
        let error = #expect(throws: ServingError.self) {
            try RemoteRun(
                PaillierScheme.self, images: Samples.images(1, size: 64),
                request: .init(mode: .clientAided, layout: .batch, precision: Samples.precision), key: key,
                over: ServerLine(host.connect))
        }
        guard case .refused = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        _ = host.close()
    }

    /// Greetings that would have a server take gigabytes before it has agreed to anything, terabytes in the worst case: keys of which
    /// much is made, images that no share has room for, biases and kernels for every pixel or piece of one.
    @Test(arguments: [
        (SchemeParameters.paillier(keyBits: 1024), Layout.batch, 16384),
        (.paillier(keyBits: 1024), .tile, 2048), (.paillier(keyBits: 1024), .batch, 512),
        (.lattice(set: "F"), .batch, 16384), (.lattice(set: "F"), .batch, 900),
        (.cleartext(plaintextBits: 1023), .batch, 4096),
    ])
    func largeRequestsAreRefusedBeforeMemoryIsTaken(parameters: SchemeParameters, layout: Layout, size: Int) throws {
        let host = try Host(try Samples.trained(.clientAided, channels: 16), clients: 16, memory: 1 << 30)
        let key: Data =
            switch parameters {
            case .paillier(keyBits: 1024): try PaillierScheme.transfer(PaillierScheme.publicKey(of: Self.key.get()))
            case .lattice: try LatticeScheme.transfer(SecretKey().publicKey)
            default: Data()
            }
        let connection = try host.connect()
        let greeting = Greeting(
            .init(mode: .clientAided, layout: layout, precision: Samples.precision),
            images: TensorShape(count: 1, channels: 1, height: size, width: size), isQuestion: true,
            parameters: parameters, key: key)
        try connection.send([UInt8](JSONEncoder().encode(greeting)))
        let reply = String(decoding: try connection.receive(limit: 1 << 20), as: UTF8.self)
        #expect(reply.contains("refused") && reply.contains(" MiB"), "\(reply.prefix(300))")
        connection.close()
        _ = host.close()
    }

    /// Parameters are anyone's numbers until the key is seen to have them: no arithmetic is done with them before.
    @Test(arguments: [Int.max, Int.min, -1, 0, 1 << 62])
    func parametersThatNoKeyHasAreRefused(number: Int) throws {
        let host = try Host(try Samples.trained(.clientAided))
        let key = try PaillierScheme.transfer(PaillierScheme.publicKey(of: Self.key.get()))
        for (parameters, data) in [
            (SchemeParameters.paillier(keyBits: number), key), (.cleartext(plaintextBits: number), Data()),
            (.paper(keyBits: number), key),
        ] {
            let connection = try host.connect()
            let greeting = Greeting(
                .init(mode: .clientAided, layout: .batch, precision: Samples.precision),
                images: TensorShape(count: 1, channels: 1, height: 10, width: 10), parameters: parameters, key: data)
            try connection.send([UInt8](JSONEncoder().encode(greeting)))
            let reply = String(decoding: try connection.receive(limit: 1 << 20), as: UTF8.self)
            #expect(reply.contains("refused"), "\(parameters): \(reply)")
            connection.close()
        }
        _ = host.close()
    }

    /// What is made of a key counts, and is not made for a client whose share it passes: 8 MiB at 1024 bits, 380 at 8192.
    @Test func aKeyBeyondAClientsShareIsRefused() throws {
        let host = try Host(try Samples.trained(.clientAided), clients: 16, memory: 16 * 4 << 20)
        let key = try Self.key.get()
        let error = try #require(throws: (any Error).self) {
            try RemoteRun(
                PaillierScheme.self, images: Samples.images(1),
                request: .init(mode: .clientAided, layout: .batch, precision: Samples.precision), key: key,
                over: ServerLine(host.connect))
        }
        #expect("\(error)".contains("8 MiB of the server's memory, a client's share is 4 MiB"), "\(error)")
        _ = host.close()
        #expect(PaillierScheme.residentBytes(of: .paillier(keyBits: 8192)) >> 20 == 383)
    }

    /// A client's own limit holds in layouts in which nothing can be sent in bands.
    @Test func messagesBeyondTheClientsLimitAreNotAgreedTo() throws {
        let host = try Host(try Samples.trained(.clientAided))
        var request = RemoteRun.Request(mode: .clientAided, layout: .batch, precision: Samples.precision)
        request.largestMessage = 1000
        let error = try #require(throws: (any Error).self) {
            try RemoteRun(
                CleartextScheme.self, images: Samples.images(1), request: request, key: Self.cleartext,
                over: ServerLine(host.connect))
        }
        #expect("\(error)".contains("more than the client takes"), "\(error)")
        _ = host.close()
    }

    /// What a client puts into its key comes back in no control character.
    @Test func refusalsCarryNoControlCharacters() throws {
        let host = try Host(try Samples.trained(.clientAided))
        let connection = try host.connect()
        let key = Data(#"{"kty":"LDCT-BFV","set":"\u001b]0;x\u0007\u001b[2J\u009b","version":1,"a":"","b":""}"#.utf8)
        let greeting = Greeting(
            .init(mode: .clientAided, layout: .batch, precision: Samples.precision),
            images: TensorShape(count: 1, channels: 1, height: 10, width: 10), parameters: .lattice(set: "F"), key: key)
        try connection.send([UInt8](JSONEncoder().encode(greeting)))
        let reply = String(decoding: try connection.receive(limit: 1 << 20), as: UTF8.self)
        #expect(reply.contains("refused") && !reply.contains("\\u00"), "\(reply)")
        connection.close()
        let failures = host.close().compactMap(\.failure)
        #expect(failures.count == 1)
        let controls = failures.joined().unicodeScalars.filter { $0.properties.generalCategory == .control }
        #expect(controls.isEmpty)
    }

    @Test func oneClientTooManyIsToldSo() throws {
        let host = try Host(try Samples.trained(.clientAided), clients: 1)
        let first = try host.connect()
        // A greeting half sent keeps nobody out; one that is being answered does.
        let greeting = Greeting(
            .init(mode: .clientAided, layout: .batch, precision: Samples.precision),
            images: TensorShape(count: 1, channels: 1, height: 10, width: 10),
            parameters: .cleartext(plaintextBits: 1023), key: Data())
        try first.send([UInt8](JSONEncoder().encode(greeting)))
        _ = try first.receive(limit: 1 << 20)
        let error = try #require(throws: (any Error).self) {
            try RemoteRun(
                CleartextScheme.self, images: Samples.images(1),
                request: .init(mode: .clientAided, layout: .batch, precision: Samples.precision), key: Self.cleartext,
                over: ServerLine(host.connect))
        }
        #expect("\(error)".contains("1 client"), "\(error)")
        first.close()
        _ = host.close()
    }

    /// Weights leave in no message: neither as floats nor as the integers the network computes with.
    @Test func noWeightIsOnTheWire() throws {
        let trained = try Samples.trained(.clientAided)
        let images = Samples.images(1)
        let network = try trained.integers(for: .requantised, precision: Samples.precision)
        let agreement = try Agreement(
            mode: .clientAided, network: network,
            images: TensorShape(count: 1, channels: 1, height: 10, width: 10),
            parameters: PaillierScheme.parameters(of: PaillierScheme.publicKey(of: Self.key.get())))
        let wire = [UInt8](try JSONEncoder().encode(agreement))
        let text = String(decoding: wire, as: UTF8.self)
        for (name, tensor) in trained.weights.tensors {
            let bytes = tensor.values.prefix(4).flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
            #expect(!wire.contains(bytes), "\(name)")
            for value in tensor.values.prefix(8) where value != 0 { #expect(!text.contains("\(value)"), "\(name)") }
        }
        _ = images
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        !part.isEmpty && count >= part.count
            && indices.dropLast(part.count - 1).contains {
                self[$0] == part[0] && self[$0..<$0 + part.count].elementsEqual(part)
            }
    }
}
