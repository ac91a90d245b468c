import Denoising
package import Imaging
import Numerics
import PrivateDenoising

/// P: the test of security that the paper's authors published (`verify_security.py` of their code): can a client that has the features
/// before the network's last two layers, its own image and the output imitate those two layers?
///
/// The decoder has the shape of what it imitates: two padded 5x5 convolutions, C -> C -> 1, a ReLU before each; then the image is added,
/// and a last ReLU. It learns the network's output. `masked` multiplies both inputs by fresh standard normal numbers at every step. No
/// ciphertext is involved.
///
/// Deviations: values are normalised by our window of 4096 HU, not theirs of 3072; features are the client's fixed-point ones; the
/// features' ReLU is the decoder's first, as in the published class (whether its caller had applied one already is not published).
package struct ImitationTest {
    /// How the decoder is trained.
    package enum Training: String, CaseIterable, Sendable {
        /// As published: one image for training and test, Adam at 1e-6, gradients never cleared, so that they add up.
        case published
        case publishedMasked = "published-masked"
        /// Gradients cleared, features of size 1, batches of up to 4, images for the test that it has not learned from; the last
        /// convolution starts at zero, so that the decoder starts as the image, and Adam's steps, which move every weight alike, fall with
        /// the number of weights that a value sums: else the first of them kill the last ReLU.
        case repaired
        case repairedMasked = "repaired-masked"

        package var isMasked: Bool { self == .publishedMasked || self == .repairedMasked }
        package var isPublished: Bool { self == .published || self == .publishedMasked }
    }

    /// Before their ReLU, in units of normalised pixels where the unit is known.
    private let features: Tensor
    private let images: Tensor
    private let outputs: Tensor

    /// - Parameter unit: real value of the layer's largest activation, its calibrated limit; the client does not know it.
    /// - Throws: `LeakageError.unsuitable` unless the run shows all layers, there are three or more, and the last adds the image before
    ///   its ReLU.
    package init(_ view: ClientView, unit: Double) throws {
        let rounds = view.rounds
        guard rounds.count == view.agreement.layers.count, rounds.count >= 3,
            let last = rounds[rounds.count - 1].layers.last, last.skip == 0, last.relu,
            case .requantise(let requantiser) = view.agreement.layers[rounds.count - 3].activation
        else {
            throw LeakageError.unsuitable(
                attack: "imitation",
                expected: "a whole run of client-aided, whose network adds the image before a last ReLU")
        }
        let received = rounds[rounds.count - 3].received
        let plane = received.shape.planeSize
        guard plane == rounds[0].sent.shape.planeSize else {
            throw LeakageError.unsuitable(
                attack: "imitation", expected: "layers that keep the image's size (decoder: same)")
        }
        let step = unit / Double(requantiser.largest) / Double(sign: .plus, exponent: requantiser.shift, significand: 1)
        let scales = requantiser.multipliers.map { Double($0) * step }
        var features = Tensor(received)
        features.values = (0..<features.values.count).map {
            Float(received.values.double($0) * scales[$0 / plane % scales.count])
        }
        self.features = features
        (images, outputs) = (view.pixels, view.outputs)
    }

    package var count: Int { images.shape.count }

    /// Images and outputs of the network, in HU.
    package func pairs(_ indices: Range<Int>, window: HounsfieldWindow) -> (images: [Image], outputs: [Image]) {
        (
            images.images(indices).hounsfieldImages(window: window),
            outputs.images(indices).hounsfieldImages(window: window)
        )
    }

    /// Images that a training uses, and those it is tested on.
    /// - Precondition: four images or more for the repaired ones.
    package func split(_ training: Training) -> (training: Range<Int>, test: Range<Int>) {
        training.isPublished ? (0..<1, 0..<1) : (0..<count * 3 / 4, count * 3 / 4..<count)
    }

    /// - Returns: What the decoder makes of the test's images after `steps` of training, in HU.
    package func decoded(
        _ training: Training, steps: Int, seed: UInt64, window: HounsfieldWindow, threads: Int
    ) throws -> [Image] {
        let (known, test) = split(training)
        var decoder = try Decoder(
            channels: features.shape.channels, training, steps: steps, seed: seed, threads: threads)
        let scale = training.isPublished ? 1 : 1 / max(features.images(known).rootMeanSquare, .leastNormalMagnitude)
        func inputs(_ indices: some Collection<Int>) -> Inputs {
            var features = features.images(indices)
            features.values = features.values.map { $0 * scale }
            return Inputs(features: features, images: images.images(indices))
        }
        for step in 0..<steps {
            if training.isPublished {
                try decoder.addUp(inputs(known), target: outputs.images(known))
            } else {
                let batch = decoder.batch(of: known, step: step)
                try decoder.learn(inputs(batch), target: outputs.images(batch), step: step)
            }
        }
        return try decoder.decode(inputs(test)).hounsfieldImages(window: window)
    }
}

