package import Denoising
import Foundation
import Imaging
import Numerics
package import PrivateDenoising
import Support
import Synchronization
package import Transport

/// The owner of the network, at the end of connections: reads what a client asks for, agrees or says why not in one line, and runs
/// the server's side of the session.
///
/// It holds no client's secret. Weights never leave it; what leaves is an agreement, re-randomised ciphertexts, and the reason of a
/// refusal. It never tells a client about decrypted values, for it knows none.
package final class Service: Sendable {
    package struct Settings: Sendable {
        /// Clients at once; one more is refused by name.
        package var clients = 16
        /// For each client.
        package var threads = 1
        /// Bytes for all clients together, in equal shares.
        package var memory = 4 << 30
        /// Takes Paillier keys below 2048 bits, for measurements.
        package var allowsInsecureKeys = false

        package init() {}

        var share: Int { memory / max(1, clients) }
    }

    /// What was done for one client, for logs: no secret, nothing about its image but the size.
    package struct Visit: Sendable, CustomStringConvertible {
        package let peer: String
        /// Nil if no request was understood.
        package let greeting: Greeting?
        package let seconds: Double
        package let traffic: (sent: Int, received: Int)
        /// Nil after a whole session.
        package let failure: String?

        package var description: String {
            let asked =
                greeting.map {
                    "\($0.isQuestion ? "question, " : "")\($0.mode.rawValue) \($0.parameters.name.rawValue) \($0.images)"
                } ?? "no request"
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
    private let isStopping = Atomic(false)
    private let networks = Mutex<[NetworkKey: IntegerNetwork]>([:])
    /// How much of each key has been used, 0 to 1, of keys that wear: 100 bytes a key for as long as the server runs.
    private let wear = Mutex<[String: Double]>([:])
    /// Of the weights' content.
    private let digest: String

    /// - Parameter log: called once for each greeting, or for a connection without one, from any thread.
    /// - Throws: what naming the weights throws.
    package init(
        _ trained: TrainedNetwork, settings: Settings, log: @escaping @Sendable (Visit) -> Void = { _ in }
    ) throws {
        digest = try trained.contentDigest()
        self.trained = trained
        self.settings = settings
        self.log = log
    }

    /// What a connection has come to.
    private struct Visitor {
        /// It is one of `Settings.clients`.
        var hasPlace = false
        var questions = 0
        /// The question that was answered last, and the server made for it.
        var question: (greeting: Greeting, server: any Sendable)?
    }

    /// Of one connection: a client has one about a patch and one about a batch of them.
    private static let mostQuestions = 4

    /// Serves one connection to its end: questions, as many as the client has, and one session.
    package func serve(_ connection: Connection) {
        var visitor = Visitor()
        repeat {
            if let visit = visit(connection, &visitor) { log(visit) }
        } while visitor.question != nil
        guard visitor.hasPlace else { return }
        let left = clients.withLock { clients in
            clients -= 1
            return clients
        }
        guard left == 0 else { return }
        // Sixteen clients' sessions leave holes in the heap, which the allocator keeps, and large blocks of secrets.
        giveBackSecretMemory()
        Resources.giveBackMemory()
    }

    /// Answers one greeting. - Returns: nil for a client that had its question answered and left.
    private func visit(_ connection: Connection, _ visitor: inout Visitor) -> Visit? {
        let (start, before) = (ContinuousClock.now, connection.traffic)
        let hasAsked = visitor.question != nil
        var greeting: Greeting?
        var failure: String?
        do {
            let asked = try Greeting(
                message: connection.receive(limit: Greeting.largestBytes, within: Greeting.seconds))
            greeting = asked
            try admit(connection, &visitor)
            try answer(asked, &visitor, over: connection)
        } catch {
            visitor.question = nil
            // Who has asked may leave.
            if hasAsked, greeting == nil, (error as? TransportError)?.isBreak == true { return nil }
            failure = Self.line(error)
        }
        let (seconds, after) = ((ContinuousClock.now - start) / .seconds(1), connection.traffic)
        return Visit(
            peer: connection.peer, greeting: greeting, seconds: seconds,
            traffic: (after.sent - before.sent, after.received - before.received), failure: failure)
    }

    /// From now on greetings are refused, of those who have asked before as well; sessions that have begun go on.
    package func stop() { isStopping.store(true, ordering: .relaxed) }

    private func admit(_ connection: Connection, _ visitor: inout Visitor) throws {
        guard !isStopping.load(ordering: .relaxed) else { throw refuse(ServingError.stopping, over: connection) }
        guard !visitor.hasPlace else { return }
        visitor.hasPlace = true
        let count = clients.withLock { count in
            count += 1
            return count
        }
        guard count <= settings.clients else {
            throw refuse(ServingError.busy(clients: settings.clients), over: connection)
        }
    }

    /// Tells the client why not. - Returns: the reason, to be thrown.
    private func refuse(_ error: any Error, over connection: Connection) -> any Error {
        let isForNow = (error as? ServingError)?.isForNow ?? false
        try? connection.send(Reply.refused(Self.line(error), forNow: isForNow).message())
        return error
    }

    /// Refusals are told; what fails later only ends the connection. A session about what was asked before is run by the server made for that.
    private func answer(_ greeting: Greeting, _ visitor: inout Visitor, over connection: Connection) throws {
        func open<Scheme: AdditiveScheme>(_ scheme: Scheme.Type) throws {
            var server: Server<Scheme>
            do {
                visitor.questions += greeting.isQuestion ? 1 : 0
                guard visitor.questions <= Self.mostQuestions else { throw ServingError.tooManyQuestions }
                server = try asked(greeting, &visitor) ?? self.server(greeting)
                if !greeting.isQuestion { try spend(server, greeting) }
            } catch { throw refuse(error, over: connection) }
            try connection.send(
                Reply.agreed(server.agreement, low: trained.window.low, high: trained.window.high, weights: digest)
                    .message())
            guard !greeting.isQuestion else { return visitor.question = (greeting, server) }
            // Without a transcript, which costs a hash of every message.
            var channel = RemoteChannel(connection)
            while server.step != nil { _ = try server.advance(over: &channel) }
        }
        guard let scheme = greeting.parameters.name.scheme else {
            visitor.question = nil
            throw refuse(ServingError.unsupported(scheme: greeting.parameters.name.rawValue), over: connection)
        }
        try open(scheme)
    }

    /// The server made for the question before, if this is its session. Nothing of it is kept otherwise: one at a time counts in a
    /// client's share.
    private func asked<Scheme: AdditiveScheme>(_ greeting: Greeting, _ visitor: inout Visitor) -> Server<Scheme>? {
        let question = visitor.question
        visitor.question = nil
        guard let question, let server = question.server as? Server<Scheme>,
            greeting.isSession(of: question.greeting, bandRows: server.agreement.bandRows)
        else { return nil }
        return server
    }

    private func server<Scheme: AdditiveScheme>(_ greeting: Greeting) throws -> Server<Scheme> {
        let key = try Scheme.receive(
            greeting.key, parameters: greeting.parameters, allowsInsecure: settings.allowsInsecureKeys
        ) {
            // Before anything is made of the key or of the image. The parameters are the key's own here, and no longer anyone's numbers.
            let least =
                Scheme.residentBytes(of: greeting.parameters) + Self.leastBytesPerPixel * greeting.images.elementCount
            guard least <= settings.share else { throw ServingError.tooLarge(needed: least, share: settings.share) }
        }
        let share = settings.share - Scheme.residentBytes(of: greeting.parameters)
        let network = try network(greeting)
        let (agreement, memory) = try agreement(Scheme.self, greeting, network, key, share: share)
        return try Server<Scheme>(
            agreement: agreement, network: network, key: key, threads: settings.threads, memory: memory,
            startingAt: greeting.firstRound)
    }

    /// As asked for, in bands of the server's choice where the client has none, and what a message as it arrives leaves of the
    /// client's share of the memory.
    private func agreement<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ greeting: Greeting, _ network: IntegerNetwork, _ key: Scheme.PublicKey, share: Int
    ) throws -> (Agreement, memory: Int) {
        func agreement(bandRows: Int?) throws -> Agreement {
            try Agreement(
                mode: greeting.mode, layout: greeting.layout, network: network, images: greeting.images,
                parameters: greeting.parameters, mask: greeting.mask, permutation: greeting.permutation,
                bandRows: bandRows, order: greeting.order)
        }
        guard greeting.layout == .tile, greeting.bandRows == nil else {
            let agreed = try agreement(bandRows: greeting.bandRows)
            let largest = try agreed.largestMessage
            guard largest <= share else { throw ServingError.tooLarge(needed: largest, share: share) }
            guard largest <= greeting.largestMessage ?? .max else { throw ServingError.tooLong(bytes: largest) }
            let prediction = try CostPrediction(
                scheme, agreement: agreed, network: network, key: key, memory: share - largest,
                compares: false)
            guard prediction.peakBytes + largest <= share else {
                throw ServingError.tooLarge(needed: prediction.peakBytes + largest, share: share)
            }
            return (agreed, share - largest)
        }
        let memory = share / 4 * 3
        let (agreed, prediction) = try CostPrediction.inBands(
            scheme, rows: greeting.images.height, network: network, key: key, memory: memory,
            largestMessage: min(greeting.largestMessage ?? .max, share - memory), compares: false
        ) { try agreement(bandRows: $0) }
        guard prediction.peakBytes <= memory, try agreed.largestMessage <= share - memory else {
            throw ServingError.tooLarge(needed: prediction.peakBytes + (try agreed.largestMessage), share: share)
        }
        return (agreed, memory)
    }

    /// Of an image that anything is computed for, as it arrives and as what is made of it: below what any scheme takes.
    private static let leastBytesPerPixel = 64

    /// Takes a run off what its key may be used for, whoever connects with it.
    private func spend<Scheme: AdditiveScheme>(_ server: Server<Scheme>, _ greeting: Greeting) throws {
        guard let taken = try Scheme.wear(by: server.agreement, network(greeting)) else { return }
        try wear.withLock { wear in
            let used = wear[server.identity, default: 0] + taken.share
            guard used <= 1 else { throw ServingError.keyWorn }
            wear[server.identity] = used
        }
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

    private static func line(_ error: any Error) -> String { Console.line("\(error)") }
}

/// The other party at the end of a connection, once both have agreed.
package struct RemoteChannel: Channel {
    private let connection: Connection

    package init(_ connection: Connection) { self.connection = connection }

    package var isWaiting: Bool { connection.isIdle }
    package func send(_ message: Message) throws { try connection.send(message.bytes) }
    package func receive(limit: Int) throws -> Message { Message(bytes: try connection.receive(limit: limit)) }
}

extension Agreement {
    /// Bytes.
    var largestMessage: Int { get throws { try steps.map(\.messageBytes).max() ?? 0 } }

    /// Of the activations that a client holds at a time, or of its shares of all of them where those are drawn before the image is known.
    var clientBytes: Int {
        let sizes = rounds.map { 8 * $0.input.elementCount }
        return order == .offline ? sizes.reduce(0, +) : sizes.max() ?? 0
    }
}
