package import Denoising
import Foundation
package import Imaging
package import PrivateDenoising
package import Transport

/// A client's run against a server elsewhere: the client has the image and the key, and no network.
package struct RemoteRun: Sendable {
    package let output: IntegerTensor
    /// Decrypted values out of the proven range, which the client tells only now, and only here.
    package let outOfRange: Int
    /// One a connection, the last one last: bytes and ciphertexts of both sides, seconds of this one.
    package let transcripts: [Transcript]

    /// What a client wants: what a greeting says but for key and shape.
    package struct Request: Sendable {
        package var mode: Mode
        package var layout: Layout
        package var precision: Precision
        package var mask = MaskOptions()
        package var permutation = Permutation.none
        package var order = Order.interleaved
        /// In the tile layout at most so many rows of a layer's output a round; nil leaves it to the server.
        package var bandRows: Int?
        /// The longest message the client takes, of whose activations it holds no more than four times as much; nil is any.
        package var largestMessage: Int?
        package var threads = 1

        package init(mode: Mode, layout: Layout, precision: Precision) {
            self.mode = mode
            self.layout = layout
            self.precision = precision
        }
    }

    /// What a server says to a request.
    package struct Offer: Sendable, Equatable {
        package let agreement: Agreement
        /// In HU, the ends that the smallest and the largest input stand for.
        package let window: HounsfieldWindow
        /// SHA-256 of the content of the server's weights, by which a result names its network.
        package let weights: String

        package init(agreement: Agreement, window: HounsfieldWindow, weights: String) {
            (self.agreement, self.window, self.weights) = (agreement, window, weights)
        }
    }

    /// How often, and how patiently, a broken connection is made anew.
    package struct Attempts: Sendable {
        /// Failures after which a run ends if nothing was reached in between.
        package var count = 3
        /// Seconds before the second attempt; twice as many before each further one, at most ten.
        package var pause = 0.1

        package init() {}

        func wait(after failures: Int) { Thread.sleep(forTimeInterval: min(10, pause * exp2(Double(failures - 1)))) }
    }

    /// Asks what a server would agree to, without a session.
    /// - Parameter shape: of the batch of images, one channel.
    /// - Throws: `ServingError`, `TransportError`.
    package static func offer<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, images shape: TensorShape, request: Request, key: Scheme.PublicKey,
        over line: ServerLine
    ) throws -> Offer {
        let greeting = try request.greeting(scheme, shape, key, isQuestion: true)
        let (offer, connection) = try line.asking { try agree(greeting, over: $0) }
        line.keep(connection)
        return offer
    }

    /// Runs a batch of images as integers.
    ///
    /// In the tile layout a broken connection is made anew and the run goes on at the layer it had reached; in other layouts, and in
    /// modes in which the server keeps something between messages, the run ends.
    /// - Parameters:
    ///   - offer: what the server said to this request; it has to say the same again.
    ///   - resuming: where an earlier run of the tile layout stopped.
    ///   - progress: called after each message with how many there were, in both directions, and their bytes.
    ///   - onState: called with the client's state between layers of the tile layout, and what this connection has come to.
    /// - Throws: `ServingError`, `TransportError`, what the client throws.
    package init<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, input: IntegerTensor, offer: Offer, request: Request, key: Scheme.PrivateKey,
        resuming: Client<Scheme>.State? = nil, attempts: Attempts = Attempts(), over line: ServerLine,
        progress: (_ messages: Int, _ bytes: Int) -> Void = { _, _ in },
        onState: (_ state: Client<Scheme>.State, _ earlier: [Transcript], Transcript) throws -> Void = { _, _, _ in }
    ) throws {
        var request = request
        request.bandRows = offer.agreement.bandRows
        // Elsewhere the server keeps something between messages.
        let canGoOn = request.layout == .tile && request.mode.canGoOn
        var (state, failures, transcripts) = (resuming, 0, [Transcript]())
        while true {
            let greeting = try request.greeting(
                scheme, offer.agreement.images, Scheme.publicKey(of: key), firstRound: state?.round ?? 0)
            var session: Session<Client<Scheme>>?
            do {
                let (found, connection) = try line.asking { try Self.agree(greeting, over: $0) }
                defer { connection.close() }
                guard found == offer else { throw ServingError.otherAgreement }
                let client =
                    try state.map {
                        try Client<Scheme>(agreement: offer.agreement, key: key, resuming: $0, threads: request.threads)
                    } ?? Client<Scheme>(agreement: offer.agreement, key: key, images: input, threads: request.threads)
                session = Session(client)
                try Self.run(&session!, over: connection, progress) { reached, transcript in
                    guard canGoOn else { return }
                    (state, failures) = (reached, 0)
                    try onState(reached, transcripts, transcript)
                }
                guard let session, let result = session.party.result else { throw ServingError.badReply }
                (output, outOfRange) = result
                self.transcripts = transcripts + [session.transcript]
                return
            } catch let error as TransportError {
                failures += 1
                guard error.isBreak, canGoOn, failures < attempts.count else { throw error }
                if let session { transcripts.append(session.transcript) }
                attempts.wait(after: failures)
            }
        }
    }

    /// - Throws: `refused`, `otherAgreement`, `badReply`.
    private static func agree(_ greeting: Greeting, over connection: Connection) throws -> Offer {
        try connection.send(greeting.message())
        switch try Reply(message: connection.receive(limit: Reply.largestBytes)) {
        case .refused(let reason, let isForNow): throw ServingError.refused(reason, forNow: isForNow)
        case .agreed(let agreement, let low, let high, let weights):
            guard try greeting.matches(agreement) else { throw ServingError.otherAgreement }
            return Offer(agreement: agreement, window: try HounsfieldWindow(low: low, high: high), weights: weights)
        }
    }

    private static func run<Scheme: AdditiveScheme>(
        _ session: inout Session<Client<Scheme>>, over connection: Connection,
        _ progress: (_ messages: Int, _ bytes: Int) -> Void, onState: (Client<Scheme>.State, Transcript) throws -> Void
    ) throws {
        let steps = try Conversation<Scheme>(session.party.agreement).steps
        var channel = RemoteChannel(connection)
        var done = steps[..<(session.party.step?.index ?? 0)].reduce(0) { $0 + $1.messageBytes }
        while let step = session.party.step {
            try session.advance(over: &channel)
            done += step.messageBytes
            if step.direction == .down, let state = session.party.state { try onState(state, session.transcript) }
            progress(step.index + 1, done)
        }
    }
}

extension RemoteRun.Request {
    fileprivate func greeting<Scheme: AdditiveScheme>(
        _ scheme: Scheme.Type, _ images: TensorShape, _ key: Scheme.PublicKey, isQuestion: Bool = false,
        firstRound: Int = 0
    ) throws -> Greeting {
        Greeting(
            self, images: images, isQuestion: isQuestion, firstRound: firstRound,
            parameters: Scheme.parameters(of: key), key: try Scheme.transfer(key))
    }
}

extension TransportError {
    /// Whether a new connection may do better.
    package var isBreak: Bool {
        switch self {
        case .closed, .timedOut, .cannotConnect: true
        default: false
        }
    }
}
