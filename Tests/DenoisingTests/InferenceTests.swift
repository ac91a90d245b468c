import Denoising
import Testing

@Suite("Float inference against PyTorch")
struct InferenceTests {
    /// The layers that add an activation, and which: by the definition of RED-CNN, every second one of the decoder.
    @Test(arguments: [
        (3, [3: 0]), (6, [4: 2, 6: 0]), (10, [6: 4, 8: 2, 10: 0]), (14, [8: 6, 10: 4, 12: 2, 14: 0]),
    ])
    func shortcutsOfEveryDepth(depth: Int, expected: [Int: Int]) throws {
        let layers = try Network.redCNN(depth: depth, channels: 2, relu: .all, decoder: .valid).layers
        let skips = layers.enumerated().compactMap { index, layer in layer.skip.map { (index + 1, $0) } }
        #expect(Dictionary(uniqueKeysWithValues: skips) == expected)
        #expect(throws: DenoisingError.self) {
            try Network.redCNN(depth: depth + 1, channels: 2, relu: .all, decoder: .same)
        }
    }

    @Test func vectorsAreThere() {
        #expect(PyTorchCase.all.count == 6)
    }

    /// Layer by layer: each activation is compared with the exact one. A sum of n float products with unit round-off
    /// u = 2^-24 is off by at most (n + 2) u times the sum of magnitudes (Higham, section 3.1); errors of earlier
    /// layers pass through the same magnitudes. Both follow from running the network on absolute values.
    @Test(arguments: PyTorchCase.all)
    func activationsAgree(_ example: PyTorchCase) throws {
        let weights = try example.weightValues()
        let input = try example.inputTensor()
        let evaluator = try NetworkEvaluator(example.network, weights: weights, inputShape: input.shape)
        let found = try evaluator.activations(input)
        let bounds = try RoundingBound(example.network, weights: weights).bounds(input)
        #expect(found.count == example.activations.count)
        for (index, expected) in example.activations.enumerated() {
            #expect(found[index].shape.dimensions == expected.shape)
            for position in expected.values.indices {
                let difference = abs(Double(found[index].values[position]) - Double(expected.values[position]))
                #expect(
                    difference <= bounds[index][position],
                    "\(example.name): activation \(index), value \(position) is off by \(difference)")
            }
        }
    }

    @Test func repeatedRunsAndThreadCountsAreTheSameBits() throws {
        let network = try Network.redCNN(depth: 3, channels: 20, relu: .all, decoder: .same)
        let weights = try network.initialWeights(seed: 3)
        let shape = TensorShape(count: 2, channels: 1, height: 20, width: 20)
        let input = Tensor(repeating: 0.5, shape: shape)
        let evaluator = try NetworkEvaluator(network, weights: weights, inputShape: shape, threads: 2)
        let first = try evaluator.run(input)
        #expect(try evaluator.run(input) == first)
        // Each output value is one sum, made by one thread.
        #expect(try network.evaluate(input, weights: weights, threads: 1) == first)
    }

    @Test func inputsThatDoNotFitAreRefused() throws {
        let network = try Network.redCNN(depth: 10, channels: 2, relu: .all, decoder: .valid)
        let weights = try network.initialWeights(seed: 1)
        #expect(
            throws: DenoisingError.sizeMismatch(
                layer: "conv5", reason: "input of 3x48 is smaller than the kernel, expected at least 5x5")
        ) {
            _ = try network.evaluate(
                Tensor(shape: TensorShape(channels: 1, height: 19, width: 64)), weights: weights)
        }
        let evaluator = try NetworkEvaluator(
            network, weights: weights, inputShape: TensorShape(channels: 1, height: 32, width: 32))
        #expect(throws: DenoisingError.wrongShape(what: "input", found: [1, 1, 32, 31], expected: [1, 1, 32, 32])) {
            _ = try evaluator.run(Tensor(shape: TensorShape(channels: 1, height: 32, width: 31)))
        }
    }
}

/// Bounds the float error of every activation by running the network on magnitudes, in Double.
struct RoundingBound {
    let network: Network
    let convolutions: [CanonicalConvolution]

    init(_ network: Network, weights: Weights) throws {
        self.network = network
        convolutions = try network.canonicalConvolutions(weights)
    }

    func bounds(_ input: Tensor) throws -> [[Double]] {
        let unit = 0x1p-24
        var magnitudes = [input.values.map { abs(Double($0)) }]
        var errors = [input.values.map { _ in 0.0 }]
        var shape = input.shape
        for (layer, convolution) in zip(network.layers, convolutions) {
            let output = try layer.outputShape(for: shape)
            let terms = Double(layer.inputChannels * layer.kernelHeight * layer.kernelWidth + 3)
            var magnitude = convolution.naive(magnitudes[magnitudes.count - 1], shape, output, absolute: true)
            var error = convolution.naive(
                errors[errors.count - 1], shape, output, absolute: true, bias: false)
            if let skip = layer.skip {
                for index in magnitude.indices {
                    magnitude[index] += magnitudes[skip][index]
                    error[index] += errors[skip][index]
                }
            }
            for index in error.indices { error[index] = 1.01 * error[index] + terms * unit * magnitude[index] }
            magnitudes.append(magnitude)
            // The stored values are rounded to float themselves.
            errors.append(error)
            shape = output
        }
        return zip(errors, magnitudes).map { errors, magnitudes in zip(errors, magnitudes).map { $0 + unit * $1 } }
    }
}

extension CanonicalConvolution {
    /// The definition, in Double.
    func naive(
        _ input: [Double], _ shape: TensorShape, _ output: TensorShape, absolute: Bool = false,
        bias usesBias: Bool = true
    ) -> [Double] {
        var result: [Double] = []
        for image in 0..<output.count {
            for channel in 0..<output.channels {
                for row in 0..<output.height {
                    for column in 0..<output.width {
                        var sum = usesBias ? Double(bias[channel]) : 0
                        if absolute { sum = abs(sum) }
                        for source in 0..<inputChannels {
                            for y in 0..<kernelHeight {
                                for x in 0..<kernelWidth {
                                    let (sourceRow, sourceColumn) = (row + y - padding, column + x - padding)
                                    guard (0..<shape.height).contains(sourceRow),
                                        (0..<shape.width).contains(sourceColumn)
                                    else { continue }
                                    let weight = Double(
                                        weights[
                                            ((channel * inputChannels + source) * kernelHeight + y) * kernelWidth + x])
                                    let value =
                                        input[
                                            ((image * shape.channels + source) * shape.height + sourceRow) * shape.width
                                                + sourceColumn]
                                    sum += (absolute ? abs(weight) : weight) * value
                                }
                            }
                        }
                        result.append(sum)
                    }
                }
            }
        }
        return result
    }
}

extension Tensor {
    init(shape: TensorShape) { self.init(repeating: 0, shape: shape) }
}
