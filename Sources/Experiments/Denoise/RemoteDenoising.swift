package import Denoising
import Foundation
package import Imaging
import Numerics
package import PrivateDenoising
import Serving
package import Transport

/// A whole slice denoised by a server elsewhere: this process has the image and the key, and no network. What it ends with is what a
/// local run ends with, bit for bit.
///
/// The slice is one image in the tile layout where the client sees every layer, otherwise a batch of one: a broken connection
/// is then the end of the run, as the server keeps what it was sent.
package struct RemoteDenoising {
    package struct Outcome: Sendable {
        package let image: Image
        /// Values that differ from a local integer network; nil without one.
        package let mismatchedValues: Int?
        package let outOfRange: Int
        /// Of the last connection.
        package let transcript: Transcript
        package let reconnections: Int
        package let seconds: Double
    }

    private let settings: ProtocolSettings
    private let slice: Image
    private let connect: () throws -> Connection

    /// - Parameter connect: Makes a connection to the server; called again after a break.
    /// - Throws: `SettingsError` for settings that do not go together.
    package init(_ settings: ProtocolSettings, slice: Image, connect: @escaping () throws -> Connection) throws {
        var settings = settings
        settings.layout = settings.mode == .clientAided ? .tile : .batch
        if let (key, reason) = settings.objection() { throw SettingsError(name: key.rawValue, reason: reason) }
        if let reason = KeySettings.objection(
            to: settings.key.bits, insecure: settings.key.insecure, consent: "--insecure")
        {
            throw SettingsError(name: "key bits", reason: "is \(settings.key.bits); expected \(reason)")
        }
        self.settings = settings
        self.slice = slice
        self.connect = connect
    }

    /// - Parameters:
    ///   - trained: The server's network, where the client has it too, to compare with.
    ///   - progress: Called after each message with bytes done and to do.
    /// - Throws: `ServingError`, `TransportError`, what the client throws.
    package func run(
        comparingWith trained: TrainedNetwork? = nil, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Outcome {
        let start = ContinuousClock.now
        var request = RemoteRun.Request(mode: settings.mode, layout: settings.layout, precision: settings.precision)
        (request.mask, request.permutation) = (settings.mask, settings.permutation)
        request.threads = settings.workers
        let key = try PaillierScheme.makeKey(settings.key)
        let run = try RemoteRun(
            PaillierScheme.self, images: [slice], request: request, key: key, connect: connect
        ) { _, bytes in progress(bytes.done, bytes.of) }
        return Outcome(
            image: run.images[0], mismatchedValues: try trained.map { try mismatches(run.output, $0) },
            outOfRange: run.outOfRange, transcript: run.transcript, reconnections: run.reconnections,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func mismatches(_ output: IntegerTensor, _ trained: TrainedNetwork) throws -> Int {
        let input = TensorShape(count: 1, channels: 1, height: slice.height, width: slice.width)
        let network = try trained.integers(
            for: settings.mode.networkKind, precision: settings.precision, image: input)
        var evaluation = try IntegerEvaluation(network, input: network.input([slice], window: trained.window))
        for _ in network.layers { _ = try evaluation.step(threads: settings.workers) }
        return evaluation.activation.map { output.values.mismatches(with: $0.values) } ?? output.values.count
    }
}
