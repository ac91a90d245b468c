public import Denoising
import Foundation
import Imaging
public import PrivateDenoising
import Support
import Synchronization
public import Transport

/// The owner of the network, at the end of connections: reads what a client asks for, agrees or says why not in one line, and runs
/// the server's side of the session.
///
/// It holds no client's secret. Weights never leave it; what leaves is an agreement, re-randomised ciphertexts, and the reason of a
/// refusal. It never tells a client about decrypted values, for it knows none.
public final class Service: Sendable {
    public struct Settings: Sendable {
        /// Clients at once; one more is refused by name.
        public var clients = 16
        /// For each client.
        public var threads = 1
        /// Bytes for all clients together, in equal shares.
        public var memory = 4 << 30
        /// Takes Paillier keys below 2048 bits, for measurements.
        public var allowsInsecureKeys = false

        public init() {}

        var share: Int { memory / max(1, clients) }
    }

    /// What was done for one client, for logs: no secret, nothing about its image but the size.
    public struct Visit: Sendable, CustomStringConvertible {
        public let peer: String
        /// Nil if no request was understood.
        public let greeting: Greeting?
        public let seconds: Double
        public let traffic: (sent: Int, received: Int)
        /// Nil after a whole session.
        public let failure: String?

        public var description: String {
            let asked =
                greeting.map { "\($0.mode.rawValue) \($0.parameters.name.rawValue) \($0.images)" } ?? "no request"
            let done = "\(traffic.received) bytes in, \(traffic.sent) out, \((seconds * 100).rounded() / 100) s"
            return "\(peer): \(asked): \(done)\(failure.map { ": \($0)" } ?? "")"
        }
    }

    private struct NetworkKey: Hashable {
        let kind: IntegerNetwork.Kind
        let precision: Precision
        /// Of a folded network, which is made for one size.
        let size: [Int]?
    }

    private let trained: TrainedNetwork
    private let settings: Settings
    private let log: @Sendable (Visit) -> Void
    private let clients = Mutex(0)
    private let networks = Mutex<[NetworkKey: IntegerNetwork]>([:])

    /// - Parameter log: called once for each connection, from any thread.
    public init(_ trained: TrainedNetwork, settings: Settings, log: @escaping @Sendable (Visit) -> Void = { _ in }) {
        self.trained = trained
        self.settings = settings
        self.log = log
    }

    /// Serves one connection from greeting to end.
    public func serve(_ connection: Connection) {
        let start = ContinuousClock.now
        var greeting: Greeting?
        var failure: String?
        do {
            let asked = try Greeting(message: connection.receive(limit: Greeting.largestBytes))
            greeting = asked
            try admit { try answer(asked, over: connection) }
        } catch {
            failure = Self.line(error)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        log(
            Visit(
                peer: connection.peer, greeting: greeting, seconds: seconds, traffic: connection.traffic,
                failure: failure))
    }

    private func admit(_ body: () throws -> Void) throws {
        let isAdmitted = clients.withLock { count in
            count += 1
            return count <= settings.clients
        }
        defer { clients.withLock { $0 -= 1 } }
        guard isAdmitted else { throw ServingError.busy(clients: settings.clients) }
        try body()
    }

    /// Refusals are told; what fails later only ends the connection.
    private func answer(_ greeting: Greeting, over connection: Connection) throws {
        func open<Scheme: ServableScheme>(_ scheme: Scheme.Type) throws {
            let server: Server<Scheme>
            do {
                server = try self.server(greeting)
            } catch {
                try connection.send(Reply.refused(Self.line(error)).message())
                throw error
            }
            try connection.send(
                Reply.agreed(server.agreement, low: trained.window.low, high: trained.window.high).message())
            var session = Session(server)
            var channel = connection
            try session.run(over: &channel)
        }
        guard let scheme = greeting.parameters.name.servable else {
            let error = ServingError.unsupported(scheme: greeting.parameters.name.rawValue)
            try connection.send(Reply.refused("\(error)").message())
            throw error
        }
        try open(scheme)
    }

    private func server<Scheme: ServableScheme>(_ greeting: Greeting) throws -> Server<Scheme> {
        let key = try Scheme.receive(
            greeting.key, parameters: greeting.parameters, allowsInsecure: settings.allowsInsecureKeys)
        let network = try network(greeting)
        let agreement = try Agreement(
            mode: greeting.mode, layout: greeting.layout, network: network, images: greeting.images,
            parameters: greeting.parameters, mask: greeting.mask, permutation: greeting.permutation,
            bandRows: greeting.bandRows)
        let prediction = try CostPrediction(
            Scheme.self, agreement: agreement, network: network, key: key, memory: settings.share)
        // A message is held once as it arrives and once as ciphertexts.
        let messages = prediction.messages.map(\.bytes).max() ?? 0
        guard prediction.peakBytes + messages <= settings.share else {
            throw ServingError.tooLarge(needed: prediction.peakBytes + messages, share: settings.share)
        }
        return try Server(
            agreement: agreement, network: network, key: key, threads: settings.threads, memory: settings.share,
            startingAt: greeting.firstRound)
    }

    /// Made once for each precision; folding a network takes seconds.
    private func network(_ greeting: Greeting) throws -> IntegerNetwork {
        let kind = greeting.mode.networkKind
        let size = kind == .fused ? [greeting.images.height, greeting.images.width] : nil
        let key = NetworkKey(kind: kind, precision: greeting.precision, size: size)
        if let known = networks.withLock({ $0[key] }) { return known }
        let made = try trained.integers(for: kind, precision: greeting.precision, image: greeting.images)
        networks.withLock {
            // A client that asks for every precision there is fills no memory.
            if $0.count >= 16 { $0.removeAll() }
            $0[key] = made
        }
        return made
    }

    private static func line(_ error: any Error) -> String {
        "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension Connection: Channel {}
