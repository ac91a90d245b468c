public import Denoising
import Foundation
public import Imaging
import Numerics
public import PrivateDenoising
public import Transport

/// A client's run against a server elsewhere: the client has the image and the key, and no network.
public struct RemoteRun: Sendable {
    /// In HU, as the integer network gives them.
    public let images: [Image]
    public let output: IntegerTensor
    /// Decrypted values out of the proven range, which the client tells only now, and only here.
    public let outOfRange: Int
    /// Of the last connection: bytes and ciphertexts of both sides, seconds of this one.
    public let transcript: Transcript
    /// Connections that broke and were made anew.
    public let reconnections: Int

    /// What a client wants: what a greeting says but for key and shape.
    public struct Request: Sendable {
        public var mode: Mode
        public var layout: Layout
        public var precision: Precision
        public var mask = MaskOptions()
        public var permutation = Permutation.none
        public var bandRows: Int?
        public var threads = 1

        public init(mode: Mode, layout: Layout, precision: Precision) {
            self.mode = mode
            self.layout = layout
            self.precision = precision
        }
    }

    /// Runs a batch of images.
    ///
    /// In the tile layout a broken connection is made anew, up to `attempts` times, and the run goes on at the layer it had reached; in
    /// other layouts the server keeps ciphertexts between messages, so the run fails.
    /// - Parameters:
    ///   - connect: makes a connection; called again after a break.
    ///   - progress: called after each message with messages and bytes done, and how many there are.
    /// - Throws: `ServingError`, `TransportError`, what the client throws.
    public init<Scheme: ServableScheme>(
        _ scheme: Scheme.Type, images: [Image], request: Request, key: Scheme.PrivateKey, attempts: Int = 3,
        connect: () throws -> Connection,
        progress: (_ messages: (done: Int, of: Int), _ bytes: (done: Int, of: Int)) -> Void = { _, _ in }
    ) throws {
        let publicKey = Scheme.publicKey(of: key)
        let shape = TensorShape(
            count: images.count, channels: 1, height: images.first?.height ?? 0, width: images.first?.width ?? 0)
        var state: Client<Scheme>.State?
        var failures = 0
        while true {
            let greeting = Greeting(
                mode: request.mode, layout: request.layout, images: shape, precision: request.precision,
                mask: request.mask, permutation: request.permutation, bandRows: request.bandRows,
                firstRound: state?.round ?? 0, parameters: Scheme.parameters(of: publicKey),
                key: try Scheme.transfer(publicKey))
            do {
                let connection = try connect()
                defer { connection.close() }
                let (agreement, window) = try Self.agree(greeting, over: connection)
                let client =
                    try state.map {
                        try Client<Scheme>(agreement: agreement, key: key, resuming: $0, threads: request.threads)
                    }
                    ?? Client<Scheme>(
                        agreement: agreement, key: key,
                        images: IntegerNetwork.input(images, window: window, bits: agreement.inputBits),
                        threads: request.threads)
                let session = try Self.run(client, over: connection, keeping: &state, progress)
                guard let result = session.party.result else { throw ServingError.badReply }
                (output, outOfRange) = result
                transcript = session.transcript
                self.images = IntegerNetwork.images(result.output, window: window, scale: agreement.outputScale)
                reconnections = failures
                return
            } catch let error as TransportError {
                failures += 1
                guard error.isBreak, state != nil, failures < attempts else { throw error }
            }
        }
    }

    /// - Throws: `refused`, `otherAgreement`, `badReply`.
    private static func agree(
        _ greeting: Greeting, over connection: Connection
    ) throws -> (Agreement, HounsfieldWindow) {
        try connection.send(greeting.message())
        switch try Reply(message: connection.receive(limit: Reply.largestBytes)) {
        case .refused(let reason): throw ServingError.refused(reason)
        case .agreed(let agreement, let low, let high):
            guard greeting.matches(agreement) else { throw ServingError.otherAgreement }
            return (agreement, try HounsfieldWindow(low: low, high: high))
        }
    }

    private static func run<Scheme: AdditiveScheme>(
        _ client: Client<Scheme>, over connection: Connection, keeping state: inout Client<Scheme>.State?,
        _ progress: (_ messages: (done: Int, of: Int), _ bytes: (done: Int, of: Int)) -> Void
    ) throws -> Session<Client<Scheme>> {
        let steps = try Conversation<Scheme>(client.agreement).steps
        let bytes = steps.reduce(0) { $0 + $1.messageBytes }
        var session = Session(client)
        var channel = connection
        var done = 0
        while let step = session.party.step {
            try session.advance(over: &channel)
            done += step.messageBytes
            state = session.party.state ?? state
            progress((step.index + 1, steps.count), (done, bytes))
        }
        return session
    }
}

extension TransportError {
    /// Whether a new connection may do better.
    fileprivate var isBreak: Bool {
        switch self {
        case .closed, .timedOut, .cannotConnect: true
        default: false
        }
    }
}
