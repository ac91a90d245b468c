import Denoising
import Imaging
import Testing
import Numerics

@Suite("Weight rounding")
struct WeightRoundingTests {
    /// A network whose first layer brings everything, so that no activation is dead, its calibration, and smooth images.
    private func example(decoder: DecoderKind) throws -> (Network, Weights, Calibration, Tensor) {
        let network = try Network.redCNN(depth: 10, channels: 6, kernel: 3, relu: .all, decoder: decoder)
        var tensors = try network.initialWeights(seed: 4).tensors
        for (name, tensor) in tensors where name.hasSuffix("weight") {
            tensors[name] = try WeightTensor(shape: tensor.shape, values: tensor.values.map { $0 * 1.5 + 0.02 })
        }
        let weights = try Weights(tensors, for: network)
        var generator = TestGenerator(seed: 6)
        var images = Tensor.random(TensorShape(count: 6, channels: 1, height: 24, width: 24), using: &generator)
        // Neighbouring pixels are alike, as in an image: one weight can stand in for another.
        for _ in 0..<3 {
            images.values = images.values.indices.map { index in
                (images.values[index] + images.values[(index + 1) % images.values.count]
                    + images.values[(index + 24) % images.values.count]) / 3
            }
        }
        let calibration = try Calibration.measure(network, weights: weights, images: images, data: "test", threads: 1)
        return (network, weights, calibration, images)
    }

    private func error(
        _ network: Network, _ weights: Weights, _ calibration: Calibration, bits: Int, _ images: Tensor, wanted: Tensor
    ) throws -> (error: Double, integers: IntegerNetwork) {
        let integers = try IntegerNetwork(
            requantising: network, weights: weights, calibration: calibration, weightBits: bits)
        let input = try integers.input(images.hounsfieldImages())
        let output = try integers.evaluate(input).output
        let sum = wanted.values.indices.reduce(0.0) { sum, index in
            let difference = Double(output.values.narrow(index)) * integers.outputScale - Double(wanted.values[index])
            return sum + difference * difference
        }
        return (sum, integers)
    }

    /// Each way is nearer to the float network than plain rounding, on images it has not seen.
    @Test(arguments: [DecoderKind.same, .valid], [4, 6])
    func roundedNetworksAreNearer(decoder: DecoderKind, bits: Int) throws {
        let (network, weights, calibration, images) = try example(decoder: decoder)
        let (seen, fresh) = (images.images(0..<4), images.images(4..<6))
        let wanted = try network.evaluate(fresh, weights: weights, threads: 1)
        let plain = try error(network, weights, calibration, bits: bits, fresh, wanted: wanted).error
        var errors: [RoundingMethod: Double] = [:]
        for method in RoundingMethod.allCases {
            let rounding = try WeightRounding(
                network, calibration: calibration, weightBits: bits, method: method, threads: 1)
            let rounded = try rounding(weights, images: seen)
            errors[method] = try error(network, rounded, calibration, bits: bits, fresh, wanted: wanted).error
        }
        let (nearest, compensated) = try (#require(errors[.nearest]), #require(errors[.compensated]))
        #expect(
            nearest < plain && compensated < nearest, "\(plain) plain, \(nearest) nearest, \(compensated) compensated")
    }

    /// Rounded weights lie on the grid: the integer network of these bits represents them without loss.
    @Test(arguments: RoundingMethod.allCases, [DecoderKind.same, .valid])
    func roundedWeightsAreFoundAgain(method: RoundingMethod, decoder: DecoderKind) throws {
        let (network, weights, calibration, images) = try example(decoder: decoder)
        let rounding = try WeightRounding(network, calibration: calibration, weightBits: 5, method: method, threads: 1)
        let rounded = try rounding(weights, images: images)
        let integers = try IntegerNetwork(
            requantising: network, weights: rounded, calibration: calibration, weightBits: 5)
        for (layer, convolution) in zip(integers.layers, try network.canonicalConvolutions(rounded)) {
            let taps = layer.weights.count / layer.outputChannels
            for channel in 0..<layer.outputChannels {
                let range = (channel * taps)..<((channel + 1) * taps)
                let largest = try #require(range.max { layer.weights[$0].magnitude < layer.weights[$1].magnitude })
                let scale = Double(convolution.weights[largest]) / Double(layer.weights[largest])
                for index in range {
                    let steps = Double(convolution.weights[index]) / scale
                    #expect(abs(steps - Double(layer.weights[index])) < 1e-4, "\(layer.name)")
                }
            }
        }
    }

    @Test func percentilesClampWhatLiesBeyond() throws {
        let network = try Network(layers: [
            Layer(name: "a", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, relu: true),
            Layer(name: "b", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, relu: true),
        ])
        let one = try WeightTensor(shape: [1, 1, 1, 1], values: [1])
        let zero = try WeightTensor(shape: [1], values: [0])
        let weights = try Weights(["a.weight": one, "a.bias": zero, "b.weight": one, "b.bias": zero], for: network)
        // 0.001, 0.002, ..., 1: the percentile is its own number, to a 65,536th.
        let images = try Tensor(
            shape: TensorShape(channels: 1, height: 10, width: 100), values: (1...1000).map { Float($0) / 1000 })
        for (percentile, limit) in [(50.0, 0.5), (99, 0.99), (100, 1)] {
            let calibration = try Calibration.measure(
                network, weights: weights, images: images, percentile: percentile, margin: 2, data: "test", threads: 1)
            #expect(abs(calibration.activationLimits[0] / 2 - limit) <= 1.0 / 65_536)
            #expect(calibration.rule == "percentile \(percentile) x 2.0")
        }
        #expect(throws: DenoisingError.self) {
            _ = try Calibration.measure(
                network, weights: weights, images: images, percentile: 0, data: "test", threads: 1)
        }
        // Activations so small that bins over their maximum are beyond a Float.
        var tensors = weights.tensors
        tensors["a.weight"] = try WeightTensor(shape: [1, 1, 1, 1], values: [1e-37])
        let calibration = try Calibration.measure(
            network, weights: Weights(tensors, for: network), images: images, percentile: 99, margin: 2, data: "test",
            threads: 1)
        #expect((1e-37...2.1e-37).contains(calibration.activationLimits[0]))
    }
}
