import Denoising
import Foundation
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import WideIntegers

/// One attack on a transcript folder, as `ldct attack` makes it.
package struct TranscriptAttack {
    private enum Name: String, CaseIterable { case ciphertexts, exponents, filters, network, `operator` }

    package struct Value: Sendable {
        package let name: String
        package let value: Double
        package let unit: String
    }

    package static var names: [String] { Name.allCases.map(\.rawValue) }

    private let name: Name
    private let transcript: RecordedTranscript
    private let key: ClientKey
    private let truth: IntegerNetwork?
    private let method: String?
    private let patches: Int?
    private let rows: Int
    private let seed: UInt64
    private let threads: Int

    /// - Throws: `LeakageError` for an unknown attack or method, or a folder that is no transcript; the errors of keys and weights.
    package init(
        _ name: String, transcript folder: String, key path: String?, allowInsecure: Bool, weights: String?,
        weightBits: Int, method: String?, patches: Int?, rows: Int, seed: UInt64, threads: Int
    ) throws {
        guard let known = Name(rawValue: name) else {
            throw LeakageError.unsuitable(
                attack: name, expected: "no such attack; expected one of: \(Self.names.joined(separator: ", "))")
        }
        self.name = known
        let transcript = try RecordedTranscript(reading: folder)
        self.transcript = transcript
        key =
            try path.map { ClientKey.paillier(try KeyFile.privateKey($0, allowInsecure: allowInsecure)) } ?? .none
        truth = try weights.map {
            try Self.network(TrainedNetwork(reading: $0), header: transcript.header, weightBits: weightBits)
        }
        self.method = method
        self.patches = patches
        self.rows = rows
        self.seed = seed
        self.threads = threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads
    }

    package func run() throws -> [Value] {
        switch name {
        case .ciphertexts: try ciphertexts()
        case .exponents: try exponents()
        case .filters: try filters()
        case .network: try network()
        case .operator: try linearOperator()
        }
    }

    private static func network(
        _ trained: TrainedNetwork, header: TranscriptHeader, weightBits: Int
    ) throws -> IntegerNetwork {
        guard let mode = Mode(rawValue: header.mode), mode.networkKind == .requantised else {
            return try IntegerNetwork(
                growing: trained.network, weights: trained.weights, weightBits: weightBits,
                inputBits: header.inputBits)
        }
        return try IntegerNetwork(
            requantising: trained.network, weights: trained.weights, calibration: trained.calibration,
            weightBits: weightBits, activationBits: header.inputBits)
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(_ fallback: Choice) throws -> Choice {
        guard let method else { return fallback }
        guard let choice = Choice(rawValue: method) else {
            let valid = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw LeakageError.unsuitable(
                attack: name.rawValue, expected: "no method '\(method)'; expected one of: \(valid)")
        }
        return choice
    }

    private func ciphertexts() throws -> [Value] {
        let view = try ServerView(transcript)
        // Without the pixels there is nothing to learn from: what a look at the bytes says.
        let shape = transcript.header.rounds[0].input
        let statistics = CiphertextStatistics(
            view, image: Image(width: shape.width, height: shape.height, filledWith: 0))
        return [
            Value(name: "ciphertexts", value: Double(view.count), unit: "1"),
            Value(name: "bytes of each", value: Double(view.width), unit: "B"),
            Value(name: "entropy", value: statistics.entropy, unit: "bit"),
            Value(name: "neighbour correlation", value: statistics.neighbourCorrelation, unit: "1"),
        ]
    }

    private func exponents() throws -> [Value] {
        let image = try ExponentDecoder.decode(try ServerView(transcript))
        return image.pixels.enumerated().map {
            Value(name: "pixel \($0 / image.width) \($0 % image.width)", value: Double($1), unit: "HU")
        }
    }

    private func filters() throws -> [Value] {
        let attack: FilterAttack = try choice(.reweighted)
        let view = try ClientView(transcript, key: key, threads: threads)
        let mask = MaskKnowledge(view.header)
        var generator = SeededGenerator(seed: seed)
        let round = view.rounds[0]
        let used = min(patches ?? .max, round.sent.shape.count)
        let equations = try LayerEquations(
            round.layers[0], input: Tensor(round.sent).images(0..<used), received: round.received.prefix(used),
            slots: round.slots, limit: rows, using: &generator)
        let estimates = attack.estimate(
            equations, scale: mask.mean, isSignKnown: mask.isSignKnown, seed: seed, threads: threads)
        if let truth {
            let score = FilterScore(
                estimates, truth: truth.layers[0], anyOrder: view.header.permutation == .channels)
            return [
                Value(name: "cosine", value: score.cosine, unit: "1"),
                Value(name: "relative error", value: score.relativeError, unit: "1"),
                Value(name: "exact share", value: score.exactShare, unit: "1"),
            ]
        }
        return estimates.enumerated().flatMap { channel, estimate in
            guard let estimate else { return [Value(name: "filter \(channel) not found", value: .nan, unit: "1")] }
            return estimate.weights.enumerated().map {
                Value(name: "filter \(channel) weight \($0)", value: $1, unit: "1")
            } + [Value(name: "filter \(channel) bias", value: estimate.bias, unit: "1")]
        }
    }

    /// The network is run on the client's own images, whose true outputs the client has.
    private func network() throws -> [Value] {
        let attack: FilterAttack = try choice(.reweighted)
        let view = try ClientView(transcript, key: key, threads: threads)
        guard let stolen = try StolenNetwork(view, attack: attack, rows: rows, seed: seed, threads: threads) else {
            return [Value(name: "stolen", value: 0, unit: "1")]
        }
        let count = view.rounds[0].sent.shape.count
        let outputs = try stolen.apply(FeatureDecoder.images(view, 0..<count), threads: threads)
        let truth = view.finalImages
        let quality = zip(outputs, truth).map { ImageQuality(of: $0, against: $1) }
        return [
            Value(name: "stolen", value: 1, unit: "1"),
            Value(
                name: "PSNR to the true network", value: quality.reduce(0) { $0 + $1.psnr } / Double(quality.count),
                unit: "dB"),
        ]
    }

    private func linearOperator() throws -> [Value] {
        let attack: OperatorAttack = try choice(.generic)
        let view = try ClientView(transcript, key: key, threads: threads)
        guard let stolen = try attack.recover(view, images: patches ?? .max, seed: seed) else {
            return [Value(name: "stolen", value: 0, unit: "1")]
        }
        return stolen.weights.enumerated().map {
            Value(name: "weight \($0 / stolen.side) \($0 % stolen.side)", value: Double($1), unit: "1")
        } + [Value(name: "bias", value: Double(stolen.bias), unit: "1")]
    }
}
