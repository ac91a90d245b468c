import Denoising
import Foundation
import Numerics
import Testing

@Suite("Power-of-two networks")
struct PowerOfTwoTests {
    private static func trained(_ name: String) throws -> TrainedNetwork {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Experiments/weights")
        return try TrainedNetwork(reading: folder.appendingPathComponent(name).standardizedFileURL.path)
    }

    /// Found before this code by a simulation in numpy of the same network (floor(log2), sign-split bounds).
    @Test func shiftsAndWidthsOfTheTenLayerNetworkAreThoseOfTheSimulation() throws {
        let trained = try Self.trained("10-relu.h5")
        let network = try IntegerNetwork(
            shifting: trained.network, weights: trained.weights, calibration: trained.calibration)
        #expect(network.layers.map(\.shift) == [11, 10, 11, 12, 12, 13, 12, 14, 9, 0])
        #expect(network.layers.dropLast().allSatisfy { (26...30).contains($0.shareBits) })
        #expect(network.shareBits == 30)
        let requantised = try IntegerNetwork(
            requantising: trained.network, weights: trained.weights, calibration: trained.calibration)
        #expect(network.layers.last == requantised.layers.last, "the last layer is not rounded in either")
        #expect((60...63).contains(requantised.shareBits), "with general multipliers the product has to fit")
    }

    /// One weight of 511 or -511, three activation bits, a shift of 3: Y reaches 7 * 511 + bias + 4, or falls to -7 * 511 + bias + 4,
    /// and must stay within -2^(L-1) + 2^6 and 2^(L-1) - 1. One unit more takes a bit more; without the rounding constant these
    /// would fit.
    @Test(arguments: [(1, 514, 13), (1, 515, 14), (-1, -459, 13), (-1, -460, 14)])
    func shareBitsAreSharp(sign: Int, bias: Int, bits: Int) throws {
        let network = try Network(layers: [
            Layer(name: "conv1", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, relu: true),
            Layer(name: "conv2", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, relu: true),
        ])
        // Scales 1/7 before and after, so that an accumulator stands for 1/56.
        let weights = try Weights(
            [
                "conv1.weight": WeightTensor(shape: [1, 1, 1, 1], values: [Float(sign * 511) / 8]),
                "conv1.bias": WeightTensor(shape: [1], values: [Float(bias) / 56]),
                "conv2.weight": WeightTensor(shape: [1, 1, 1, 1], values: [1]),
                "conv2.bias": WeightTensor(shape: [1], values: [0]),
            ], for: network)
        let calibration = try Calibration(activationLimits: [1], rule: "test", images: 1, data: "test")
        let layer = try IntegerNetwork(
            shifting: network, weights: weights, calibration: calibration, weightBits: 10, activationBits: 3
        ).layers[0]
        try #require(layer.weights == [Int32(sign * 511)] && layer.bias == [BigInteger(bias)] && layer.shift == 3)
        #expect(layer.shareBits == bits)
    }

    /// An input of zeros and largest values, chosen by the signs of a filter, attains the end of the range.
    @Test func accumulatorRangesAreAttained() throws {
        let network = try Network.redCNN(depth: 3, channels: 3, relu: .all, decoder: .same)
        let calibration = try Calibration(activationLimits: [1, 1], rule: "test", images: 1, data: "test")
        let layer = try IntegerNetwork(
            shifting: network, weights: network.initialWeights(seed: 3), calibration: calibration
        ).layers[1]
        let taps = layer.inputChannels * layer.kernelHeight * layer.kernelWidth
        let shape = TensorShape(channels: 3, height: layer.kernelHeight, width: layer.kernelWidth)
        let centre = layer.kernelHeight * layer.kernelWidth / 2
        for channel in 0..<3 {
            let filter = layer.weights[(channel * taps)..<((channel + 1) * taps)]
            for (sign, expected) in [
                (1, layer.accumulatorRanges[channel].upperBound), (-1, layer.accumulatorRanges[channel].lowerBound),
            ] {
                let values = filter.map { Int($0).signum() == sign ? 4095 : 0 }
                let sums = try layer.accumulate(IntegerTensor(shape: shape, values: IntegerArray(values)))
                #expect(sums.values[channel * shape.planeSize + centre] == expected)
            }
        }
    }

    @Test func aLayerThatWouldShiftToTheLeftIsNamed() throws {
        let network = try Network.redCNN(depth: 3, channels: 2, relu: .all, decoder: .same)
        let weights = try network.initialWeights(seed: 1)
        let largest = weights.tensors["conv2.weight"]?.values.reduce(0) { max($0, abs($1)) } ?? 0
        // 511 steps of the output at the largest weight is a shift of 0, a hair more is one of -1.
        for (limit, fits) in [(1.001, true), (0.999, false)] {
            let calibration = try Calibration(
                activationLimits: [1, Double(largest) / 511 * limit], rule: "test", images: 1, data: "test")
            let make = {
                try IntegerNetwork(shifting: network, weights: weights, calibration: calibration, weightBits: 10)
            }
            if fits {
                #expect(try make().layers[1].shift == 0)
            } else {
                #expect(throws: DenoisingError.negativeShift(layer: "conv2", shift: -1, weightBits: 10)) {
                    _ = try make()
                }
            }
        }
    }

    @Test func whatARequantisedNetworkRefusesIsRefused() throws {
        let last = try Network.redCNN(depth: 3, channels: 2, relu: .last, decoder: .same)
        let all = try Network.redCNN(depth: 3, channels: 2, relu: .all, decoder: .same)
        let weights = try all.initialWeights(seed: 1)
        let calibration = try Calibration(activationLimits: [1, 1], rule: "test", images: 1, data: "test")
        #expect(throws: DenoisingError.reluMissing(layer: "conv1")) {
            _ = try IntegerNetwork(shifting: last, weights: weights, calibration: calibration)
        }
        #expect(throws: DenoisingError.missingCalibration(expected: "the limits of 2 activations")) {
            _ = try IntegerNetwork(shifting: all, weights: weights, calibration: nil)
        }
        #expect(throws: DenoisingError.invalidPrecision(what: "weight bits", found: 25, expected: 2...24)) {
            _ = try IntegerNetwork(shifting: all, weights: weights, calibration: calibration, weightBits: 25)
        }
    }
}
