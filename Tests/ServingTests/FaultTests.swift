import Denoising
import Foundation
import Imaging
import Lattice
import Numerics
import Paillier
import PrivateDenoising
import Serving
import TestSupport
import Testing
import Transport

/// What networks and peers do to a session: the client goes on where it can, the server goes on always.
@Suite struct FaultTests {
    private static let cleartext = CleartextScheme.Key(plaintextBits: 1023)
    private static let patience = Patience(first: 1.5, grace: 1.5)

    private func run(
        _ images: [Image], layout: Layout = .tile, over port: Int, patience: Patience = Self.patience
    ) throws -> RemoteRun {
        var attempts = RemoteRun.Attempts()
        (attempts.count, attempts.pause) = (6, 0.02)
        return try RemoteRun(
            CleartextScheme.self, images: images,
            request: .init(mode: .clientAided, layout: layout, precision: Samples.precision), key: Self.cleartext,
            attempts: attempts,
            over: ServerLine {
                try Connection.to(Endpoint(host: "127.0.0.1", port: port), security: .insecure, patience: patience)
            })
    }

    static let faults = [Relay.Fault.Kind.cut, .reset, .stall].flatMap { kind in
        [(true, 2000), (true, 9000), (false, 5), (false, 8000)].map { Relay.Fault(kind, isUp: $0.0, after: $0.1) }
    }

