package import Denoising
import Foundation
import HDF5
package import Imaging
import Paillier
import PrivateDenoising
import Numerics
import Support

/// A whole slice through the protocol, both sides in this process, every value compared with the integer network.
///
/// In the tile layout the slice is one image: a layer's output is cut into tiles, each with the surroundings it needs, and where
/// memory is short into bands of rows, one after the other. In the batch layout the slice is cut once into overlapping patches.
/// Either way the result is the whole slice's, without any blending.
package struct SliceDenoising {
    /// What it will take, told before it starts.
    package struct Prediction: Sendable {
        package let seconds: Double
        package let peakBytes: Int
        package let bytesUp: Int
        package let bytesDown: Int
        /// Bands of the layer that has the most; 1 unless memory is short.
        package let bands: Int
        /// Runs of the protocol: 1 in the tile layout.
        package let runs: Int
    }

    package struct Outcome: Sendable {
        package let image: Image
        package let mismatchedValues: Int
        package let outOfRange: Int
        package let clientSeconds: Double
        package let serverSeconds: Double
    }

    private let settings: ProtocolSettings
    private let trained: TrainedNetwork
    private let slice: Image
    private let network: IntegerNetwork
    private let input: IntegerTensor
    private let key: RunKey
    private let plan: Plan

    private enum Plan {
        case whole(Agreement, CostPrediction)
        /// Patches, how many go into a run, and the prediction for a full run.
        case patches(SliceTiles, perRun: Int, Agreement, CostPrediction)
    }

    /// - Throws: `DenoisingError`, `PrivateDenoisingError`, `PrepareError.parameter`; `memoryLimit` if not even a row fits.
    package init(_ settings: ProtocolSettings, trained: TrainedNetwork, slice: Image) throws {
        if let (key, reason) = settings.objection() { throw SettingsError(name: key.rawValue, reason: reason) }
        guard settings.scheme == .paillier else {
            throw SettingsError(
                name: "scheme", reason: "is \(settings.scheme.rawValue); expected paillier, which encrypts slices")
        }
        self.settings = settings
        self.trained = trained
        self.slice = slice
        guard settings.mode.networkKind != .fused else {
            throw PrivateDenoisingError.modeMismatch(
                mode: settings.mode, reason: "it is folded for one size of image; another mode expected for slices")
        }
        try trained.network.requireImagesOfOneSize(height: slice.height, width: slice.width)
        network = try trained.integers(for: settings.mode.networkKind, precision: settings.precision)
        input = try network.input([slice], window: trained.window)
        let consent = "--insecure"
        if let reason = KeySettings.objection(
            to: settings.key.bits, insecure: settings.key.insecure, consent: consent)
        {
            throw SettingsError(name: "key bits", reason: "is \(settings.key.bits); expected \(reason)")
        }
        key = try RunKey(settings.key)
        plan =
            settings.layout == .tile
            ? try Self.whole(settings, network, input, key) : try Self.patches(settings, network, input, key)
    }

    // MARK: - Planning

    private static func predict(
        _ agreement: Agreement, _ network: IntegerNetwork, _ settings: ProtocolSettings, _ key: RunKey
    ) throws -> CostPrediction {
        try CostPrediction(
            PaillierScheme.self, agreement: agreement, network: network,
            key: PaillierScheme.publicKey(of: key.pair), memory: settings.memoryBytes
        )
    }

    /// The fewest bands that fit the memory.
    private static func whole(
        _ settings: ProtocolSettings, _ network: IntegerNetwork, _ input: IntegerTensor, _ key: RunKey
    ) throws -> Plan {
        var bands = 1
        while true {
            let rows = (input.shape.height + bands - 1) / bands
            let agreement = try settings.agreement(network, images: input.shape, bandRows: rows)
            do {
                let prediction = try predict(agreement, network, settings, key)
                if prediction.peakBytes <= settings.memoryBytes || rows == 1 { return .whole(agreement, prediction) }
            } catch let error as PrivateDenoisingError {
                guard case .memoryLimit = error, rows > 1 else { throw error }
            }
            bands *= 2
        }
    }

    private static func patches(
        _ settings: ProtocolSettings, _ network: IntegerNetwork, _ input: IntegerTensor, _ key: RunKey
    ) throws -> Plan {
        let tiles = try SliceTiles(network, height: input.shape.height, width: input.shape.width)
        let one = TensorShape(count: 1, channels: 1, height: tiles.size, width: tiles.size)
        let together = try settings.agreement(network, images: one).layouts[0].imagesTogether
        let perRun = min(together, tiles.tiles.count)
        let full = try settings.agreement(network, images: one.with(count: perRun))
        return .patches(tiles, perRun: perRun, full, try predict(full, network, settings, key))
    }

    package func prediction() throws -> Prediction {
        let speed = try MachineSpeed(key, threads: settings.workers)
        switch plan {
        case .whole(let agreement, let cost):
            let bands = Dictionary(grouping: agreement.rounds, by: \.layers.lowerBound).map(\.value.count).max() ?? 1
            return Prediction(
                seconds: speed.seconds(cost, mask: agreement.mask, keyBits: settings.key.bits),
                peakBytes: cost.peakBytes,
                bytesUp: cost.bytes(.up),
                bytesDown: cost.bytes(.down), bands: bands, runs: 1)
        case .patches(let tiles, let perRun, let agreement, let cost):
            let runs = (tiles.tiles.count + perRun - 1) / perRun
            return Prediction(
                seconds: Double(runs) * speed.seconds(cost, mask: agreement.mask, keyBits: settings.key.bits),
                peakBytes: cost.peakBytes,
                bytesUp: runs * cost.bytes(.up), bytesDown: runs * cost.bytes(.down), bands: 1, runs: runs)
        }
    }

    // MARK: - Running

    /// Rounds of all runs.
    package var rounds: Int {
        switch plan {
        case .whole(let agreement, _): agreement.rounds.count
        case .patches(let tiles, let perRun, _, let cost):
            (tiles.tiles.count + perRun - 1) / perRun * (cost.messages.count / 2)
        }
    }

    /// Goes on where an earlier call for the same output stopped; writes the output in one piece at the end.
    /// - Throws: `PrepareError.foreignParts`, what the protocol throws, `HDF5Error`.
    package func run(output: SliceOutput, onRound: () -> Void = {}) throws -> Outcome {
        let state = try DenoiseState(beside: output.path, identity: identity())
        return try state.whileWorking { try run(output: output, state, onRound: onRound) }
    }

    private func run(output: String, _ state: DenoiseState, onRound: () -> Void) throws -> Outcome {
        var totals = DenoiseState.Totals()
        let result: IntegerTensor
        switch plan {
        case .whole(let agreement, _): result = try run(agreement, state, &totals, onRound)
        case .patches(let tiles, let perRun, _, let cost):
            result = try run(tiles, perRun: perRun, rounds: cost.messages.count / 2, state, &totals, onRound)
            // Patch by patch everything was compared; the slice they make is compared as a whole.
            var expected = try IntegerEvaluation(network, input: input)
            for _ in network.layers { _ = try expected.step(threads: settings.workers) }
            totals.mismatched += expected.activation.map { result.values.mismatches(with: $0.values) } ?? 0
        }
        let image = network.images(result, window: trained.window)[0]
        try output.write(image, try facts(totals))
        return Outcome(
            image: image, mismatchedValues: totals.mismatched, outOfRange: totals.outOfRange,
            clientSeconds: totals.clientSeconds, serverSeconds: totals.serverSeconds)
    }

    private func run(
        _ agreement: Agreement, _ state: DenoiseState, _ totals: inout DenoiseState.Totals, _ onRound: () -> Void
    ) throws -> IntegerTensor {
        let (name, numbers) = ("layer", ["round", "out_of_range_so_far"])
        var before = DenoiseState.Totals()
        var resumed: Client<PaillierScheme>.State?
        if let (tensors, found, spent) = try state.read(name, numbers: numbers), let next = tensors[-1] {
            before = spent
            let activations = tensors.filter { $0.key >= 0 }
            resumed = .init(
                round: found["round"] ?? 0, input: next, activations: activations,
                outOfRange: found["out_of_range_so_far"] ?? 0)
            for _ in 0..<(found["round"] ?? 0) { onRound() }
        }
        let run = try PrivateRun(
            PaillierScheme.self, agreement: agreement, network: network, key: key.pair, images: input,
            threads: settings.workers, memory: settings.memoryBytes, resuming: resumed
        ) { _, _ in
            onRound()
        } onState: { client, transcript, mismatched in
            var spent = before
            spent.add(transcript)
            spent.mismatched += mismatched
            var tensors = client.activations
            tensors[-1] = client.input
            try state.write(
                name, tensors: tensors, numbers: ["round": client.round, "out_of_range_so_far": client.outOfRange],
                totals: spent)
        }
        totals = before
        totals.add(run.transcript)
        totals.mismatched += run.mismatchedValues
        totals.outOfRange = run.outOfRange
        return run.output
    }

    private func run(
        _ tiles: SliceTiles, perRun: Int, rounds: Int, _ state: DenoiseState, _ totals: inout DenoiseState.Totals,
        _ onRound: () -> Void
    ) throws -> IntegerTensor {
        var result = IntegerTensor(
            shape: input.shape,
            limbs: IntegerArray.limbs(forBits: network.layers[network.layers.count - 1].accumulatorBits))
        for first in stride(from: 0, to: tiles.tiles.count, by: perRun) {
            let range = first..<min(first + perRun, tiles.tiles.count)
            let name = "patches-\(first)"
            if let (tensors, _, spent) = try state.read(name, numbers: []), let done = tensors[0] {
                totals = spent
                tiles.paste(done, range, into: &result)
                for _ in 0..<rounds { onRound() }
                continue
            }
            let images = tiles.cut(input, range)
            let run = try PrivateRun(
                PaillierScheme.self, agreement: settings.agreement(network, images: images.shape), network: network,
                key: key.pair, images: images, threads: settings.workers, memory: settings.memoryBytes
            ) { _, _ in onRound() }
            totals.add(run.transcript)
            totals.mismatched += run.mismatchedValues
            totals.outOfRange += run.outOfRange
            try state.write(name, tensors: [0: run.output], numbers: [:], totals: totals)
            tiles.paste(run.output, range, into: &result)
        }
        return result
    }

    /// What the parts of an interrupted run belong to.
    private func identity() throws -> String {
        var digest = Digest()
        for pixel in slice.pixels {
            digest.update(pixel.bitPattern)
        }
        let texts = [
            "\(slice.width)x\(slice.height)", try trained.contentDigest(), settings.mode.rawValue,
            settings.layout.rawValue, "\(settings.key.bits)", "\(settings.precision)", "\(settings.mask)",
            settings.permutation.rawValue,
            "\(rounds) rounds",
        ]
        digest.update(texts.joined(separator: " "))
        return digest.hexadecimal
    }

    private func facts(_ totals: DenoiseState.Totals) throws -> SliceOutput.Facts {
        let digest = try trained.contentDigest()
        let identity =
            "weights \(digest) mode \(settings.mode.rawValue) w\(settings.precision.weights)a\(settings.precision.activations)"
        let description =
            "Low-dose noise reduced by a RED-CNN (weights SHA-256 \(digest.prefix(16))) computed on ciphertexts: mode "
            + "\(settings.mode.rawValue), scheme Paillier, key of \(settings.key.bits) bits, integer weights of \(settings.precision.weights) "
            + "and activations of \(settings.precision.activations) bits; \(totals.mismatched) values differ from the integer network. "
            + "Research software, not for diagnosis."
        return SliceOutput.Facts(
            attributes: [
                ("mode", .text(settings.mode.rawValue)), ("layout", .text(settings.layout.rawValue)),
                ("weights_content_sha256", .text(digest)), ("key_bits", .whole(settings.key.bits)),
                ("weight_bits", .whole(settings.precision.weights)),
                ("activation_bits", .whole(settings.precision.activations)),
                ("mismatched_values", .whole(totals.mismatched)), ("out_of_range", .whole(totals.outOfRange)),
                ("seconds_client", .real(totals.clientSeconds)), ("seconds_server", .real(totals.serverSeconds)),
                ("bytes_up", .whole(totals.bytesUp)), ("bytes_down", .whole(totals.bytesDown)),
                ("products", .whole(totals.products)),
            ], description: description, identity: identity)
    }
}
