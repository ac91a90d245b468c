import Numerics
import Denoising
import Imaging
import PrivateDenoising
import Reporting
import Support

/// A slice cut, run, put together and written, whoever has the network.
struct PartyWork<Party: SliceParty>: SliceWork {
    private let party: Party
    private let settings: ProtocolSettings
    private let slice: Image
    private let input: IntegerTensor
    /// To compare with: nil where the network is elsewhere and unknown.
    private let reference: TrainedNetwork?
    /// Whether the party compares every round itself.
    private let comparesRounds: Bool
    private let plan: Plan
    let rounds: Int
    let bytes: Int

    private struct Plan {
        /// Of a full run.
        let terms: SliceTerms
        /// How many go into a run; nil where the slice is one image.
        var patches: (tiles: SliceTiles, perRun: Int)?

        var runs: Int { patches.map { ($0.tiles.tiles.count + $0.perRun - 1) / $0.perRun } ?? 1 }
    }

    init(
        _ party: Party, _ settings: ProtocolSettings, slice: Image, reference: TrainedNetwork?, comparesRounds: Bool
    ) throws {
        (self.party, self.settings, self.slice) = (party, settings, slice)
        (self.reference, self.comparesRounds) = (reference, comparesRounds)
        settings.prepareMemory()
        let shape = TensorShape(count: 1, channels: 1, height: slice.height, width: slice.width)
        plan =
            settings.layout == .tile
            ? try Plan(terms: party.terms(shape))
            : try Self.patches(
                party, height: slice.height, width: slice.width, memory: settings.memoryBytes)
        let agreement = plan.terms.agreement
        let (before, after) = (agreement.images, agreement.activationShapes[agreement.layers.count])
        guard before == after else {
            throw PrivateDenoisingError.wrongInput(
                "the network makes \(after) of \(before); images of one size expected")
        }
        input = try IntegerNetwork.input([slice], window: plan.terms.window, bits: agreement.inputBits)
        rounds = plan.runs * agreement.rounds.count
        bytes = try plan.runs * (plan.terms.bytes(.up) + plan.terms.bytes(.down))
    }

    /// Patches of the usual size; where a ciphertext holds values of one image alone, of the size that computes the least in this memory.
    private static func patches(_ party: Party, height: Int, width: Int, memory: Int) throws -> Plan {
        func patch(_ size: Int) -> TensorShape { TensorShape(count: 1, channels: 1, height: size, width: size) }
        // Of a slice below the usual size its shorter side.
        let size = min(SliceTiles.usualSize, height, width)
        let one = try party.terms(patch(size))
        let kernels = one.agreement.layers.map { max($0.architecture.kernelHeight, $0.architecture.kernelWidth) }
        func tiles(_ size: Int) throws -> SliceTiles {
            try SliceTiles(kernels: kernels, height: height, width: width, size: size)
        }
        let together = try one.agreement.layouts[0].imagesTogether
        // A server elsewhere tells nothing of its memory, and is asked once.
        if together == 1, one.peakBytes != nil {
            for side in SliceTiles.sides(kernels: kernels, height: height, width: width) where side > size {
                guard let terms = try? party.terms(patch(side)), let peak = terms.peakBytes, peak <= memory else {
                    continue
                }
                // A patch that is the slice is compared in its run, round by round.
                let isSlice = side == height && side == width
                return Plan(terms: terms, patches: isSlice ? nil : (try tiles(side), 1))
            }
        }
        let usual = try tiles(size)
        if together == 1, size == height, size == width { return Plan(terms: one) }
        let perRun = min(together, usual.tiles.count)
        return Plan(
            terms: perRun == 1 ? one : try party.terms(patch(size).with(count: perRun)), patches: (usual, perRun))
    }

    func prediction() throws -> SliceDenoising.Prediction {
        let (terms, runs) = (plan.terms, plan.runs)
        let bands = Dictionary(grouping: terms.agreement.rounds, by: \.layers.lowerBound).map(\.value.count).max() ?? 1
        return SliceDenoising.Prediction(
            seconds: try party.seconds(terms).map { Double(runs) * $0 }, peakBytes: terms.peakBytes,
            bytesUp: runs * (try terms.bytes(.up)), bytesDown: runs * (try terms.bytes(.down)), bands: bands,
            runs: runs,
            budget: try party.budget(terms, runs: runs))
    }

    // MARK: - Running

