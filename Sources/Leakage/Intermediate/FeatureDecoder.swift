import Denoising
import Foundation
package import Imaging
import PrivateDenoising
import Numerics

/// B0: an image from features, by a two-layer decoder that learns from pairs of both.
///
/// Its attacker is whoever sees the features and knows pairs of features and images; the client sees its own image anyway. The test
/// that the paper's authors published is another one: `ImitationTest`.
package enum FeatureDecoder {
    /// Adam at 1e-3, features compressed to one range, channels and pixels brought to mean 0 and size 1,
    /// and images for training that are not those of the test.
    /// - Returns: The decoder's images of the held-out ones.
    package static func repaired(
        _ view: ClientView, training: Range<Int>, heldOut: Range<Int>, epochs: Int, seed: UInt64, threads: Int
    ) throws -> [Image] {
        var features = try compressed(view, images: training)
        var test = try compressed(view, images: heldOut)
        let scales = features.standardisation
        features.standardise(scales)
        test.standardise(scales)
        let network = try decoder(channels: features.shape.channels)
        let settings = try TrainingSettings(
            epochs: epochs, batchSize: min(4, training.count), learningRate: 1e-3, finalLearningRate: 1e-5, seed: seed,
            augmentation: false)
        let trainer = try Trainer(network, settings: settings, threads: threads)
        var targets = view.pixels.images(training)
        let scale = targets.standardisation
        targets.standardise(scale)
        let pairs = try TrainingPairs(inputs: features, targets: targets)
        for _ in 0..<epochs { _ = try trainer.trainEpoch(pairs) }
        var decoded = try network.evaluate(test, weights: trainer.weights(), threads: threads)
        decoded.values = decoded.values.map { $0 * scale[0].size + scale[0].mean }
        return decoded.hounsfieldImages()
    }

    /// The images the client sent, in HU.
    package static func images(_ view: ClientView, _ indices: Range<Int>) -> [Image] {
        view.pixels.images(indices).hounsfieldImages()
    }

    private static func decoder(channels: Int) throws -> Network {
        func layer(_ name: String, _ input: Int, _ output: Int, relu: Bool) -> Layer {
            Layer(
                name: name, inputChannels: input, outputChannels: output, kernelHeight: 5, kernelWidth: 5, padding: 2,
                relu: relu)
        }
        return try Network(layers: [
            layer("first", channels, 16, relu: true), layer("second", 16, 1, relu: false),
        ])
    }

    /// The first layer's features, a value of any size squeezed to the order of its logarithm.
    private static func compressed(_ view: ClientView, images: Range<Int>) throws -> Tensor {
        let received = view.rounds[0].received
        guard received.shape.planeSize == view.rounds[0].sent.shape.planeSize else {
            throw LeakageError.unsuitable(
                attack: "decoder", expected: "a first layer that keeps the image's size")
        }
        let all = (0..<received.values.count).map { received.values.double($0) }
        let size = max(LayerEquations.median(all.map(abs)), 1)
        var tensor = Tensor(shape: received.shape)
        tensor.values = all.map { Float(asinh($0 / size)) }
        return tensor.images(images)
    }
}

extension Tensor {
    /// Mean and standard deviation of every channel.
    fileprivate var standardisation: [(mean: Float, size: Float)] {
        let plane = shape.planeSize
        var sums = [(mean: Double, square: Double)](repeating: (0, 0), count: shape.channels)
        for (index, value) in values.enumerated() {
            let channel = index / plane % shape.channels
            sums[channel].mean += Double(value)
            sums[channel].square += Double(value) * Double(value)
        }
        let count = Double(max(1, shape.count * plane))
        return sums.map { sum in
            let mean = sum.mean / count
            return (Float(mean), Float(max(0, sum.square / count - mean * mean).squareRoot()))
        }
    }

    /// Channels without variance become zero.
    fileprivate mutating func standardise(_ scales: [(mean: Float, size: Float)]) {
        let plane = shape.planeSize
        values = values.enumerated().map { index, value in
            let (mean, size) = scales[index / plane % scales.count]
            return size > 0 ? (value - mean) / size : 0
        }
    }
}
