import Denoising
import Imaging
import Leakage
import Paillier
import PrivateDenoising
import Reporting
import Numerics

/// Attacks of the client on the network.
extension AttackRun {
    /// Filters count as stolen from this cosine on.
    private static let stolenCosine = 0.99
    /// A stolen network counts as one if it loses less than this against the true one, in dB.
    private static let stolenLoss = 1.0
    /// Decibels by which a decoder's images must beat those made from an additively masked, hence independent, view.
    static let decodedGain = 6.0

    /// B1 to B7 on the first layer, for every number of patches from one transcript.
    mutating func filters(_ cell: AttackCell) throws -> [ResultRecord] {
        let settings = cell.attack.settings
        guard let target = cell.attack.target, let network = target.network(of: cell.mask.mode) else { return [] }
        let most = settings.patches.max() ?? 1
        let images =
            try cell.client == .honest
            ? network.input(ownImages(most, cell), window: target.trained.window)
            : randomImages(most, cell, network: network)
        let (transcript, key) = try transcript(
            cell, mode: cell.mask.mode, network: network, images: images, messages: 2)
        let seed = cell.seed
        let view = cell.mask.view(try ClientView(transcript, key: key, threads: threads), seed: seed)
        let mask = MaskKnowledge(view.agreement)
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        let unseen = try unseenEquations(cell, network, view.rounds[0].layers[0], window: target.trained.window)
        return try settings.patches.flatMap { patches -> [ResultRecord] in
            var generator = SeededGenerator(seed: seed, stream: 3)
            let round = view.rounds[0]
            let equations = try LayerEquations(
                round.layers[0], input: Tensor(round.sent).images(0..<patches),
                received: round.received.prefix(patches), slots: round.slots, limit: settings.rows, using: &generator)
            return settings.methods.flatMap { method -> [ResultRecord] in
                let (estimates, seconds) = Self.timed {
                    method.estimate(
                        equations, scale: mask.mean, isSignKnown: mask.isSignKnown, seed: seed, threads: threads)
                }
                let anyOrder = cell.mask == .permutedChannels
                let score = FilterScore(estimates, truth: network.layers[0], anyOrder: anyOrder)
                return records.records(
                    method.rawValue, patches: patches,
                    [
                        (.cosine, score.cosine), (.relativeError, score.relativeError),
                        (.exactShare, score.exactShare), (.success, score.cosine >= Self.stolenCosine ? 1 : 0),
                        (.outputPSNR, OutputScore.psnr(estimates, on: unseen, anyOrder: anyOrder)),
                        (.seconds, seconds),
                    ])
            }
        }
    }

    /// Windows of the first layer on held-out images, with what it makes of them.
    private func unseenEquations(
        _ cell: AttackCell, _ network: IntegerNetwork, _ layer: Layer, window: HounsfieldWindow
    ) throws -> LayerEquations {
        let input = try network.input(heldOut(cell).map(\.low), window: window)
        var generator = SeededGenerator(seed: cell.seed, stream: 5)
        return try LayerEquations(
            layer, input: Tensor(input), received: network.layers[0].accumulate(input), limit: 1 << 14,
            using: &generator)
    }

    /// The whole network, layer after layer, run on images that neither party sent.
    mutating func network(_ cell: AttackCell) throws -> [ResultRecord] {
        let settings = cell.attack.settings
        guard let target = cell.attack.target, let network = target.network(of: cell.mask.mode) else { return [] }
        let images = try network.input(ownImages(settings.patches.max() ?? 1, cell), window: target.trained.window)
        let (transcript, key) = try transcript(
            cell, mode: cell.mask.mode, network: network, images: images, messages: nil)
        let seed = cell.seed
        let view = cell.mask.view(try ClientView(transcript, key: key, threads: threads), seed: seed)
        let heldOut = heldOut(cell)
        let low = heldOut.map(\.low)
        let input = try network.input(low, window: target.trained.window)
        let trace = try network.evaluate(input, threads: threads)
        let truth = network.images(trace.output, window: target.trained.window)
        let trueQuality = zip(truth, heldOut).map { ImageQuality(of: $0, against: $1.normal) }
        let (truePSNR, trueSSIM) = (Self.mean(trueQuality.map(\.psnr)), Self.mean(trueQuality.map(\.ssim)))
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        var result: [ResultRecord] = []
        for method in settings.methods {
            let (stolen, seconds) = try Self.timed {
                try StolenNetwork(
                    view, attack: method, rows: settings.rows, window: target.trained.window, seed: seed,
                    threads: threads)
            }
            var values: [(LeakMetric, Double)] = [
                (.truePSNR, truePSNR), (.trueSSIM, trueSSIM), (.seconds, seconds),
            ]
            if let output = try stolen?.apply(low, threads: threads), output.allSatisfy({ $0.firstIllegalPixel == nil })
            {
                let quality = zip(output, heldOut).map { ImageQuality(of: $0, against: $1.normal) }
                let psnr = Self.mean(quality.map(\.psnr))
                values += [
                    (.psnr, psnr), (.ssim, Self.mean(quality.map(\.ssim))),
                    (.success, psnr > truePSNR - Self.stolenLoss ? 1 : 0),
                ]
                keep(
                    cell,
                    [
                        "low_dose": low, "normal_dose": heldOut.map(\.normal), "true_network": truth,
                        "stolen_network": output,
                    ],
                    mode: "\(cell.mask.rawValue), \(method.rawValue)")
            } else {
                values.append((.success, 0))
            }
            result += records.records(method.rawValue, patches: images.shape.count, values)
            for (index, output) in (try stolen?.outputs(low, threads: threads) ?? []).enumerated() {
                result += records.records(
                    method.rawValue, patches: images.shape.count,
                    [(.outputPSNR, OutputScore.psnr(output, truth: trace.accumulators[index]))],
                    layer: network.layers[index].name)
            }
        }
        return result
    }

