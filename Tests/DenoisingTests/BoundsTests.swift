import Denoising
import Foundation
import Testing

/// Numbers of files are bounded where they are decoded: no precondition can be reached from there.
@Suite struct BoundsTests {
    @Test(arguments: [
        [0, 1, 1, 1], [1, 1, -1, 1], [1, 1, 1 << 62, 1], [1, 1, .max, .max], [.min, 1, 1, 1], [1 << 20, 1 << 20, 1, 1],
        [1 << 20, 1 << 20, 1 << 20, 1 << 20],
    ]) func shapesAreBounded(sizes: [Int]) throws {
        let text = #"{"count":\#(sizes[0]),"channels":\#(sizes[1]),"height":\#(sizes[2]),"width":\#(sizes[3])}"#
        #expect(throws: DenoisingError.self) { try JSONDecoder().decode(TensorShape.self, from: Data(text.utf8)) }
        #expect(throws: DenoisingError.self) { try TensorShape(checking: sizes) }
    }

    @Test func shapesGoThereAndBack() throws {
        let shape = TensorShape(count: 3, channels: 96, height: 512, width: 1 << 18)
        let data = try JSONEncoder().encode(shape)
        #expect(try JSONDecoder().decode(TensorShape.self, from: data) == shape)
        #expect(throws: DenoisingError.self) { try TensorShape(checking: [1, 1, 1]) }
    }

    @Test(arguments: [
        ("inputChannels", 0), ("inputChannels", -1), ("inputChannels", .max), ("outputChannels", 1 << 62),
        ("kernelHeight", .min),
        ("kernelWidth", 1 << 31), ("padding", .min), ("padding", 1 << 40), ("outputChannels", 1 << 16),
    ]) func layersAreBounded(field: String, value: Int) throws {
        let layer = Layer(
            name: "a", kind: .dense, inputChannels: 1 << 10, outputChannels: 2, kernelHeight: 2, kernelWidth: 2)
        let encoded = try JSONEncoder().encode(layer)
        #expect(try JSONDecoder().decode(Layer.self, from: encoded) == layer)
        var fields = try #require(JSONSerialization.jsonObject(with: encoded) as? [String: Any])
        fields[field] = value
        let changed = try JSONSerialization.data(withJSONObject: fields)
        #expect(throws: DenoisingError.self) { try JSONDecoder().decode(Layer.self, from: changed) }
    }

    /// What a weights file would refuse is refused before it is trained.
    @Test(arguments: [[1, 1 << 17, 1], [1 << 13, 1 << 14, 1], [1, 1, 1 << 13]])
    func networksThatNoFileHoldsAreNotMade(sizes: [Int]) throws {
        let layer = Layer(
            name: "a", inputChannels: sizes[0], outputChannels: sizes[1], kernelHeight: sizes[2], kernelWidth: sizes[2])
        #expect(throws: DenoisingError.self) { try Network(layers: [layer]) }
        let data = try JSONEncoder().encode(layer)
        #expect(throws: DenoisingError.self) { try JSONDecoder().decode(Layer.self, from: data) }
    }

    /// A dense layer of 2^40 x 2^40, which overflowed where its weights' shape was made.
    @Test func hugeLayersAreRefused() {
        #expect(throws: DenoisingError.self) {
            try Network(layers: [
                Layer(
                    name: "a", kind: .dense, inputChannels: 1 << 40, outputChannels: 1 << 40, kernelHeight: 1 << 40,
                    kernelWidth: 1)
            ])
        }
    }

    private func weights(_ network: Network, weight: Float, bias: Float) throws -> Weights {
        var tensors: [String: WeightTensor] = [:]
        for layer in network.layers {
            for (name, shape, value) in [
                (layer.weightName, layer.weightShape, weight), (layer.biasName, layer.biasShape, bias),
            ] {
                let count = shape.reduce(1, *)
                tensors[name] = try WeightTensor(shape: shape, values: [Float](repeating: value, count: count))
            }
        }
        return try Weights(tensors, for: network)
    }

    /// Finite weights and limits whose scales are 0, infinite or no number are refused, in every kind of integer network.
    @Test(arguments: [
        (Float(1e-45), Float(3e38), 1e-300), (1e-45, 1e-45, 1e308), (3e38, 3e38, 1e-308), (3e38, 1, 1e308),
        (1e-30, 3e38, 5e-324),
        (0, 3e38, 1e-300),
    ]) func scalesOfZeroAndInfinityAreRefused(weight: Float, bias: Float, limit: Double) throws {
        let layers = (1...6).map {
            Layer(
                name: "l\($0)", inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1, relu: true,
                skip: $0 == 6 ? 0 : nil)
        }
        let network = try Network(layers: layers)
        let own = try weights(network, weight: weight, bias: bias)
        let calibration = try Calibration(
            activationLimits: [Double](repeating: limit, count: 5), rule: "test", images: 1, data: "none")
        func attempt(_ body: () throws -> IntegerNetwork) {
            do {
                _ = try body()
            } catch {
                #expect(error is DenoisingError && !"\(error)".contains("\n"))
            }
        }
        attempt { try IntegerNetwork(requantising: network, weights: own, calibration: calibration) }
        attempt { try IntegerNetwork(growing: network, weights: own) }
        attempt { try IntegerNetwork(growing: network, weights: own, weightBits: 16, inputBits: 16) }
        let linear = try Network(
            layers: layers.map { layer in
                var layer = layer
                layer.relu = false
                return layer
            })
        attempt { try IntegerNetwork(fusing: linear, weights: own, height: 12, width: 12) }
    }

    /// Valid convolutions alone: a network, but not one that gives images back.
    @Test func networksThatMakeSmallerImagesAreNoDenoisers() throws {
        let network = try Network(layers: [
            Layer(name: "a", inputChannels: 1, outputChannels: 1, kernelHeight: 3, kernelWidth: 3)
        ])
        let error = #expect(throws: DenoisingError.self) {
            try network.requireImagesOfOneSize(height: 16, width: 17)
        }
        #expect(error.map { "\($0)" } == "layer a: makes 14x15 of an image of 16x17, expected the same size")
    }
}
