import Denoising
import Imaging
import Numerics
import Testing

@Suite("Fake quantisation")
struct FakeQuantisationTests {
    /// By hand: the levels are 0, 0.25, 0.5 and 0.75, and 0.875 is the first value that would be the fifth.
    @Test(
        arguments: [
            (-3, 0, 0), (-0.125, 0, 0), (0, 0, 0), (0.1, 0, 1), (0.125, 0.25, 1), (0.374, 0.25, 1), (0.375, 0.5, 1),
            (0.75, 0.75, 1), (0.874, 0.75, 1), (0.875, 0.75, 0), (5, 0.75, 0),
        ] as [(Float, Float, Float)])
    func levelsAreTakenAndGradientsPassUnlessClamped(value: Float, nearest: Float, slope: Float) {
        let levels = ActivationLevels(scale: 0.25, bits: 2)
        #expect(levels.nearest(value) == nearest)
        #expect(levels.slope(value) == slope)
    }

    /// With one multiplier and a shift of 3 a level is 8 accumulators: the same rounding, halves included.
    @Test(arguments: [2, 5, 12])
    func roundingIsTheRequantisers(bits: Int) throws {
        let requantiser = try Requantiser(multipliers: [1], shift: 3, activationBits: bits)
        let levels = ActivationLevels(scale: 1, bits: bits)
        for accumulator in -20...(1 << bits + 4) * 8 {
            let rounded = levels.nearest(Float(accumulator) / 8)
            #expect(rounded == Float(requantiser.apply(accumulator, channel: 0)))
            #expect(levels.nearest(rounded) == rounded)
        }
    }

    /// An example with limits below its largest activations, so that some are clamped.
    private func clamping(_ example: RandomNetwork, _ input: IntegerTensor, bits: Int) throws -> Calibration {
        let measured = try example.calibration(input, bits: bits)
        return try Calibration(
            activationLimits: measured.activationLimits.map { $0 * 0.6 }, rule: "below the maximum", images: 1,
            data: "test")
    }

    /// Every activation of the integer network, as a real number, is that of the rounded float network, unless floats put it on the
    /// other side of a half; then it is the next level, and few are.
    @Test(arguments: [(4, 4), (6, 10), (8, 8), (8, 12)])
    func activationsAreThoseOfTheIntegerNetwork(weightBits: Int, activationBits: Int) throws {
        var (values, others) = (0, 0)
        for example in try RandomNetwork.all(relu: .all) {
            let input = example.randomInput(bits: activationBits, seed: 41)
            let calibration = try clamping(example, input, bits: activationBits)
            let integers = try IntegerNetwork(
                requantising: example.network, weights: example.weights, calibration: calibration,
                weightBits: weightBits, activationBits: activationBits)
            let quantisation = try FakeQuantisation(
                example.network, calibration: calibration, weightBits: weightBits, activationBits: activationBits)
            let evaluator = try NetworkEvaluator(
                example.network, weights: example.weights, inputShape: input.shape, quantisation: quantisation,
                threads: 1)
            let found = try evaluator.activations(example.normalised(input, bits: activationBits))
            let expected = try integers.evaluate(input).activations
            let scales = quantisation.levels.map(\.scale) + [integers.outputScale]
            var isSame = true
            for (index, scale) in scales.enumerated() {
                let isLast = index == scales.count - 1
                let largest = found[index].values.reduce(0) { max($0, abs($1)) }
                for position in found[index].values.indices {
                    let wanted = Double(expected[index].values.narrow(position)) * scale
                    let difference = abs(Double(found[index].values[position]) - wanted)
                    values += 1
                    guard difference > 1e-5 * Double(largest) + 1e-6 else { continue }
                    others += 1
                    #expect(!isLast || !isSame, "\(example.name): the output differs, and no activation before it")
                    #expect(isLast || difference < 1.5 * scale, "\(example.name): activation \(index)")
                    isSame = false
                }
            }
        }
        #expect(values > 1000 && others * 100 < values, "\(others) of \(values)")
    }