    func run(output: SliceOutput, onProgress: (SliceDenoising.Progress) -> Void) throws -> SliceDenoising.Outcome {
        let start = ContinuousClock.now
        let state = try DenoiseState(beside: output.path, identity: identityOfParts())
        return try state.whileWorking {
            var party = self.party
            var (result, totals) =
                if let (tiles, perRun) = plan.patches {
                    try patches(tiles, perRun: perRun, plan.terms, &party, state, onProgress)
                } else {
                    try whole(plan.terms, &party, state, onProgress)
                }
            try compare(result, &totals)
            return try write(result, totals, by: party, since: start, to: output)
        }
    }

    private func progress(
        _ run: Int, _ terms: SliceTerms, _ steps: [Step], messages: Int, bytes: Int
    ) -> SliceDenoising.Progress {
        let perRun = terms.agreement.rounds.count
        let done = messages < steps.count ? steps[messages].round : steps.isEmpty ? 0 : perRun
        return SliceDenoising.Progress(
            rounds: run * perRun + done, allRounds: rounds, bytes: run * (self.bytes / plan.runs) + bytes,
            allBytes: self.bytes)
    }

    private func whole(
        _ terms: SliceTerms, _ party: inout Party, _ state: DenoiseState,
        _ onProgress: (SliceDenoising.Progress) -> Void
    ) throws -> (IntegerTensor, SliceTotals) {
        let (name, numbers) = ("layer", ["round", "out_of_range_so_far"])
        var before = SliceTotals()
        var resumed: Client<Party.Scheme>.State?
        let steps = try terms.steps
        if let (tensors, found, spent) = try state.read(name, numbers: numbers), let next = tensors[-1] {
            before = spent
            let round = found["round"] ?? 0
            resumed = .init(
                round: round, input: next, activations: tensors.filter { $0.key >= 0 },
                outOfRange: found["out_of_range_so_far"] ?? 0)
            let done = steps.prefix { $0.round < round }
            onProgress(
                progress(0, terms, steps, messages: done.count, bytes: done.reduce(0) { $0 + $1.messageBytes }))
        }
        let part = try party.run(input, terms, resuming: resumed) { messages, bytes in
            onProgress(progress(0, terms, steps, messages: messages, bytes: bytes))
        } onState: { client, spent in
            var totals = before
            totals.add(spent)
            var tensors = client.activations
            tensors[-1] = client.input
            try state.write(
                name, tensors: tensors, numbers: ["round": client.round, "out_of_range_so_far": client.outOfRange],
                totals: totals)
        }
        before.add(part.totals)
        before.outOfRange = part.outOfRange
        return (part.output, before)
    }

    private func patches(
        _ tiles: SliceTiles, perRun: Int, _ terms: SliceTerms, _ party: inout Party, _ state: DenoiseState,
        _ onProgress: (SliceDenoising.Progress) -> Void
    ) throws -> (IntegerTensor, SliceTotals) {
        var result: IntegerTensor?
        var totals = SliceTotals()
        for (number, first) in stride(from: 0, to: tiles.tiles.count, by: perRun).enumerated() {
            let range = first..<min(first + perRun, tiles.tiles.count)
            let name = "patches-\(first)"
            if let (tensors, _, spent) = try state.read(name, numbers: []), let done = tensors[0] {
                totals = spent
                tiles.paste(done, range, into: &result)
                onProgress(progress(number + 1, terms, [], messages: 0, bytes: 0))
                continue
            }
            let images = tiles.cut(input, range)
            let own = range.count == perRun ? terms : try party.terms(images.shape)
            let steps = try own.steps
            let part = try party.run(images, own, resuming: nil) { messages, bytes in
                onProgress(progress(number, own, steps, messages: messages, bytes: bytes))
            } onState: { _, _ in
            }
            totals.add(part.totals)
            totals.outOfRange += part.outOfRange
            try state.write(name, tensors: [0: part.output], numbers: [:], totals: totals)
            tiles.paste(part.output, range, into: &result)
        }
        guard let result else { preconditionFailure("a slice has patches") }
        return (result, totals)
    }

    /// What no party has compared: the slice that patches make, the result of a server elsewhere.
    private func compare(_ result: IntegerTensor, _ totals: inout SliceTotals) throws {
        guard let reference, !comparesRounds || plan.patches != nil else { return }
        let network = try reference.integers(for: settings.mode.networkKind, precision: settings.precision)
        let expected = try SliceEvaluation(
            network, input: network.input([slice], window: reference.window), memory: settings.memoryBytes,
            threads: settings.workers)
        totals.saturated = expected.saturated
        totals.mismatched += result.values.mismatches(with: expected.output.values)
    }

