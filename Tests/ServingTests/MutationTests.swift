import Denoising
import Foundation
import Imaging
import Numerics
import PrivateDenoising
import Serving
import TestSupport
import Testing
import Transport

/// Greetings and messages of real sessions with bytes changed, cut or added, over TLS: an orderly end each time, and a server that still
/// serves. `LDCT_MUTATIONS_TLS` sets how many (default 120; 10,000 take minutes).
@Suite struct MutatedTrafficTests {
    private static let count =
        ProcessInfo.processInfo.environment["LDCT_MUTATIONS_TLS"].flatMap { Int($0) } ?? 120
    private static let certificates = try? TestCertificates()
    private static let key = CleartextScheme.Key(plaintextBits: 1023)
    private static let patience = Patience(first: 2, grace: 2)

    private func security(_ role: Credentials.Role, _ name: String) throws -> Security {
        let certificates = try #require(Self.certificates)
        return .mutualTLS(
            try Credentials(
                role: role, certificate: certificates.path("\(name).pem"), key: certificates.path("\(name).key"),
                authority: certificates.path("ca.pem")))
    }

    @Test(.enabled(if: certificates != nil, "openssl is not installed"))
    func endTheirConnectionAlone() throws {
        let trained = try Samples.trained(.clientAided)
        let host = try Host(trained, security: security(.server, "server"), patience: Self.patience)
        let client = try security(.client, "client")
        let connect: @Sendable () throws -> Connection = {
            try Connection.to(host.listener.endpoint, security: client, patience: Self.patience)
        }
        let images = Samples.images(1)
        let expected = try Samples.expected(trained, .clientAided, images)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let layouts: [(Mode, Layout)] = [(.clientAided, .tile), (.clientAided, .batch), (.shared, .batch)]
        var ended = 0
        for trial in 0..<Self.count {
            let (mode, layout) = layouts[trial % layouts.count]
            if try !session(mode, layout, images, trial: trial, &random, connect) { ended += 1 }
        }
        // What is no message ends the session, three mutants of four; a changed value may be a message, too. Even if every one of those
        // were, half of 120 sessions or fewer end with probability 3e-9.
        #expect(ended > Self.count / 2, "seed \(seed): \(ended) of \(Self.count) ended")
        let run = try RemoteRun(
            CleartextScheme.self, images: images,
            request: .init(mode: .clientAided, layout: .tile, precision: Samples.precision), key: Self.key,
            over: ServerLine(connect))
        #expect(run.images == expected && run.outOfRange == 0)
        let visits = host.close()
        #expect(visits.allSatisfy { !"\($0)".contains("\n") })
    }

    /// - Returns: Whether the session ran to its end.
    private func session(
        _ mode: Mode, _ layout: Layout, _ images: [Image], trial: Int, _ random: inout SeededGenerator,
        _ connect: @escaping @Sendable () throws -> Connection
    ) throws -> Bool {
        let shape = TensorShape(count: 1, channels: 1, height: images[0].height, width: images[0].width)
        var request = RemoteRun.Request(mode: mode, layout: layout, precision: Samples.precision)
        let offer = try RemoteRun.offer(
            CleartextScheme.self, images: shape, request: request, key: Self.key, over: ServerLine(connect))
        request.bandRows = offer.agreement.bandRows
        let greeting = Greeting(
            request, images: shape, parameters: .cleartext(plaintextBits: 1023), key: Data())
        let hello = [UInt8](try JSONEncoder().encode(greeting))
        let connection = try connect()
        defer { connection.close(now: true) }
        guard trial % 5 != 0 else {
            try connection.send(Self.mutated(hello, &random))
            return (try? connection.receive(limit: 1 << 24)).map { $0.count > 400 } ?? false
        }
        try connection.send(hello)
        _ = try connection.receive(limit: 1 << 24)
        let input = try IntegerNetwork.input(images, window: offer.window, bits: offer.agreement.inputBits)
        var session = Session(try Client<CleartextScheme>(agreement: offer.agreement, key: Self.key, images: input))
        var channel = MutatingChannel(
            base: RemoteChannel(connection), left: Int(random.next() % UInt64(try offer.agreement.steps.count)),
            random: SeededGenerator(seed: random.next()))
        return (try? session.run(over: &channel)) != nil
    }

    fileprivate static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        guard !bytes.isEmpty else { return [1] }
        var bytes = bytes
        switch Int(random.next() % 4) {
        case 0: bytes.removeLast(Int(random.next() % UInt64(bytes.count)) + 1)
        case 1: bytes += [UInt8](repeating: 48, count: Int(random.next() % 64) + 1)
        case 2: bytes[Int(random.next() % UInt64(min(16, bytes.count)))] ^= UInt8(1 << (random.next() % 8))
        default:
            for _ in 0...Int(random.next() % 4) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
        }
        return bytes
    }
}

/// Changes one message on its way, up or down.
private struct MutatingChannel: PrivateDenoising.Channel {
    let base: RemoteChannel
    /// Messages until then.
    var left: Int
    var random: SeededGenerator

    private mutating func passed(_ message: Message) -> Message {
        defer { left -= 1 }
        return left == 0 ? Message(bytes: MutatedTrafficTests.mutated(message.bytes, &random)) : message
    }

    mutating func send(_ message: Message) throws { try base.send(passed(message)) }
    mutating func receive(limit: Int) throws -> Message { passed(try base.receive(limit: limit)) }
}
