import Denoising
import Testing

@Suite("Training")
struct TrainingTests {
    static let settings = TrainingSettings.example

    /// Gradients of every tensor against PyTorch's, whose values are exact to a float. The backward pass sums at most a
    /// few thousand products of this size; 2^-24 times their number bounds the relative error of the largest gradient.
    @Test(arguments: PyTorchCase.all)
    func gradientsAgreeWithPyTorch(_ example: PyTorchCase) throws {
        let trainer = try Trainer(
            example.network, settings: Self.settings, weights: example.weightValues())
        let (loss, gradients) = try trainer.gradients(example.inputTensor(), target: example.targetTensor())
        #expect(abs(loss - example.loss) <= 1e-5 * example.loss)
        let found = try trainer.stateTensors(gradients)
        for (name, expected) in example.gradients {
            let scale = expected.reduce(0) { max($0, abs($1)) }
            let values = try #require(found[name]).values
            for index in expected.indices {
                #expect(
                    abs(values[index] - expected[index]) <= 3e-5 * scale,
                    "\(example.name): d loss / d \(name)[\(index)] is \(values[index]), expected \(expected[index])")
            }
        }
    }

    /// One Adam step moves every parameter by about the learning rate times the sign of its gradient; where the
    /// gradient is tiny compared with its own float error that ratio is arbitrary, and such parameters are left out.
    @Test(arguments: PyTorchCase.all)
    func adamStepAgreesWithPyTorch(_ example: PyTorchCase) throws {
        let trainer = try Trainer(
            example.network, settings: Self.settings, weights: example.weightValues())
        _ = try trainer.step(example.inputTensor(), target: example.targetTensor(), learningRate: 0.01)
        let found = try trainer.weights().tensors
        var compared = 0
        for (name, expected) in example.afterAdam {
            let gradient = try #require(example.gradients[name])
            let scale = gradient.reduce(0) { max($0, abs($1)) }
            let values = try #require(found[name]).values
            for index in expected.indices where gradient[index] == 0 || abs(gradient[index]) > 1e-3 * scale {
                compared += 1
                #expect(abs(values[index] - expected[index]) <= 2e-6, "\(example.name): \(name)[\(index)]")
            }
        }
        #expect(compared > 20)
    }

    /// Central differences for each layer kind. The loss is evaluated in Double by the definition, so that the step can
    /// be small: what is left is the float error of the gradient itself, and ReLUs that change sides within the step.
    @Test(arguments: [
        (Layer.Kind.convolution, 0), (.convolution, 1), (.transposedConvolution, 0), (.transposedConvolution, 1),
        (.dense, 0),
    ])
    func gradientAgreesWithFiniteDifferences(kind: Layer.Kind, padding: Int) throws {
        let network = try Network(layers: [
            Layer(
                name: "first", inputChannels: 2, outputChannels: 3, kernelHeight: 3, kernelWidth: 3, padding: 1,
                relu: true),
            Layer(
                name: "second", kind: kind, inputChannels: 3, outputChannels: 4,
                kernelHeight: kind == .dense ? 5 : 3, kernelWidth: kind == .dense ? 6 : 3, padding: padding),
            Layer(name: "third", inputChannels: 4, outputChannels: 4, kernelHeight: 1, kernelWidth: 1, skip: 2),
        ])
        let weights = try network.initialWeights(seed: 11)
        let trainer = try Trainer(network, settings: Self.settings, weights: weights)
        var generator = TestGenerator(seed: 5)
        let inputShape = TensorShape(count: 2, channels: 2, height: 5, width: 6)
        let input = Tensor.random(inputShape, using: &generator)
        let target = Tensor.random(try network.activationShapes(for: inputShape)[3], using: &generator)
        let (_, gradients) = try trainer.gradients(input, target: target)
        let convolutions = try network.canonicalConvolutions(weights)
        let step: Float = 0x1p-16
        for layer in convolutions.indices {
            for index in stride(from: 0, to: convolutions[layer].weights.count, by: 7) {
                var (up, down) = (convolutions, convolutions)
                up[layer].weights[index] += step
                down[layer].weights[index] -= step
                let width = Double(up[layer].weights[index]) - Double(down[layer].weights[index])
                let slope = try (loss(network, up, input, target) - loss(network, down, input, target)) / width
                #expect(
                    abs(slope - Double(gradients[layer].weights[index])) <= 2e-5,
                    "weight \(index) of layer \(layer + 1): \(slope) against \(gradients[layer].weights[index])")
            }
            var (up, down) = (convolutions, convolutions)
            up[layer].bias[0] += step
            down[layer].bias[0] -= step
            let width = Double(up[layer].bias[0]) - Double(down[layer].bias[0])
            let slope = try (loss(network, up, input, target) - loss(network, down, input, target)) / width
            #expect(abs(slope - Double(gradients[layer].bias[0])) <= 2e-5)
        }
    }

    /// The gradient of a transposed layer's weights is a sum of products; written out in Double. Wide layers take oneDNN's
    /// blocked layouts, which the narrow networks above do not reach.
    @Test(arguments: [(1, 32), (32, 1), (20, 33), (48, 48)])
    func wideTransposedGradientsAreSumsOfProducts(inputs: Int, outputs: Int) throws {
        let network = try Network(layers: [
            Layer(
                name: "up", kind: .transposedConvolution, inputChannels: inputs, outputChannels: outputs,
                kernelHeight: 5, kernelWidth: 5)
        ])
        let trainer = try Trainer(network, settings: Self.settings, threads: 1)
        var generator = TestGenerator(seed: 8)
        let input = Tensor.random(
            TensorShape(count: 2, channels: inputs, height: 9, width: 8), using: &generator)
        let shape = try network.activationShapes(for: input.shape)[1]
        let target = Tensor.random(shape, using: &generator)
        let output = try network.evaluate(input, weights: trainer.weights(), threads: 1)
        let slope = zip(output.values, target.values).map { 2 * Double($0 - $1) / Double(shape.elementCount) }
        let found = try trainer.stateTensors(trainer.gradients(input, target: target).gradients)
        let weights = try #require(found["up.weight"]).values
        let bias = try #require(found["up.bias"]).values
        // A relative error of 2^-24 a term, of at most 2 * 9 * 8 terms of this size.
        let tolerance = 0x1p-24 * 144 * 144 * (slope.map(abs).max() ?? 0)
        func at(_ image: Int, _ channel: Int, _ row: Int, _ column: Int, _ shape: TensorShape) -> Int {
            ((image * shape.channels + channel) * shape.height + row) * shape.width + column
        }
        for index in stride(from: 0, to: weights.count, by: 7) {
            let (tap, pair) = (index % 25, index / 25)
            let (from, to) = (pair / outputs, pair % outputs)
            var sum = 0.0
            for image in 0..<2 {
                for row in 0..<9 {
                    for column in 0..<8 {
                        sum +=
                            Double(input.values[at(image, from, row, column, input.shape)])
                            * slope[at(image, to, row + tap / 5, column + tap % 5, shape)]
                    }
                }
            }
            #expect(abs(sum - Double(weights[index])) <= tolerance, "weight \(index): \(weights[index]), not \(sum)")
        }
        for channel in 0..<outputs {
            let sum = (0..<2).reduce(0.0) { sum, image in
                let start = at(image, channel, 0, 0, shape)
                return sum + slope[start..<start + shape.planeSize].reduce(0, +)
            }
            #expect(abs(sum - Double(bias[channel])) <= tolerance)
        }
    }

    /// At the sizes that are trained, oneDNN has a generated loop for every pass of every layer.
    @Test(arguments: [(10, DecoderKind.valid), (10, .same), (3, .valid), (3, .same)], [4, 8, 12, 16, 24, 96])
    func noPassIsLeftToTheReferenceLoop(_ shape: (depth: Int, decoder: DecoderKind), channels: Int) throws {
        let (depth, decoder) = shape
        let network = try Network.redCNN(depth: depth, channels: channels, relu: .all, decoder: decoder)
        let trainer = try Trainer(network, settings: Self.settings, threads: 1)
        let passes = try trainer.implementations(for: TensorShape(count: 4, channels: 1, height: 64, width: 64))
        #expect(passes.count == depth && passes.map(\.count) == [2] + Array(repeating: 3, count: depth - 1))
        #expect(!passes.joined().contains { $0.hasPrefix("ref") || $0 == "unknown" }, "\(passes)")
    }

    @Test func multiplyAccumulatesLeavePaddingOut() throws {
        let input = TensorShape(count: 1, channels: 1, height: 64, width: 64)
        let valid = try Network.redCNN(depth: 10, channels: 96, relu: .all, decoder: .valid)
        // 96 x 96 x 25 at 56, 52, 48 and 44 squared, transposed ones from 44 to 56, and 96 x 25 at 60 squared twice.
        let squares = 2 * (56 * 56 + 52 * 52 + 48 * 48 + 44 * 44)
        #expect(try valid.multiplyAccumulates(for: input) == 96 * 96 * 25 * squares + 2 * 96 * 25 * 60 * 60)
        let dense = Layer(
            name: "fc", kind: .dense, inputChannels: 2, outputChannels: 3, kernelHeight: 4, kernelWidth: 5)
        let image = TensorShape(count: 2, channels: 2, height: 4, width: 5)
        #expect(try Network(layers: [dense]).multiplyAccumulates(for: image) == 2 * 3 * 40)
        // A 3x3 kernel in a frame of one zero: nine taps inside, six on an edge, four in a corner.
        let padded = Layer(
            name: "conv", inputChannels: 1, outputChannels: 1, kernelHeight: 3, kernelWidth: 3, padding: 1)
        let small = TensorShape(count: 1, channels: 1, height: 3, width: 4)
        #expect(try Network(layers: [padded]).multiplyAccumulates(for: small) == 2 * 9 + 6 * 6 + 4 * 4)
    }

    @Test func resumedTrainingContinuesBitForBit() throws {
        let network = try Network.redCNN(depth: 3, channels: 4, relu: .all, decoder: .same)
        var generator = TestGenerator(seed: 2)
        let shape = TensorShape(count: 10, channels: 1, height: 8, width: 8)
        let pairs = try TrainingPairs(
            inputs: .random(shape, using: &generator), targets: .random(shape, using: &generator))
        let straight = try Trainer(network, settings: Self.settings, threads: 1)
        var losses: [Double] = []
        for _ in 0..<4 { losses.append(try straight.trainEpoch(pairs)) }
        let first = try Trainer(network, settings: Self.settings, threads: 1)
        for _ in 0..<2 { _ = try first.trainEpoch(pairs) }
        let second = try Trainer(network, settings: Self.settings, threads: 1)
        try second.resume(from: first.state)
        for epoch in 2..<4 { #expect(try second.trainEpoch(pairs) == losses[epoch]) }
        #expect(second.state == straight.state)
        #expect(losses[3] < losses[0])
    }

    @Test func anotherSeedIsAnotherNetwork() throws {
        let network = try Network.redCNN(depth: 3, channels: 4, relu: .none, decoder: .valid)
        #expect(try network.initialWeights(seed: 1) == network.initialWeights(seed: 1))
        #expect(try network.initialWeights(seed: 1) != network.initialWeights(seed: 2))
    }

    private func loss(
        _ network: Network, _ convolutions: [CanonicalConvolution], _ input: Tensor, _ target: Tensor
    ) throws -> Double {
        let shapes = try network.activationShapes(for: input.shape)
        var activations = [input.values.map(Double.init)]
        for (index, layer) in network.layers.enumerated() {
            var output = convolutions[index].naive(activations[index], shapes[index], shapes[index + 1])
            if let skip = layer.skip { output = zip(output, activations[skip]).map { $0 + $1 } }
            if layer.relu { output = output.map { max($0, 0) } }
            activations.append(output)
        }
        let squares = zip(activations[activations.count - 1], target.values).map {
            ($0 - Double($1)) * ($0 - Double($1))
        }
        return squares.reduce(0, +) / Double(squares.count)
    }
}

extension TrainingSettings {
    static var example: TrainingSettings {
        do {
            return try TrainingSettings(
                epochs: 4, batchSize: 4, learningRate: 1e-2, finalLearningRate: 1e-4, seed: 9, augmentation: true)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

/// xorshift64*, seeded: the same values in every run.
struct TestGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

extension Tensor {
    static func random(_ shape: TensorShape, using generator: inout TestGenerator) -> Tensor {
        var result = Tensor(repeating: 0, shape: shape)
        result.values = result.values.map { _ in Float.random(in: 0...1, using: &generator) }
        return result
    }
}
