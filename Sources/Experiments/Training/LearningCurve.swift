import Reporting
import Support

/// The epochs of a training, as rows of numbers: in the checkpoint, and as a CSV file beside the weights.
enum LearningCurve {
    static let columns = ["epoch", "loss", "validation_psnr", "validation_ssim", "validation_rmse_hu"]

    /// `Experiments/weights/3-relu.csv` beside `Experiments/weights/3-relu.h5`.
    static func path(besides weights: String) -> String {
        let name = weights.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let end = name.lastIndex(of: ".") ?? weights.endIndex
        return weights[..<end] + ".csv"
    }

    /// Row by row.
    static func values(_ curve: [TrainingRun.Epoch]) -> [Double] {
        curve.flatMap {
            [Double($0.number), $0.loss, $0.validation.psnr, $0.validation.ssim, $0.validation.rmseHU]
        }
    }

    /// What `values(_:)` gives; rows without a whole number of an epoch are left out.
    static func epochs(_ values: [Double]) -> [TrainingRun.Epoch] {
        stride(from: 0, to: values.count - columns.count + 1, by: columns.count).compactMap { row in
            guard let number = Int(exactly: values[row]) else { return nil }
            return TrainingRun.Epoch(
                number: number, loss: values[row + 1],
                validation: MeanQuality(psnr: values[row + 2], ssim: values[row + 3], rmseHU: values[row + 4]))
        }
    }

    /// A header and a line an epoch, with as many digits as give the same numbers back.
    static func write(_ curve: [TrainingRun.Epoch], to path: String) throws {
        let rows = curve.map { epoch in
            (["\(epoch.number)"] + values([epoch]).dropFirst().map { "\($0)" }).joined(separator: ",")
        }
        try AtomicFile.write(([columns.joined(separator: ",")] + rows).joined(separator: "\n") + "\n", to: path)
    }
}
