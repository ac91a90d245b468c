package import Denoising
package import Imaging
import Preparation

/// The integer networks of one weights file beside the float network: what a precision costs.
package struct PrecisionComparison {
    package struct Row: Sendable {
        package let kind: IntegerNetwork.Kind
        package let weightBits: Int
        package let activationBits: Int
        /// Mean over patches, in dB.
        package let psnr: Double
        /// Mean of integer minus float, patch by patch, in dB.
        package let difference: Double
        /// Of a pixel, in HU.
        package let largestDifference: Double
        package let accumulatorBits: Int
    }

    private let trained: TrainedNetwork
    private let lowDose: [Image]
    private let normalDose: [Image]
    private let float: [Image]
    private let floatQuality: [Double]

    /// - Parameters:
    ///   - float: whose float network the others are compared with.
    ///   - place: Names file and split.
    ///   - patches: evenly spaced over the set; 0 is all.
    /// - Throws: `PrepareError.parameter` for an empty set, or `DenoisingError`.
    package init(
        _ trained: TrainedNetwork, float other: TrainedNetwork, set: PatchSet, in place: String, patches: Int
    ) throws {
        let count = patches == 0 ? set.count : min(patches, set.count)
        guard count > 0 else {
            throw PrepareError.parameter(name: place, found: "empty", expected: "at least one patch")
        }
        let first = set.lowDose(0)
        for network in [trained.network, other.network] {
            try network.requireImagesOfOneSize(height: first.height, width: first.width)
        }
        let indices = (0..<count).map { $0 * set.count / count }
        self.trained = trained
        lowDose = indices.map(set.lowDose)
        normalDose = indices.map(set.normalDose)
        let inputs = try Tensor(lowDose, window: other.window)
        let evaluator = try NetworkEvaluator(
            other.network, weights: other.weights, inputShape: inputs.shape.with(count: 1))
        var images: [Image] = []
        for index in 0..<count {
            images += try evaluator.run(inputs.images([index])).hounsfieldImages(window: other.window)
        }
        float = images
        floatQuality = zip(images, normalDose).map { ImageQuality(of: $0, against: $1).psnr }
    }

    package var patches: Int { lowDose.count }
    package var floatPSNR: Double { floatQuality.reduce(0, +) / Double(patches) }

    /// Requantised by multipliers and by shifts where the network has a ReLU after every layer, otherwise growing.
    package var kinds: [IntegerNetwork.Kind] {
        trained.network.layers.dropLast().allSatisfy(\.relu) ? [.requantised, .powerOfTwo] : [.growingScale]
    }

    /// Every kind for every width, in that order.
    package func rows(
        weightBits: [Int], activationBits: Int, onPatch: () -> Void = {}
    ) throws -> [Row] {
        try weightBits.flatMap { bits in kinds.map { ($0, bits) } }.map { kind, bits in
            let network = try trained.integers(
                for: kind, precision: Precision(weights: bits, activations: activationBits))
            var (psnr, difference, largest) = (0.0, 0.0, Float(0))
            for index in lowDose.indices {
                let input = try network.input([lowDose[index]], window: trained.window)
                let image = network.images(try network.output(of: input), window: trained.window)[0]
                let quality = ImageQuality(of: image, against: normalDose[index]).psnr
                psnr += quality / Double(patches)
                difference += (quality - floatQuality[index]) / Double(patches)
                largest = zip(image.pixels, float[index].pixels).reduce(largest) { max($0, abs($1.0 - $1.1)) }
                onPatch()
            }
            return Row(
                kind: kind, weightBits: bits, activationBits: activationBits, psnr: psnr, difference: difference,
                largestDifference: Double(largest), accumulatorBits: network.maximumAccumulatorBits)
        }
    }
}
