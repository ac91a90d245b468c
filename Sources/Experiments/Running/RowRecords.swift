import Numerics
import Denoising
import Foundation
import Imaging
import PrivateDenoising
import Reporting
import Support

/// Makes the records of one row: what they have in common is stated once.
struct RowRecords {
    private let point: RunPoint
    private let method: ResultRecord.Method
    private let mode: String?
    private let weights: Artifact?
    private let trial: Int
    private var parameters: [String: ParameterValue]

    /// - Parameters:
    ///   - cell: The cell the row is part of; its swept settings become parameters.
    ///   - network: Whether the row is one of the case's network; otherwise no network made it.
    ///   - mode: Whether the row belongs to the case's mode, too.
    init(
        _ cell: Cell, _ method: ResultRecord.Method, network: Bool = true, mode: Bool = false,
        parameters: [String: ParameterValue] = [:]
    ) {
        let item: PreparedCase
        switch cell {
        case .baselines(let own, let lent), .float(let own, let lent): (point, item, trial) = (own, lent, 1)
        case .run(let own, let its, let number): (point, item, trial) = (own, its, number)
        case .attack: preconditionFailure("attacks make records of their own")
        }
        self.method = method
        self.mode = mode ? item.settings.mode.rawValue : nil
        weights = network ? item.weights : nil
        var all: [String: ParameterValue] = [ParameterName.patchSize: .integer(item.selection.size)]
        if let noise = point.noise { all[ParameterName.noise] = .number(noise) }
        if let photons = point.experiment.data.photons { all[ParameterName.photons] = .integer(photons) }
        if network, case .random(let random) = item.source.network {
            all[ParameterName.depth] = .integer(random.depth)
            all[ParameterName.channels] = .integer(random.channels)
            all[ParameterName.relu] = .text(random.relu.rawValue)
            all[ParameterName.decoder] = .text(random.decoder.rawValue)
        }
        for setting in cell.settings { all[setting.parameter] = setting.value }
        self.parameters = all.merging(parameters) { $1 }
    }

    func record(
        _ metric: Metric, _ value: Double, patch: PatchSelection.Patch? = nil, layer: String? = nil,
        side: ResultRecord.Side? = nil
    ) -> ResultRecord {
        ResultRecord(
            experiment: point.experiment.id, parameters: parameters, method: method, mode: mode,
            dataset: point.data, weights: weights, patient: patch?.slice.patient, slice: patch?.slice.slice,
            patch: patch?.index, layer: layer, side: side, metric: metric, value: value, trial: trial)
    }

    func record(_ metric: Metric, _ value: Int) -> ResultRecord { record(metric, Double(value)) }

    /// Five metrics per patch, and those of the field as far as they have a value.
    func quality(of images: [Image], _ selection: PatchSelection) -> [ResultRecord] {
        zip(images, selection.patches).flatMap { image, patch in
            let (image, label) = (patch.extent.cut(image), patch.extent.cut(patch.normalDose))
            let quality = ImageQuality(of: image, against: label)
            let whole: [(Metric, Double?)] = [
                (.psnr, quality.psnr), (.ssim, quality.ssim), (.rmse, quality.rmseHU),
                (.psnrReference, quality.referencePSNR), (.ssimReference, quality.referenceSSIM),
            ]
            // A window may hide every difference of a patch, and whoever insists has patches equal in both doses: there is no finite
            // value then, and no record.
            return (whole + fieldQuality(of: image, against: label)).compactMap { metric, value in
                value.flatMap { $0.isFinite ? record(metric, $0, patch: patch) : nil }
            }
        }
    }

    private func fieldQuality(of image: Image, against label: Image) -> [(Metric, Double?)] {
        let quality = FieldQuality(of: image, against: label)
        let windows: [(ClinicalWindow, Metric, Metric)] = [
            (.chest, .psnrChest, .ssimChest), (.abdomen, .psnrAbdomen, .ssimAbdomen), (.neuro, .psnrNeuro, .ssimNeuro),
        ]
        let windowed: [(Metric, Double?)] = windows.flatMap { window, psnr, ssim in
            [(psnr, quality.windowed[window]?.psnr), (ssim, quality.windowed[window]?.ssim)]
        }
        return windowed + [
            (.vif, quality.vif),
            (.noiseFrequency, NoisePowerSpectrum(of: image, against: label)?.meanFrequency),
        ]
    }

    /// How far images are from the float network's, patch by patch: the largest difference of a pixel, in HU.
    func distance(of images: [Image], from float: [Image], _ selection: PatchSelection) -> [ResultRecord] {
        selection.patches.indices.map { index in
            let largest = zip(images[index].pixels, float[index].pixels).map { abs($0 - $1) }.max() ?? 0
            return record(.largestFloatError, Double(largest), patch: selection.patches[index])
        }
    }

    /// What tells one integer output from another, exact in a record: 48 bits of a SHA-256 over its words.
    func checksum(of output: IntegerTensor) -> ResultRecord {
        var digest = Digest()
        for word in output.values.words {
            digest.update(word)
        }
        return record(.outputChecksum, digest.bytes.prefix(6).reduce(0) { $0 << 8 | Int($1) })
    }
}
