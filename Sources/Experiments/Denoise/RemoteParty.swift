import Denoising
import PrivateDenoising
package import Serving
import Support
package import Transport

/// A server elsewhere that has the network; this process has the image and the key.
struct RemoteParty<Scheme: MeasuredScheme>: SliceParty {
    private let settings: ProtocolSettings
    private let attempts: RemoteRun.Attempts
    private let line: ServerLine
    private(set) var key: Scheme.PrivateKey
    private var isKeyUsed = false

    /// - Parameter attempts: to connect again before a break is the end.
    init(
        _ settings: ProtocolSettings, attempts: Int, connect: @escaping @Sendable () throws -> Connection
    ) throws {
        self.settings = settings
        var patient = RemoteRun.Attempts()
        (patient.count, patient.pause) = (attempts, 0.25)
        self.attempts = patient
        line = ServerLine(connect)
        key = try Scheme.makeKey(settings.key)
    }

    func terms(_ shape: TensorShape) throws -> SliceTerms {
        let offer = try RemoteRun.offer(
            Scheme.self, images: shape, request: settings.request, key: Scheme.publicKey(of: key), over: line)
        return SliceTerms(
            agreement: offer.agreement, window: offer.window, weights: offer.weights, peakBytes: nil)
    }

    func seconds(_ terms: SliceTerms) throws -> Double? { nil }
    /// The server counts.
    func budget(_ terms: SliceTerms, runs: Int) throws -> String? { nil }

    mutating func run(
        _ input: IntegerTensor, _ terms: SliceTerms, resuming: Client<Scheme>.State?,
        progress: (_ messages: Int, _ bytes: Int) -> Void,
        onState: (Client<Scheme>.State, SliceTotals) throws -> Void
    ) throws -> SlicePart {
        if isKeyUsed, Scheme.keysWear { key = try Scheme.makeKey(settings.key) }
        isKeyUsed = true
        let offer = RemoteRun.Offer(agreement: terms.agreement, window: terms.window, weights: terms.weights)
        let run = try RemoteRun(
            Scheme.self, input: input, offer: offer, request: settings.request, key: key, resuming: resuming,
            attempts: attempts, over: line, progress: progress
        ) { state, earlier, transcript in
            try onState(state, SliceTotals(earlier + [transcript]))
        }
        return SlicePart(output: run.output, outOfRange: run.outOfRange, totals: SliceTotals(run.transcripts))
    }
}

/// A broken connection and a busy server are worth another try of the same command: status 75, and what was reached is kept.
extension TransportError: ExitStatusError {
    package var exitStatus: Int32 { isBreak ? 75 : 2 }
}

extension ServingError: ExitStatusError {
    package var exitStatus: Int32 { isForNow ? 75 : 2 }
}