    // MARK: - Results

    private func write(
        _ result: IntegerTensor, _ totals: SliceTotals, by party: Party, since start: ContinuousClock.Instant,
        to output: SliceOutput
    ) throws -> SliceDenoising.Outcome {
        let (terms, window) = (plan.terms, plan.terms.window)
        let image = IntegerNetwork.images(result, window: window, scale: terms.agreement.outputScale)[0]
        try output.write(image, facts(totals, party.key))
        return SliceDenoising.Outcome(
            image: image, totals: totals, activations: try activations(),
            clipped: slice.pixels.count { $0 < window.low || $0 > window.high },
            window: "\(Int(window.low)) to \(Int(window.high))",
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func activations() throws -> Int? {
        try reference?.integers(for: settings.mode.networkKind, precision: settings.precision)
            .activationShapes(for: input.shape).dropFirst().reduce(0) { $0 + $1.elementCount }
    }

    /// What the parts of an interrupted run belong to.
    private func identityOfParts() -> String {
        var digest = Digest()
        for pixel in slice.pixels { digest.update(pixel.bitPattern) }
        let images = plan.terms.agreement.images
        digest.update("\(slice.width)x\(slice.height) \(identity) \(rounds) rounds of \(images.height)x\(images.width)")
        return digest.hexadecimal
    }

    var identity: String {
        [
            plan.terms.weights, settings.mode.rawValue, settings.layout.rawValue,
            "\(plan.terms.agreement.parameters)", "\(settings.precision)", "\(settings.mask)",
            settings.permutation.rawValue, settings.order.rawValue,
        ].joined(separator: " ")
    }

    /// The same whoever has the network, as long as nothing differs; times and traffic only where a file has attributes for them.
    private func facts(_ totals: SliceTotals, _ key: Party.Scheme.PrivateKey) -> SliceOutput.Facts {
        let (digest, precision) = (plan.terms.weights, settings.precision)
        let identity = "weights \(digest) mode \(settings.mode.rawValue) w\(precision.weights)a\(precision.activations)"
        let differing = totals.mismatched > 0 ? "\(totals.mismatched) values differ from the integer network. " : ""
        let description =
            "Low-dose noise reduced by a RED-CNN (weights SHA-256 \(digest.prefix(16))) computed on ciphertexts: mode "
            + "\(settings.mode.rawValue), \(Party.Scheme.words(of: key)), integer weights of \(precision.weights) "
            + "and activations of \(precision.activations) bits. \(differing)Research software, not for diagnosis."
        return SliceOutput.Facts(
            attributes: attributes(totals, key), description: description, identity: identity)
    }

    private func attributes(
        _ totals: SliceTotals, _ key: Party.Scheme.PrivateKey
    ) -> [(name: String, value: SliceOutput.AttributeValue)] {
        var attributes: [(name: String, value: SliceOutput.AttributeValue)] = [
            ("mode", .text(settings.mode.rawValue)), ("layout", .text(settings.layout.rawValue)),
            ("weights_content_sha256", .text(plan.terms.weights)), ("scheme", .text(Party.Scheme.name.rawValue)),
        ]
        let parameters = Party.Scheme.parameters(of: key)
        if let bits = parameters[ParameterName.keyBits]?.number { attributes.append(("key_bits", .whole(Int(bits)))) }
        if let set = parameters[ParameterName.parameterSet]?.text { attributes.append(("parameter_set", .text(set))) }
        attributes += [
            ("weight_bits", .whole(settings.precision.weights)),
            ("activation_bits", .whole(settings.precision.activations)),
        ]
        if reference != nil {
            attributes += [
                ("mismatched_values", .whole(totals.mismatched)), ("beyond_calibration", .whole(totals.saturated)),
            ]
        }
        return attributes + [
            ("out_of_range", .whole(totals.outOfRange)), ("seconds_client", .real(totals.clientSeconds)),
            ("seconds_server", .real(totals.serverSeconds)), ("bytes_up", .whole(totals.bytesUp)),
            ("bytes_down", .whole(totals.bytesDown)), ("products", .whole(totals.products)),
        ]
    }
}
