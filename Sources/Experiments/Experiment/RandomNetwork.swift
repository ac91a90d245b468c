package import Denoising
import Foundation
import Imaging
import Numerics
import Reporting

/// A RED-CNN of seeded random weights: for measurements of cost, which weights do not change.
package struct RandomNetwork: Sendable, Hashable, Encodable {
    package var depth, channels, kernel: Int
    package var relu: ReLUPlacement
    package var decoder: DecoderKind
    package var seed: UInt64

    package static let usualKernel = 5
    /// What benchmarks measure unless told otherwise: RED-CNN's own width and depth (Chen et al. 2017).
    package static let usual = RandomNetwork(depth: 10, channels: 96, relu: .all, decoder: .valid)

    package init(
        depth: Int, channels: Int, kernel: Int = Self.usualKernel, relu: ReLUPlacement, decoder: DecoderKind,
        seed: UInt64 = 1
    ) {
        self.depth = depth
        self.channels = channels
        self.kernel = kernel
        self.relu = relu
        self.decoder = decoder
        self.seed = seed
    }

    /// Named in tables and records: `random-3x16-all-same`.
    var name: String {
        "random-\(depth)x\(channels)" + (kernel == Self.usualKernel ? "" : "-k\(kernel)")
            + "-\(relu.rawValue)-\(decoder.rawValue)" + (seed == 1 ? "" : "-s\(seed)")
    }

    /// The network with its weights, calibrated where all layers have a ReLU.
    /// - Throws: `DenoisingError` for a network that does not exist.
    package func trained() throws -> TrainedNetwork {
        let network = try Network.redCNN(
            depth: depth, channels: channels, kernel: kernel, relu: relu, decoder: decoder)
        var trained = TrainedNetwork(
            network: network, weights: try network.initialWeights(seed: seed), provenance: "random, seed \(seed)")
        guard relu == .all || relu == .allButLast else { return trained }
        // Large enough for every kernel and depth there is.
        let side = 64
        var generator = SeededGenerator(seed: 3)
        let image = try Tensor(
            shape: TensorShape(channels: 1, height: side, width: side),
            values: (0..<side * side).map { _ in Float(generator.uniform()) })
        let measured = try Calibration.measure(
            network, weights: trained.weights, images: image, data: "random image")
        // Rounded up to powers of two: float inference differs in last bits from machine to machine, and the counts must not.
        trained.calibration = try Calibration(
            activationLimits: measured.activationLimits.map { exp2(log2($0).rounded(.up)) },
            rule: measured.rule + ", rounded up to a power of two", images: 1, data: measured.data)
        return trained
    }
}