    /// The rounded float weights are the integers times their scales, in every channel of every layer.
    @Test(arguments: [3, 6, 10])
    func roundedWeightsStandForTheIntegers(bits: Int) throws {
        for example in try RandomNetwork.all(relu: .all) {
            let calibration = try example.calibration(example.randomInput(bits: 12, seed: 42), bits: 12)
            let integers = try IntegerNetwork(
                requantising: example.network, weights: example.weights, calibration: calibration, weightBits: bits)
            let quantisation = try FakeQuantisation(
                example.network, calibration: calibration, weightBits: bits, activationBits: 12)
            let rounded = try example.network.canonicalConvolutions(quantisation.rounded(example.weights))
            let given = try example.network.canonicalConvolutions(example.weights)
            for (layer, (rounded, given)) in zip(integers.layers, zip(rounded, given)) {
                let taps = layer.weights.count / layer.outputChannels
                for channel in 0..<layer.outputChannels {
                    let range = (channel * taps)..<((channel + 1) * taps)
                    let largest = try #require(range.max { layer.weights[$0].magnitude < layer.weights[$1].magnitude })
                    let scale = Double(rounded.weights[largest]) / Double(layer.weights[largest])
                    for index in range {
                        let value = Double(rounded.weights[index])
                        #expect(abs(value - scale * Double(layer.weights[index])) <= 1e-6 * scale * 1024)
                        #expect(abs(value - Double(given.weights[index])) <= scale * 0.5001, "the nearest")
                    }
                }
            }
        }
    }

    /// Of weights 1 and a hundred times 0.4, two bits hold the one, and lose the others, or all others, and lose 0.6.
    @Test func outliersAreCutOffWhereTheyCostMore() throws {
        let network = try Network(layers: [
            Layer(name: "a", inputChannels: 101, outputChannels: 2, kernelHeight: 1, kernelWidth: 1)
        ])
        // The only layer is the last: its channels share a scale.
        let values = [1] + [Float](repeating: 0.4, count: 100) + [Float](repeating: -0.4, count: 101)
        let weights = try Weights(
            [
                "a.weight": WeightTensor(shape: [2, 101, 1, 1], values: values),
                "a.bias": WeightTensor(shape: [2], values: [3, -3]),
            ], for: network)
        let none = try Calibration(activationLimits: [], rule: "none", images: 0, data: "test")
        func clipped(bits: Int) throws -> Weights {
            try FakeQuantisation(network, calibration: none, weightBits: bits, activationBits: 8).clipped(weights)
        }
        let few = try clipped(bits: 2)
        #expect(few.tensors["a.weight"]?.values == values.map { min($0, 0.4) })
        #expect(few.tensors["a.bias"]?.values == [3, -3])
        #expect(try clipped(bits: 12) == weights, "there is room for both")
    }

    /// No channel is further from what it was, in the mean square, than if it had been rounded as it is.
    @Test(arguments: [2, 4, 6])
    func clippingNeverAddsToTheError(bits: Int) throws {
        for example in try RandomNetwork.all(relu: .all) {
            let calibration = try example.calibration(example.randomInput(bits: 24, seed: 43), bits: 24)
            let quantisation = try FakeQuantisation(
                example.network, calibration: calibration, weightBits: bits, activationBits: 24)
            func error(_ weights: Weights) throws -> Double {
                let rounded = try example.network.canonicalConvolutions(quantisation.rounded(weights))
                let given = try example.network.canonicalConvolutions(example.weights)
                return zip(rounded, given).reduce(0) { sum, pair in
                    zip(pair.0.weights, pair.1.weights).reduce(sum) {
                        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
                    }
                }
            }
            let (clipped, plain) = try (error(quantisation.clipped(example.weights)), error(example.weights))
            // The scale of a layer with a skip is moved to the skip's grid, which is fine with so many activation bits.
            #expect(clipped <= plain * 1.01, "\(example.name)")
        }
    }

    // MARK: - Gradients

    private static func pair(limit: Double) throws -> (Network, Weights, Calibration) {
        let network = try Network(layers: [
            Layer(name: "a", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, relu: true),
            Layer(name: "b", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1),
        ])
        func tensor(_ value: Float, _ shape: [Int]) throws -> WeightTensor {
            try WeightTensor(shape: shape, values: [value])
        }
        let weights = try Weights(
            [
                "a.weight": tensor(2, [1, 1, 1, 1]), "a.bias": tensor(0, [1]), "b.weight": tensor(0.5, [1, 1, 1, 1]),
                "b.bias": tensor(0, [1]),
            ], for: network)
        return (
            network, weights, try Calibration(activationLimits: [limit], rule: "by hand", images: 1, data: "test")
        )
    }

