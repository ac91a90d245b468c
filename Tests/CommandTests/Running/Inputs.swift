import Denoising
import Foundation
import Imaging
import Numerics

/// Tiny inputs of a run: noise on 16x16 patches, networks of random weights, an experiment in every mode.
extension Program {
    static let experiment = """
        id: tiny
        title: "Does it run?"
        data:
          file: d.h5
          patches: 3
        key:
          bits: 1024
          insecure: true
        seed: 1
        threads: 1
        cases:
          - mode: linear
            weights: linear.h5
          - mode: client-aided
            weights: relu.h5
          - mode: positive-mask
            weights: relu.h5
            crop: {size: 11, count: 1}

        """

    func writeInputs(_ experiment: String = Program.experiment) throws {
        try Self.dataset().write(to: path("d.h5"))
        try Self.trained(.none).write(to: path("linear.h5"))
        try Self.trained(.all).write(to: path("relu.h5"))
        try write(experiment, to: "e.yaml")
    }

    static func dataset() -> PatchDataset {
        var generator = SeededGenerator(seed: 7)
        func set(_ count: Int) -> PatchSet {
            var set = PatchSet(width: 16, height: 16)
            for index in 0..<count {
                let normal = (0..<256).map { _ in Float(Int.random(in: -1000...1000, using: &generator)) }
                let low = normal.map { $0 + Float(Int.random(in: -30...30, using: &generator)) }
                set.append(
                    lowDose: Image(width: 16, height: 16, pixels: low),
                    normalDose: Image(width: 16, height: 16, pixels: normal),
                    slice: SliceName(patient: "p\(count)", slice: index), origin: PatchOrigin(row: 0, column: 0))
            }
            return set
        }
        let record = PatchDataset.Record(
            source: "noise", pixelSpacing: [1, 1, 1], doseFraction: 0.2, generator: "test", parameters: "{}",
            splitRule: "by patient")
        return PatchDataset(record: record, train: set(8), validation: set(1), test: set(5))
    }

    static func trained(_ relu: ReLUPlacement) throws -> TrainedNetwork {
        try trained(Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: relu, decoder: .same))
    }

    /// - Parameter weights: Random ones if nil.
    static func trained(_ network: Network, weights: Weights? = nil) throws -> TrainedNetwork {
        let limits = network.layers.dropLast().map { _ in 1.5 }
        let isCalibrated = network.layers.allSatisfy(\.relu)
        return TrainedNetwork(
            network: network, weights: try weights ?? network.initialWeights(seed: 5),
            calibration: isCalibrated
                ? try Calibration(activationLimits: limits, rule: "test", images: 1, data: "test") : nil,
            provenance: "random weights")
    }
}
