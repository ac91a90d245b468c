import Denoising
import Foundation
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import Numerics

/// One attack on a transcript folder, as `ldct attack` makes it.
package struct TranscriptAttack {
    private enum Name: String, CaseIterable {
        case ciphertexts, exponents, filters, network, `operator`, randomness, radix, reaction
    }

    package struct Value: Sendable {
        package let name: String
        package let value: Double
        package let unit: String
    }

    package static var names: [String] { Name.allCases.map(\.rawValue) }

    private let name: Name
    private let transcript: Transcript
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
                attack: name, found: "no such attack", expected: "one of: \(Self.names.joined(separator: ", "))")
        }
        self.name = known
        let transcript = try Transcript(reading: folder)
        self.transcript = transcript
        key =
            try path.map { ClientKey.paillier(try KeyFile.privateKey($0, allowInsecure: allowInsecure)) } ?? .none
        truth = try weights.map {
            let network = try Self.network(
                TrainedNetwork(reading: $0), agreement: transcript.agreement, weightBits: weightBits)
            let sizes = network.layers.map { [$0.inputChannels, $0.outputChannels, $0.kernelHeight, $0.kernelWidth] }
            let sent = transcript.agreement.layers.map(\.architecture)
            guard sizes == sent.map({ [$0.inputChannels, $0.outputChannels, $0.kernelHeight, $0.kernelWidth] }) else {
                throw LeakageError.unsuitable(
                    attack: name, found: "weights of another network", expected: "those of the transcript's")
            }
            return network
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
        case .randomness: try randomness()
        case .radix: try radix()
        case .reaction: try reaction()
        }
    }

    private static func network(
        _ trained: TrainedNetwork, agreement: Agreement, weightBits: Int
    ) throws -> IntegerNetwork {
        let kind = agreement.mode.networkKind
        if kind == .fused {
            let input = agreement.rounds[0].input
            return try IntegerNetwork(
                fusing: trained.network, weights: trained.weights, height: input.height, width: input.width,
                weightBits: weightBits, inputBits: agreement.inputBits)
        }
        guard kind == .requantised else {
            return try IntegerNetwork(
                growing: trained.network, weights: trained.weights, weightBits: weightBits,
                inputBits: agreement.inputBits)
        }
        return try IntegerNetwork(
            requantising: trained.network, weights: trained.weights, calibration: trained.calibration,
            weightBits: weightBits, activationBits: agreement.inputBits)
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(_ fallback: Choice) throws -> Choice {
        guard let method else { return fallback }
        guard let choice = Choice(rawValue: method) else {
            let valid = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw LeakageError.unsuitable(
                attack: name.rawValue, found: "no method '\(method)'", expected: "one of: \(valid)")
        }
        return choice
    }

    private func ciphertexts() throws -> [Value] {
        let view = try ServerView(transcript)
        // Without the pixels there is nothing to learn from: what a look at the bytes says.
        let shape = transcript.agreement.rounds[0].input
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
        let mask = MaskKnowledge(view.agreement)
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
                estimates, truth: truth.layers[0], anyOrder: view.agreement.permutation == .channels)
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

    private func privateKey() throws -> PrivateKey {
        guard case .paillier(let key) = key else {
            throw LeakageError.unsuitable(attack: name.rawValue, expected: "the client's private key")
        }
        return key
    }

    private func randomness() throws -> [Value] {
        let method: RandomnessAttack.Method = try choice(.subgroups)
        let attack = RandomnessAttack(try privateKey())
        let readings = try attack.filters(
            transcript, channels: 0..<transcript.agreement.rounds[0].output.channels, method: method)
        if let truth {
            let layer = truth.layers[0]
            let taps = layer.weights.count / layer.outputChannels
            let exact = readings.enumerated().reduce(0) { sum, reading in
                let filter = layer.weights[reading.offset * taps..<(reading.offset + 1) * taps]
                return sum + zip(reading.element?.weights ?? [], filter).count { $0 == Int($1) }
            }
            return [Value(name: "exact share", value: Double(exact) / Double(layer.weights.count), unit: "1")]
        }
        return readings.enumerated().flatMap { channel, reading in
            guard let reading else { return [Value(name: "filter \(channel) not found", value: .nan, unit: "1")] }
            return [Value(name: "filter \(channel) modulo", value: Double(reading.modulus), unit: "1")]
                + reading.weights.enumerated().map {
                    Value(name: "filter \(channel) weight \($0)", value: Double($1), unit: "1")
                }
        }
    }

    private enum SlotExpectation: String, CaseIterable { case noise, data }

    /// Of an upload that `ldct run` recorded for this attack.
    private func radix() throws -> [Value] {
        let expected: SlotExpectation = try choice(.noise)
        let attack = RadixAttack(isNoisy: expected == .noise, weightBits: truth?.weightBits ?? 10)
        let reading = try attack.read(transcript, key: privateKey(), threads: threads)
        if let truth {
            let share = try reading.exactShare(of: truth, transcript, threads: threads)
            return [
                Value(name: "exact share", value: share, unit: "1"),
                Value(name: "decryptions a row", value: Double(reading.decryptions), unit: "1"),
            ]
        }
        return reading.rows.enumerated().flatMap { row, weights in
            (weights ?? []).enumerated().map {
                Value(name: "row \(row) weight \($0)", value: Double($1), unit: "1")
            }
        }
    }

    private enum VictimKind: String, CaseIterable { case told, silent }

    /// The key stands for the victims, who send the transcript's images again: the attack sees their reactions alone.
    private func reaction() throws -> [Value] {
        let client: VictimKind = try choice(.told)
        let (agreement, key) = (transcript.agreement, try privateKey())
        let images = try ClientView(transcript, key: self.key, threads: threads).rounds[0].sent
        let attack = try ReactionAttack(agreement, key: key.publicKey, threads: threads)
        let victim = ReactionAttack.Victim(
            agreement, key: key, images: images, isSilent: client == .silent, threads: threads)
        // The middle of the first image.
        let pixel = images.shape.height / 2 * images.shape.width + images.shape.width / 2
        return [
            Value(name: "pixel", value: Double(try attack.read(pixel: pixel, of: victim)), unit: "1"),
            Value(name: "true pixel", value: Double(images.values.narrow(pixel)), unit: "1"),
        ]
    }
}
