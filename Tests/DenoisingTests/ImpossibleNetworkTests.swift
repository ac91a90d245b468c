import Denoising
import Foundation
import Numerics
import Testing

/// Networks, weights and calibrations whose numbers cannot be: refused with a line, never a trap.
@Suite struct ImpossibleNetworkTests {
    private static func layers(_ sizes: [Int], kind: Layer.Kind = .convolution, padding: Int = 0) -> [Layer] {
        [
            Layer(
                name: "a", kind: kind, inputChannels: sizes[0], outputChannels: sizes[1], kernelHeight: sizes[2],
                kernelWidth: sizes[3], padding: padding)
        ]
    }

    @Test(arguments: [
        [1 << 40, 1 << 40, 1, 1], [1, 1 << 62, 1, 1], [0, 1, 1, 1], [-1, 1, 1, 1], [1, 1, Int.max, Int.max],
        [1, 1, 1 << 20, 1 << 20],
        [Int.min, 1, 1, 1],
    ])
    func sizesBeyondMemoryAreRefused(sizes: [Int]) throws {
        for kind in [Layer.Kind.convolution, .dense, .transposedConvolution] {
            #expect(throws: DenoisingError.self) { try Network(layers: Self.layers(sizes, kind: kind)) }
        }
    }

    @Test func paddingsAndSkipsOfAnySizeAreRefused() throws {
        for padding in [Int.min, -1, 3, Int.max] {
            #expect(throws: DenoisingError.self) { try Network(layers: Self.layers([1, 1, 3, 3], padding: padding)) }
        }
        for skip in [Int.min, -1, 1, Int.max] {
            var layer = Self.layers([1, 1, 1, 1])
            layer[0].skip = skip
            #expect(throws: DenoisingError.self) { try Network(layers: layer) }
        }
        #expect(throws: DenoisingError.self) { try WeightTensor(shape: [1 << 40, 1 << 40], values: [1]) }
        #expect(throws: DenoisingError.self) { try WeightTensor(shape: [-1, -1], values: [1]) }
    }

    /// Weights, biases and limits at the ends of their types: every integer network is made or refused.
    @Test(arguments: ReLUPlacement.allCases) func scalesOfAnyMagnitudeAreRefusedOrFit(relu: ReLUPlacement) throws {
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: relu, decoder: .same)
        let good = try network.initialWeights(seed: 1)
        let extremes: [Float] = [
            0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-30, 1e30, .greatestFiniteMagnitude,
        ]
        let limits = [Double.leastNonzeroMagnitude, 1e-300, 1e-30, 1, 1e30, 1e300, .greatestFiniteMagnitude]
        var generator = SeededGenerator(seed: 1504)
        var (made, refused) = (0, 0)
        func attempt(_ body: () throws -> IntegerNetwork) {
            do {
                _ = try body()
                made += 1
            } catch { refused += 1 }
        }
        for _ in 0..<300 {
            var tensors = good.tensors
            for name in tensors.keys.sorted() where Bool.random(using: &generator) {
                guard let tensor = tensors[name], let factor = extremes.randomElement(using: &generator) else {
                    continue
                }
                tensors[name] = try WeightTensor(
                    shape: tensor.shape,
                    values: tensor.values.map { value in
                        let scaled = value * factor
                        return scaled.isFinite ? scaled : .greatestFiniteMagnitude
                    })
            }
            let weights = try Weights(tensors, for: network)
            let calibration = try Calibration(
                activationLimits: (0..<2).map { _ in limits.randomElement(using: &generator) ?? 1 }, rule: "any",
                images: 0, data: "none")
            attempt { try IntegerNetwork(requantising: network, weights: weights, calibration: calibration) }
            attempt { try IntegerNetwork(shifting: network, weights: weights, calibration: calibration) }
            attempt { try IntegerNetwork(growing: network, weights: weights) }
            attempt { try IntegerNetwork(fusing: network, weights: weights, height: 6, width: 6) }
        }
        #expect(made > 0 && refused > 0, "\(made) made, \(refused) refused")
    }

    /// A layer of zeros between activations far apart has a scale of zero, in which zero is not a number.
    @Test func layersOfZerosBetweenActivationsFarApartAreRefused() throws {
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .all, decoder: .same)
        var tensors = try network.initialWeights(seed: 1).tensors
        tensors["conv2.weight"] = try WeightTensor(shape: [2, 2, 3, 3], values: [Float](repeating: 0, count: 36))
        let weights = try Weights(tensors, for: network)
        let calibration = try Calibration(activationLimits: [1e300, 1e-30], rule: "any", images: 0, data: "none")
        #expect(
            throws: DenoisingError.valueOutOfRange(
                what: "layer conv2: scale",
                expected: "a positive number: weights and calibration of usual magnitudes")
        ) { try IntegerNetwork(shifting: network, weights: weights, calibration: calibration) }
    }

    @Test func imagesOfAnotherSizeAreRefusedBeforeWork() throws {
        let shrinking = try Network(layers: Self.layers([1, 1, 3, 3]))
        let error = try #require(
            #expect(throws: DenoisingError.self) { try shrinking.requireImagesOfOneSize(height: 40, width: 46) })
        #expect("\(error)" == "layer a: makes 38x44 of an image of 40x46, expected the same size")
        #expect(throws: DenoisingError.self) {
            try Network(layers: Self.layers([1, 2, 1, 1])).requireImagesOfOneSize(height: 4, width: 4)
        }
        try Network(layers: Self.layers([1, 1, 3, 3], padding: 1)).requireImagesOfOneSize(height: 4, width: 4)
    }
}
