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