/// What the decoder is given.
private struct Inputs {
    /// Before their ReLU.
    var features: Tensor
    /// Normalised pixels.
    var images: Tensor

    /// Every value times a standard normal number.
    mutating func mask(using generator: inout SeededGenerator) {
        features.values = features.values.map { $0 * Float(generator.normal()) }
        images.values = images.values.map { $0 * Float(generator.normal()) }
    }
}

/// The two convolutions and their training.
private struct Decoder {
    private let network: Network
    private let trainer: Trainer
    private let isMasked: Bool
    private let steps: Int
    /// Of the repaired training, first and last.
    private let rates: (first: Double, last: Double)
    private let threads: Int
    private var generator: SeededGenerator
    /// Of the published training: parameters, gradients so far, and Adam over both.
    private var parameters: [Float]
    private var sums: [Float]
    private var adam: Adam

    static let publishedRate = 1e-6
    /// What one step of Adam may change a value by, about, in normalised pixels.
    static let firstChange = 0.05
    static let batchSize = 4

    init(channels: Int, _ training: ImitationTest.Training, steps: Int, seed: UInt64, threads: Int) throws {
        func layer(_ name: String, _ output: Int, relu: Bool) -> Layer {
            Layer(
                name: name, inputChannels: channels, outputChannels: output, kernelHeight: 5, kernelWidth: 5,
                padding: 2, relu: relu)
        }
        network = try Network(layers: [layer("conv1", channels, relu: true), layer("conv2", 1, relu: false)])
        let taps = 25 * channels
        rates = (Self.firstChange / Double(taps), Self.firstChange / Double(taps) / 100)
        let settings = try TrainingSettings(
            epochs: 1, batchSize: 1, learningRate: rates.first, finalLearningRate: rates.last, seed: seed,
            augmentation: false)
        trainer = try Trainer(network, settings: settings, threads: threads)
        (isMasked, self.steps, self.threads) = (training.isMasked, steps, threads)
        generator = SeededGenerator(seed: seed, stream: 11)
        var state = trainer.state
        if !training.isPublished {
            // Of the last convolution: its weights and a bias.
            state.parameters.replaceSubrange(
                (state.parameters.count - taps - 1)..., with: repeatElement(0, count: taps + 1))
            try trainer.resume(from: state)
        }
        parameters = state.parameters
        sums = [Float](repeating: 0, count: parameters.count)
        adam = Adam(parameterCount: parameters.count)
    }

    /// Images of a step, drawn with their order from what is known.
    mutating func batch(of known: Range<Int>, step: Int) -> [Int] {
        (0..<min(Self.batchSize, known.count)).map { _ in
            known.lowerBound + Int(generator.uniform() * Double(known.count))
        }
    }

    /// A step with gradients that are never cleared.
    mutating func addUp(_ inputs: Inputs, target: Tensor) throws {
        let gradients = try gradients(inputs, target: target)
        var index = 0
        for values in gradients.flatMap({ [$0.weights, $0.bias] }) {
            for value in values {
                sums[index] += value
                index += 1
            }
        }
        adam.update(&parameters, gradient: sums, learningRate: Self.publishedRate)
        var state = trainer.state
        state.parameters = parameters
        try trainer.resume(from: state)
    }

    /// A step as one would make it; the rate falls evenly.
    mutating func learn(_ inputs: Inputs, target: Tensor, step: Int) throws {
        let rate = rates.first + (rates.last - rates.first) * Double(step) / Double(steps)
        trainer.update(try gradients(inputs, target: target), learningRate: rate)
    }

    /// Of the mean squared error of `max(0, convolutions(max(0, features)) + images)`.
    private mutating func gradients(
        _ inputs: Inputs, target: Tensor
    ) throws -> [(weights: [Float], bias: [Float])] {
        var inputs = inputs
        if isMasked { inputs.mask(using: &generator) }
        return try trainer.gradients(inputs.features.rectified) { output in
            var loss = 0.0
            var slope = [Float](repeating: 0, count: output.count)
            for index in output.indices {
                let sum = output[index] + inputs.images.values[index]
                let difference = max(0, sum) - target.values[index]
                loss += Double(difference) * Double(difference)
                if sum > 0 { slope[index] = 2 * difference / Float(output.count) }
            }
            return (loss / Double(output.count), slope)
        }.gradients
    }

    /// Normalised images.
    mutating func decode(_ inputs: Inputs) throws -> Tensor {
        var inputs = inputs
        if isMasked { inputs.mask(using: &generator) }
        var output = try network.evaluate(
            inputs.features.rectified, weights: trainer.weights(), threads: threads)
        output.values = zip(output.values, inputs.images.values).map { max(0, $0 + $1) }
        return output
    }
}

extension Tensor {
    fileprivate var rectified: Tensor {
        var result = self
        result.values = values.map { max(0, $0) }
        return result
    }

    fileprivate var rootMeanSquare: Float {
        Float((values.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(1, values.count))).squareRoot())
    }
}