    /// B0 as published, on the first of the images, and B0' on images of which a quarter is held out.
    mutating func decoder(_ cell: AttackCell) throws -> [ResultRecord] {
        let settings = cell.attack.settings
        guard let target = cell.attack.target, let network = target.network(of: cell.mask.mode) else { return [] }
        let patches = settings.patches.max() ?? 1
        let images = try network.input(ownImages(max(4, patches), cell), window: target.trained.window)
        let (transcript, key) = try transcript(
            cell, mode: cell.mask.mode, network: network, images: images, messages: 2)
        let seed = cell.seed
        let view = cell.mask.view(try ClientView(transcript, key: key, threads: threads), seed: seed)
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        var result: [ResultRecord] = []
        if cell.mask == .none {
            let original = FeatureDecoder.images(view, 0..<1)[0]
            for isNoisy in [false, true] {
                let (image, seconds) = try Self.timed {
                    try FeatureDecoder.published(
                        view, isNoisy: isNoisy, steps: settings.epochs, seed: seed, threads: threads)
                }
                let quality = ImageQuality(of: image, against: original)
                result += records.records(
                    isNoisy ? "decoder-published-noise" : "decoder-published", patches: 1,
                    [(.psnr, quality.psnr), (.ssim, quality.ssim), (.seconds, seconds)])
            }
        }
        let count = images.shape.count
        let training = 0..<count * 3 / 4
        let test = training.upperBound..<count
        let (decoded, seconds) = try Self.timed {
            try FeatureDecoder.repaired(
                view, training: training, heldOut: test, epochs: settings.epochs, seed: seed, threads: threads)
        }
        let originals = FeatureDecoder.images(view, test)
        // What knows nothing of the features: the mean of the training images, pixel by pixel.
        let known = FeatureDecoder.images(view, training)
        let guess = Image(
            width: known[0].width, height: known[0].height,
            pixels: known[0].pixels.indices.map { pixel in
                known.reduce(0) { $0 + $1.pixels[pixel] } / Float(known.count)
            })
        let quality = zip(decoded, originals).map { ImageQuality(of: $0, against: $1) }
        let blind = Self.mean(originals.map { ImageQuality(of: guess, against: $0).psnr })
        let psnr = Self.mean(quality.map(\.psnr))
        keep(cell, ["decoded": decoded, "original": originals], mode: cell.mask.rawValue)
        return result
            + records.records(
                "decoder-repaired", patches: training.count,
                [
                    (.psnr, psnr), (.ssim, Self.mean(quality.map(\.ssim))), (.truePSNR, blind),
                    (.success, psnr > blind + Self.decodedGain ? 1 : 0), (.seconds, seconds),
                ])
    }

    /// C: impulse query and generic patches.
    mutating func linearOperator(_ cell: AttackCell) throws -> [ResultRecord] {
        let settings = cell.attack.settings
        guard let target = cell.attack.target else { return [] }
        let network = target.growing
        let side = cell.attack.size(in: point.training)
        let heldOut = try network.input(heldOut(cell).map(\.low), window: target.trained.window)
        let records = AttackRecords(cell: cell, parameters: parameters(cell))
        let seed = cell.seed
        var query = IntegerArray(count: 2 * side * side, limbs: 1)
        query[side * side + side / 2 * side + side / 2] = BigInteger(network.largestInput)
        let shape = TensorShape(count: 2, channels: 1, height: side, width: side)
        var result: [ResultRecord] = []
        func attempt(
            _ method: OperatorAttack, _ images: IntegerTensor, patches: [Int], _ run: inout AttackRun
        ) throws {
            // One transcript per attack: each has images of its own.
            let (transcript, key) = try run.transcript(
                cell, mode: .linear, network: network, images: images, messages: nil, part: method.rawValue)
            let view = try ClientView(transcript, key: key, threads: run.threads)
            for count in patches {
                let (stolen, seconds) = try Self.timed { try method.recover(view, images: count, seed: seed) }
                let score = try OperatorScore(stolen, truth: network, images: heldOut, threads: run.threads)
                result += records.records(
                    method.rawValue, patches: count,
                    [
                        (.exactShare, score.exactShare), (.success, score.exactShare == 1 ? 1 : 0),
                        (.seconds, seconds),
                    ])
            }
        }
        try attempt(.impulse, IntegerTensor(shape: shape, values: query), patches: [2], &self)
        let most = settings.patches.max() ?? 1
        let generic = try network.input(ownImages(most, cell), window: target.trained.window)
        try attempt(.generic, generic, patches: settings.patches, &self)
        return result
    }
}
