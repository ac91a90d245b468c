import Denoising
import Foundation
import HDF5

/// A training run between two epochs, on disk.
struct TrainingCheckpoint: Equatable {
    /// What the state belongs to: SHA-256 of the configuration and of the data.
    let identity: String
    var state: TrainingState
    var best: Best
    /// Every finished epoch. Starts later in the continuation of a run whose checkpoint did not keep it.
    var curve: [TrainingRun.Epoch]
    /// Of the quantisation that is trained for; nil without one. Kept, as measuring again may give other bits.
    let calibration: Calibration?

    /// The epoch with the highest PSNR on the validation split.
    struct Best: Equatable {
        var epoch: Int
        var psnr: Double
        var parameters: [Float]
    }
}

extension TrainingCheckpoint {
    private static let curveName = "/curve"
    private static let calibrationName = "calibration"

    /// nil if there is no file.
    /// - Throws: `TrainingError.foreignCheckpoint` if it belongs to another configuration or other data; `HDF5Error`.
    init?(reading path: String, identity: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try HDF5File(reading: path)
        guard try file.attribute("identity", as: String.self) == identity else {
            throw TrainingError.foreignCheckpoint(path: path)
        }
        self.identity = identity
        state = TrainingState(
            completedEpochs: try file.attribute("completed_epochs", as: Int.self),
            step: try file.attribute("step", as: Int.self),
            parameters: try file.read(Float.self, from: "/parameters").values,
            firstMoments: try file.read(Float.self, from: "/first_moments").values,
            secondMoments: try file.read(Float.self, from: "/second_moments").values)
        best = Best(
            epoch: try file.attribute("best_epoch", as: Int.self),
            psnr: try file.attribute("best_psnr", as: Double.self),
            parameters: try file.read(Float.self, from: "/best_parameters").values)
        curve =
            file.contains(Self.curveName)
            ? LearningCurve.epochs(try file.read(Double.self, from: Self.curveName).values) : []
        calibration =
            file.hasAttribute(Self.calibrationName)
            ? try JSONDecoder().decode(
                Calibration.self, from: Data(file.attribute(Self.calibrationName, as: String.self).utf8)) : nil
    }

    /// Replaces the file in one piece.
    func write(to path: String) throws {
        try HDF5File.write(to: path) { file in
            let vectors = [
                ("/parameters", state.parameters), ("/first_moments", state.firstMoments),
                ("/second_moments", state.secondMoments), ("/best_parameters", best.parameters),
            ]
            for (name, values) in vectors { try file.write(values, shape: [values.count], to: name) }
            let curve = LearningCurve.values(curve)
            try file.write(curve, shape: [self.curve.count, LearningCurve.columns.count], to: Self.curveName)
            if let calibration {
                let text = String(decoding: try JSONEncoder().encode(calibration), as: UTF8.self)
                try file.setAttribute(Self.calibrationName, to: text)
            }
            try file.setAttribute("identity", to: identity)
            try file.setAttribute("completed_epochs", to: state.completedEpochs)
            try file.setAttribute("step", to: state.step)
            try file.setAttribute("best_epoch", to: best.epoch)
            try file.setAttribute("best_psnr", to: best.psnr)
        }
    }
}

/// What can be wrong with a training run, apart from its parts.
package enum TrainingError: Error, Equatable, CustomStringConvertible {
    case foreignCheckpoint(path: String)
    case emptySplit(path: String, split: String)
    /// The output holds weights that another configuration trained, or that were made otherwise.
    case otherWeights(path: String)

    package var description: String {
        switch self {
        case .foreignCheckpoint(let path):
            "\(path): belongs to another configuration or other data, expected this run's, or --force to start anew"
        case .otherWeights(let path):
            "\(path): holds weights that this configuration did not train; expected another 'output', or --force to replace them"
        case .emptySplit(let path, let split):
            "\(path): split '\(split)' has no patches, expected at least one"
        }
    }
}