    /// `out = 0.5 q(2 x)` of four pixels, q with levels 0, 1/3, 2/3 and 1: 0, 2/3, and 4/3 and 2 clamped to 1. By hand, for the sum of
    /// the outputs: only the second pixel moves the first layer, and the second layer sees what was clamped.
    @Test func gradientsGoStraightThroughAndStopWhereClamped() throws {
        let (network, weights, calibration) = try Self.pair(limit: 1)
        let quantisation = try FakeQuantisation(network, calibration: calibration, weightBits: 8, activationBits: 2)
        let trainer = try Trainer(
            network, settings: .example, weights: weights, quantisation: quantisation, threads: 1)
        let input = try Tensor(
            shape: TensorShape(channels: 1, height: 1, width: 4), values: [0, 1.0 / 3, 2.0 / 3, 1])
        let (sum, gradients) = try trainer.gradients(input) { output in
            (output.reduce(0) { $0 + Double($1) }, output.map { _ in 1 })
        }
        #expect(abs(sum - 0.5 * (2.0 / 3 + 1 + 1)) < 1e-6)
        #expect(abs(gradients[0].weights[0] - 0.5 / 3) < 1e-6 && abs(gradients[0].bias[0] - 0.5) < 1e-6)
        #expect(abs(gradients[1].weights[0] - (2.0 / 3 + 2)) < 1e-6 && gradients[1].bias[0] == 4)
    }

