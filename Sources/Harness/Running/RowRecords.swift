import Imaging
import PrivateDenoising
import Reporting

/// Makes the records of one row: what they have in common is stated once.
struct RowRecords {
    private let inputs: RunInputs
    private let method: ResultRecord.Method
    private let mode: String?
    private let weights: Artifact?
    private let trial: Int
    private var parameters: [String: ParameterValue]

    /// - Parameters:
    ///   - item: The case whose network made the row; nil where no network did.
    ///   - mode: Whether the row belongs to the case's mode, too.
    init(
        _ inputs: RunInputs, _ method: ResultRecord.Method, selection: PatchSelection, of item: PreparedCase? = nil,
        mode: Bool = false, trial: Int = 1, parameters: [String: ParameterValue] = [:]
    ) {
        self.inputs = inputs
        self.method = method
        self.mode = mode ? item?.settings.mode.rawValue : nil
        self.trial = trial
        weights = item?.weights
        self.parameters = parameters
        self.parameters[ParameterName.patchSize] = .integer(selection.size)
        self.parameters[ParameterName.noise] = .number(inputs.noise)
    }

    func record(
        _ metric: Metric, _ value: Double, patch: PatchSelection.Patch? = nil, layer: String? = nil,
        side: ResultRecord.Side? = nil
    ) -> ResultRecord {
        ResultRecord(
            experiment: inputs.experiment.id, parameters: parameters, method: method, mode: mode,
            dataset: inputs.data, weights: weights, patient: patch?.slice.patient, slice: patch?.slice.slice,
            patch: patch?.index, layer: layer, side: side, metric: metric, value: value, trial: trial)
    }

    func record(_ metric: Metric, _ value: Int) -> ResultRecord { record(metric, Double(value)) }

    /// Four metrics per patch.
    func quality(of images: [Image], _ selection: PatchSelection) -> [ResultRecord] {
        zip(images, selection.patches).flatMap { image, patch in
            let quality = ImageQuality(of: image, against: patch.normalDose)
            return [
                record(.psnr, quality.psnr, patch: patch), record(.ssim, quality.ssim, patch: patch),
                record(.rmse, quality.rmseHU, patch: patch),
                record(.psnrReference, quality.referencePSNR, patch: patch),
            ]
        }
    }

    /// How far images are from the float network's, patch by patch: the largest difference of a pixel, in HU.
    func distance(of images: [Image], from float: [Image], _ selection: PatchSelection) -> [ResultRecord] {
        selection.patches.indices.map { index in
            let largest = zip(images[index].pixels, float[index].pixels).map { abs($0 - $1) }.max() ?? 0
            return record(.largestFloatError, Double(largest), patch: selection.patches[index])
        }
    }
}
