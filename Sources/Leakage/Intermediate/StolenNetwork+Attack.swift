import Denoising
import Imaging
import Numerics

/// The whole network, layer after layer, run on images that neither party sent.
extension StolenNetwork: Attack {
    package static var keys: Set<AttackSettings.Key> {
        [.attack, .scheme, .weights, .masks, .methods, .patches, .size, .rows, .maskBits]
    }
    package static var picturesHeldOut: Bool { true }
    package static var methods: [String] { FilterAttack.methods }
    package static var usualMethods: [String] { FilterAttack.usualMethods }

    /// A stolen network counts as one if it loses less than this against the true one, in dB.
    private static let stolenLoss = 1.0

    package static func evidence(_ stage: AttackStage) throws -> [Evidence] {
        let network = try stage.network(of: stage.mask.mode)
        let images = try stage.sent(stage.patches, to: network)
        return [try stage.evidence(stage.mask.mode, network, images, messages: nil)]
    }

    package static func results(_ evidence: Evidence) throws -> [AttackResult] {
        let methods: [FilterAttack] = evidence.methods(StolenNetwork.self)
        let view = try evidence.clientView()
        let reference = try evidence.truth.heldOut.isEmpty ? nil : Reference(evidence)
        return try methods.flatMap { method -> [AttackResult] in
            let (stolen, seconds) = try timed {
                try StolenNetwork(
                    view, attack: method, rows: evidence.settings.rows, window: evidence.truth.window,
                    seed: evidence.seed, threads: evidence.threads)
            }
            guard let reference else { return [try own(method, stolen, view, seconds, evidence)] }
            return try scored(method, stolen, reference, view.rounds[0].sent.shape.count, seconds, evidence)
        }
    }

    /// The true network on held-out images.
    private struct Reference {
        let network: IntegerNetwork
        let trace: IntegerTrace
        let images: [Image]
        let quality: (psnr: Double, ssim: Double)

        init?(_ evidence: Evidence) throws {
            guard let network = evidence.truth.network else { return nil }
            let (heldOut, window) = (evidence.truth.heldOut, evidence.truth.window)
            self.network = network
            trace = try network.evaluate(
                network.input(heldOut.map(\.low), window: window), threads: evidence.threads)
            images = network.images(trace.output, window: window)
            quality = try meanQuality(images, against: heldOut.map(\.normal))
        }
    }

    private static func scored(
        _ method: FilterAttack, _ stolen: StolenNetwork?, _ reference: Reference, _ patches: Int, _ seconds: Double,
        _ evidence: Evidence
    ) throws -> [AttackResult] {
        let (low, normal) = (evidence.truth.heldOut.map(\.low), evidence.truth.heldOut.map(\.normal))
        let truth = reference.quality
        var scores: [(LeakMetric, Double)] = [
            (.truePSNR, truth.psnr), (.trueSSIM, truth.ssim), (.seconds, seconds),
        ]
        var pictures: AttackResult.Pictures?
        if let output = try stolen?.apply(low, threads: evidence.threads),
            output.allSatisfy({ $0.firstIllegalPixel == nil })
        {
            let quality = try meanQuality(output, against: normal)
            scores += [
                (.psnr, quality.psnr), (.ssim, quality.ssim),
                (.success, quality.psnr > truth.psnr - stolenLoss ? 1 : 0),
            ]
            pictures = .init(
                method: method.rawValue, label: "\(evidence.mask.rawValue), \(method.rawValue)",
                images: [
                    "low_dose": low, "normal_dose": normal, "true_network": reference.images,
                    "stolen_network": output,
                ])
        } else {
            scores.append((.success, 0))
        }
        let outputs = try stolen?.outputs(low, threads: evidence.threads) ?? []
        return [AttackResult(method.rawValue, patches: patches, scores, pictures: pictures)]
            + outputs.enumerated().map { index, output in
                AttackResult(
                    method.rawValue, patches: patches, layer: reference.network.layers[index].name,
                    [(.outputPSNR, OutputScore.psnr(output, truth: reference.trace.accumulators[index]))])
            }
    }

    /// On the client's own images, whose true outputs the client has.
    private static func own(
        _ method: FilterAttack, _ stolen: StolenNetwork?, _ view: ClientView, _ seconds: Double, _ evidence: Evidence
    ) throws -> AttackResult {
        let count = view.rounds[0].sent.shape.count
        guard let stolen else {
            return AttackResult(method.rawValue, patches: count, [(.success, 0), (.seconds, seconds)])
        }
        let outputs = try stolen.apply(FeatureDecoder.images(view, 0..<count), threads: evidence.threads)
        let fidelity = try meanQuality(outputs, against: view.finalImages).psnr
        return AttackResult(method.rawValue, patches: count, [(.fidelity, fidelity), (.seconds, seconds)])
    }
}