    /// With so many levels that rounding activations changes nothing, gradients are those of the float network of the rounded weights,
    /// skips and padding included.
    @Test(arguments: [DecoderKind.same, .valid])
    func gradientsAreThoseOfTheRoundedWeights(decoder: DecoderKind) throws {
        let network = try Network.redCNN(depth: 10, channels: 4, kernel: 3, relu: .all, decoder: decoder)
        let tensors = try network.initialWeights(seed: 3).tensors
        let weights = try Weights(
            tensors.mapValues { try WeightTensor(shape: $0.shape, values: $0.values.map { $0 + 0.02 }) }, for: network)
        var generator = TestGenerator(seed: 7)
        let shape = TensorShape(count: 2, channels: 1, height: 14, width: 13)
        let (input, target) = (
            Tensor.random(shape, using: &generator), Tensor.random(shape, using: &generator)
        )
        let calibration = try Calibration.measure(network, weights: weights, images: input, data: "test", threads: 1)
        let quantisation = try FakeQuantisation(network, calibration: calibration, weightBits: 6, activationBits: 24)
        let trainer = try Trainer(
            network, settings: .example, weights: weights, quantisation: quantisation, threads: 1)
        let plain = try Trainer(network, settings: .example, weights: quantisation.rounded(weights), threads: 1)
        let (found, expected) = try (
            trainer.gradients(input, target: target), plain.gradients(input, target: target)
        )
        #expect(abs(found.loss - expected.loss) <= 1e-5 * expected.loss)
        for (found, expected) in zip(found.gradients, expected.gradients) {
            for (found, expected) in [(found.weights, expected.weights), (found.bias, expected.bias)] {
                let scale = expected.reduce(1e-6) { max($0, abs($1)) }
                for (one, other) in zip(found, expected) { #expect(abs(one - other) <= 1e-4 * scale) }
            }
        }
    }

    // MARK: - Training

    /// Noisy images of slopes and edges, and the images.
    private func pairs(count: Int, seed: UInt64) throws -> TrainingPairs {
        var generator = TestGenerator(seed: seed)
        let shape = TensorShape(count: count, channels: 1, height: 12, width: 12)
        var (inputs, targets) = (Tensor(repeating: 0, shape: shape), Tensor(repeating: 0, shape: shape))
        for image in 0..<count {
            let (edge, slope) = (Int.random(in: 2..<10, using: &generator), Float.random(in: 0...1, using: &generator))
            for pixel in 0..<144 {
                let value = (pixel % 12 < edge ? 0.2 : 0.6) + 0.2 * slope * Float(pixel / 12) / 12
                targets.values[image * 144 + pixel] = value
                inputs.values[image * 144 + pixel] = value + Float.random(in: -0.1...0.1, using: &generator)
            }
        }
        return try TrainingPairs(inputs: inputs, targets: targets)
    }

    private func error(
        _ network: Network, _ weights: Weights, _ calibration: Calibration, _ bits: (Int, Int), _ pairs: TrainingPairs
    ) throws -> Double {
        let integers = try IntegerNetwork(
            requantising: network, weights: weights, calibration: calibration, weightBits: bits.0,
            activationBits: bits.1)
        let largest = Float(integers.largestInput)
        let values = pairs.inputs.values.map { Int(($0 * largest + 0.5).rounded(.down)) }
        let output = try integers.output(
            of: IntegerTensor(shape: pairs.inputs.shape, values: IntegerArray(values)), threads: 1)
        let squares = pairs.targets.values.indices.map { index in
            let difference =
                Double(output.values.narrow(index)) * integers.outputScale - Double(pairs.targets.values[index])
            return difference * difference
        }
        return squares.reduce(0, +) / Double(squares.count)
    }

    /// A network trained in floats loses by rounding; a few epochs more, rounded, win most of it back - of the integer network, on
    /// images that neither has seen, with the limits of before.
    @Test(arguments: [(4, 8), (4, 5)])
    func trainingForFewBitsHelpsTheIntegerNetwork(weightBits: Int, activationBits: Int) throws {
        let network = try Network.redCNN(depth: 3, channels: 6, kernel: 3, relu: .all, decoder: .same)
        let (seen, fresh) = try (pairs(count: 24, seed: 1), pairs(count: 8, seed: 2))
        let settings = try TrainingSettings(
            epochs: 60, batchSize: 4, learningRate: 0.01, finalLearningRate: 1e-4, seed: 3)
        let float = try Trainer(network, settings: settings, threads: 1)
        for _ in 0..<settings.epochs { _ = try float.trainEpoch(seen) }
        let start = try float.weights()
        let calibration = try Calibration.measure(
            network, weights: start, images: seen.inputs, data: "test", threads: 1)
        let quantisation = try FakeQuantisation(
            network, calibration: calibration, weightBits: weightBits, activationBits: activationBits)
        let trainer = try Trainer(
            network, settings: settings, weights: quantisation.clipped(start), quantisation: quantisation, threads: 1)
        for _ in 0..<settings.epochs { _ = try trainer.trainEpoch(seen) }
        let bits = (weightBits, activationBits)
        let rounded = try error(network, start, calibration, bits, fresh)
        let trained = try error(network, trainer.weights(), calibration, bits, fresh)
        #expect(trained < 0.8 * rounded, "\(trained), and \(rounded) without training")
        // What was trained is what runs: the float forward pass and the integer network have the same error.
        let evaluator = try NetworkEvaluator(
            network, weights: trainer.weights(), inputShape: fresh.inputs.shape, quantisation: quantisation, threads: 1)
        let output = try evaluator.run(fresh.inputs).values
        let squares = zip(output, fresh.targets.values).map { Double(($0 - $1) * ($0 - $1)) }
        #expect(abs(squares.reduce(0, +) / Double(squares.count) - trained) < 1e-3 * trained)
    }

    @Test func resumedTrainingContinuesBitForBit() throws {
        let (network, weights, calibration) = try Self.pair(limit: 2.5)
        let quantisation = try FakeQuantisation(network, calibration: calibration, weightBits: 5, activationBits: 6)
        func trainer() throws -> Trainer {
            try Trainer(network, settings: .example, weights: weights, quantisation: quantisation, threads: 1)
        }
        let (straight, first, second) = try (trainer(), trainer(), trainer())
        let pairs = try pairs(count: 8, seed: 5)
        for _ in 0..<4 { _ = try straight.trainEpoch(pairs) }
        for _ in 0..<2 { _ = try first.trainEpoch(pairs) }
        try second.resume(from: first.state)
        for _ in 0..<2 { _ = try second.trainEpoch(pairs) }
        let before = try trainer().state.parameters
        #expect(second.state == straight.state && straight.state.parameters != before)
    }

    // MARK: - Refusals

    @Test func whatCannotBeQuantisedIsRefused() throws {
        let (network, _, calibration) = try Self.pair(limit: 1)
        for (weights, activations) in [(1, 8), (25, 8), (8, 1), (8, 25)] {
            #expect(throws: DenoisingError.self) {
                _ = try FakeQuantisation(
                    network, calibration: calibration, weightBits: weights, activationBits: activations)
            }
        }
        let linear = try Network.redCNN(depth: 3, channels: 2, relu: .last, decoder: .same)
        #expect(throws: DenoisingError.reluMissing(layer: "conv1")) {
            _ = try FakeQuantisation(linear, calibration: calibration, weightBits: 8, activationBits: 8)
        }
        let deep = try Network.redCNN(depth: 10, channels: 2, relu: .all, decoder: .same)
        let error = #expect(throws: DenoisingError.self) {
            _ = try FakeQuantisation(deep, calibration: calibration, weightBits: 8, activationBits: 8)
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("has 1 limits, expected 9"))
    }

    /// Diverged weights are an error, not a trap on the way to whole numbers.
    @Test(arguments: [Float.nan, .infinity])
    func divergedWeightsAreNamed(value: Float) throws {
        let (network, weights, calibration) = try Self.pair(limit: 1)
        let quantisation = try FakeQuantisation(network, calibration: calibration, weightBits: 8, activationBits: 8)
        let trainer = try Trainer(
            network, settings: .example, weights: weights, quantisation: quantisation, threads: 1)
        var state = trainer.state
        state.parameters[2] = value
        try trainer.resume(from: state)
        let image = Tensor(repeating: 0.5, shape: TensorShape(channels: 1, height: 2, width: 2))
        #expect(throws: DenoisingError.nonFinite(tensor: "b.weight", index: 0)) {
            _ = try trainer.gradients(image, target: image)
        }
    }
}