    /// The first two sessions break, the third gets through: the integer network's image.
    @Test(arguments: faults) func tilesGoOnAfterABreak(fault: Relay.Fault) throws {
        let trained = try Samples.trained(.clientAided)
        let host = try Host(trained, patience: Self.patience)
        let images = Samples.images(1, size: 16)
        let relay = try #require(
            Relay(to: host.listener.endpoint.port) {
                // Connection 0 begins with the question.
                let after = fault.after * ($0 + 1) + ($0 == 0 ? 3000 : 0)
                return $0 < 2 ? Relay.Fault(fault.kind, isUp: fault.isUp, after: after) : nil
            })
        defer { relay.end() }
        let run = try run(images, over: relay.port)
        #expect(try run.images == Samples.expected(trained, .clientAided, images))
        #expect(run.outOfRange == 0)
        _ = host.close()
    }

    /// A batch keeps ciphertexts at the server, so its run ends in one line; the server goes on.
    @Test(arguments: [Relay.Fault.Kind.cut, .reset, .stall]) func batchesEndInOneLine(kind: Relay.Fault.Kind) throws {
        let trained = try Samples.trained(.clientAided)
        let host = try Host(trained, patience: Self.patience)
        let images = Samples.images(1, size: 16)
        let relay = try #require(
            Relay(to: host.listener.endpoint.port) { $0 == 0 ? Relay.Fault(kind, isUp: true, after: 5000) : nil })
        defer { relay.end() }
        let error = try #require(throws: (any Error).self) { try run(images, layout: .batch, over: relay.port).output }
        #expect(!"\(error)".contains("\n") && !"\(error)".isEmpty, "\(error)")
        #expect(
            try run(images, layout: .batch, over: relay.port).images == Samples.expected(trained, .clientAided, images))
        let visits = host.close()
        #expect(visits.count { $0.failure != nil } == 1, "\(visits)")
        #expect(visits.allSatisfy { !"\($0)".contains("\n") })
    }

    /// A slow reader and a slow writer who keep within what patience allows are served.
    @Test func slowPeersAreServed() throws {
        let trained = try Samples.trained(.clientAided)
        let patience = Patience(first: 10, grace: 10, bytesPerSecond: 50_000)
        let host = try Host(trained, patience: patience)
        let images = Samples.images(1, size: 24)
        let relay = try #require(Relay(to: host.listener.endpoint.port, bytesPerSecond: 200_000))
        defer { relay.end() }
        #expect(
            try run(images, over: relay.port, patience: patience).images
                == Samples.expected(trained, .clientAided, images))
        #expect(host.close().allSatisfy { $0.failure == nil })
    }

    /// Whoever knocks and does something else: nothing, noise, half a greeting, a frame of 2 GiB.
    @Test func strangersAreLeft() throws {
        let trained = try Samples.trained(.clientAided)
        let host = try Host(trained, patience: Patience(first: 0.5, grace: 0.5))
        var random = SeededGenerator(seed: 7)
        for trial in 0..<40 {
            let connection = try? host.connect()
            switch trial % 4 {
            case 0: break
            case 1: try? connection?.send((0..<2000).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            case 2: try? connection?.send([UInt8](#"{"version":1,"mode":"client-aided""#.utf8))
            default: try? connection?.send([])
            }
            connection?.close(now: true)
        }
        let images = Samples.images(1)
        #expect(
            try run(images, over: host.listener.endpoint.port).images
                == Samples.expected(trained, .clientAided, images))
        _ = host.close()
    }

    /// No weight leaves the server in any message of a whole session, under any scheme: neither as floats nor as the integers it
    /// computes with.
    @Test(arguments: [SchemeName.paillier, .lattice]) func noWeightIsInTheTraffic(name: SchemeName) throws {
        let trained = try Samples.trained(.clientAided, channels: 4)
        let host = try Host(trained)
        let relay = try #require(Relay(to: host.listener.endpoint.port))
        defer { relay.end() }
        let endpoint = Endpoint(host: "127.0.0.1", port: relay.port)
        func run<Scheme: AdditiveScheme>(_ scheme: Scheme.Type, _ key: Scheme.PrivateKey) throws {
            let images = Samples.images(1)
            let run = try RemoteRun(
                scheme, images: images,
                request: .init(mode: .clientAided, layout: .tile, precision: Samples.precision), key: key,
                over: ServerLine {
                    try Connection.to(endpoint, security: .insecure, patience: Patience(first: 20))
                })
            #expect(try run.images == Samples.expected(trained, .clientAided, images))
        }
        switch name {
        case .lattice: try run(LatticeScheme.self, SecretKey())
        default: try run(PaillierScheme.self, PaillierScheme.PrivateKey(PrivateKey(bits: 1024, allowInsecure: true)))
        }
        let visits = host.close()
        let traffic = Data(relay.passed.down)
        // What is searched for would be found: the public multipliers are there.
        #expect(traffic.range(of: Data(#""multipliers":["#.utf8)) != nil && traffic.count > 3000)
        let network = try trained.integers(for: .requantised, precision: Samples.precision)
        for needle in needles(trained, network) { #expect(traffic.range(of: needle) == nil) }
        let log = Data(visits.map(\.description).joined(separator: "\n").utf8)
        for needle in needles(trained, network) { #expect(log.range(of: needle) == nil) }
    }

    /// Runs of weights as they stand in memory and in JSON.
    private func needles(_ trained: TrainedNetwork, _ network: IntegerNetwork) -> [Data] {
        var needles: [Data] = []
        for tensor in trained.weights.tensors.values where tensor.values.count >= 4 {
            let values = tensor.values.prefix(4)
            needles.append(Data(values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }))
            needles.append(Data(values.flatMap { withUnsafeBytes(of: $0.bitPattern.bigEndian, Array.init) }))
            needles.append(Data(values.map { "\($0)" }.joined(separator: ",").utf8))
        }
        for layer in network.layers {
            let values = layer.weights.prefix(8).map { Int($0) }
            needles.append(Data(values.map { "\($0)" }.joined(separator: ",").utf8))
            needles.append(Data(values.flatMap { withUnsafeBytes(of: Int16($0).littleEndian, Array.init) }))
            needles.append(Data(values.flatMap { withUnsafeBytes(of: Int32($0).littleEndian, Array.init) }))
            needles.append(Data(values.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) }))
        }
        return needles
    }

    /// A key of the lattice scheme is used only as often as its answers stay within their distance, over all connections.
    @Test func aLatticeKeyWears() throws {
        let trained = try Samples.trained(.clientAided)
        let network = try trained.integers(for: .requantised, precision: Samples.precision)
        let key = try SecretKey()
        let agreement = try Agreement(
            mode: .clientAided, layout: .tile, network: network,
            images: TensorShape(count: 1, channels: 1, height: 10, width: 10),
            parameters: LatticeScheme.parameters(of: key.publicKey))
        let share = try #require(try LatticeScheme.wear(by: agreement, network)).share
        #expect(share > 0 && share < 0.01)
        // Runs add up to the budget and not beyond: as many images as stay within 2^-30 under the square-root law, in one run or in many.
        let allowed = try #require(try LatticeScheme.floodingDistance(agreement: agreement, network: network))
            .patches(within: LatticeScheme.distanceBudget)
        #expect(LatticeScheme.distanceBudget == -30)
        let used = Double(allowed) * share
        // To the last patch; a small network's budget is so many that a double does not count them one by one.
        #expect(used <= 1 && used > 1 - 2 * share - 1e-9)
        #expect(try CleartextScheme.wear(by: agreement, network) == nil)
    }

    /// Keys that are none of their scheme's, or not what was announced, are refused before anything is asked about them.
    @Test func foreignKeysAreRefusedBeforeTheyAreWanted() throws {
        struct Wanted: Error {}
        let key = try LatticeScheme.transfer(SecretKey().publicKey)
        let refusals: [() throws -> Void] = [
            {
                _ = try LatticeScheme.receive(key, parameters: .lattice(set: "P"), allowsInsecure: true) {
                    throw Wanted()
                }
            },
            {
                _ = try LatticeScheme.receive(
                    key.dropLast(9), parameters: .lattice(set: "F"), allowsInsecure: true
                ) { throw Wanted() }
            },
            {
                _ = try PaillierScheme.receive(
                    key, parameters: .paillier(keyBits: 2048), allowsInsecure: true
                ) { throw Wanted() }
            },
            {
                _ = try CleartextScheme.receive(
                    Data(), parameters: .lattice(set: "F"), allowsInsecure: true
                ) { throw Wanted() }
            },
        ]
        for refusal in refusals {
            let error = #expect(throws: PrivateDenoisingError.self) { try refusal() }
            guard case .badKey = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(throws: Wanted.self) {
            try LatticeScheme.receive(key, parameters: .lattice(set: "F"), allowsInsecure: false) { throw Wanted() }
        }
    }
}
