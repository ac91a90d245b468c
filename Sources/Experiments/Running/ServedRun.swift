import Numerics
import Denoising
import PrivateDenoising
import Serving
import Transport

/// A protocol run whose server is elsewhere, timed from the first connection to the result and compared with the integer network.
struct ServedRun: Sendable {
    let output: IntegerTensor
    /// Of the output: what server and client hold in between stays with them.
    let mismatchedValues: Int
    let outOfRange: Int
    /// Client and server, the way between them, and waiting.
    let elapsedSeconds: Double
    /// The client's side, of all connections.
    let transcripts: [Transcript]

    /// - Parameters:
    ///   - progress: called after each round.
    /// - Throws: `ServingError.otherNetwork` for a server of another network; `ServingError`, `TransportError`.
    init<Scheme: MeasuredScheme>(
        _ scheme: Scheme.Type, _ key: Scheme.PrivateKey, _ item: PreparedCase,
        over connect: @escaping @Sendable () throws -> Connection, progress: () -> Void
    ) throws {
        let input = try item.input()
        let (request, line) = (item.settings.request, ServerLine(connect))
        // What only the comparison takes is not the run's time.
        let own = try item.trained.contentDigest()
        let start = ContinuousClock.now
        let offer = try RemoteRun.offer(
            scheme, images: input.shape, request: request, key: Scheme.publicKey(of: key), over: line)
        guard offer.weights == own else { throw ServingError.otherNetwork(weights: offer.weights, expected: own) }
        let steps = try offer.agreement.steps
        let run = try RemoteRun(
            scheme, input: input, offer: offer, request: request, key: key, over: line
        ) { messages, _ in
            let step = steps[messages - 1]
            if step.kind == .ciphertexts, step.direction == .down { progress() }
        }
        elapsedSeconds = (ContinuousClock.now - start) / .seconds(1)
        (output, outOfRange, transcripts) = (run.output, run.outOfRange, run.transcripts)
        let expected = try item.network.output(of: input, threads: item.settings.workers)
        mismatchedValues = output.values.mismatches(with: expected.values)
    }
}

extension ProtocolSettings {
    /// What a client asks of a server elsewhere. Messages are held several times on their way into and out of ciphertexts.
    var request: RemoteRun.Request {
        var request = RemoteRun.Request(mode: mode, layout: layout, precision: precision)
        (request.mask, request.permutation, request.order) = (mask, permutation, order)
        (request.threads, request.largestMessage) = (workers, memoryBytes / 4)
        return request
    }
}
