import Denoising
import Foundation
import Testing

/// The weights in Experiments/weights against Vectors/weights_activations.json, made by PyTorch from the same files.
struct CommittedWeights: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let digest: String
    let inputShape: [Int]
    let input: [Float]
    let activations: [PyTorchCase.Values]

    var testDescription: String { file }

    var path: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Experiments/weights/\(file)").standardizedFileURL.path
    }

    static let all: [CommittedWeights] = load()

    private struct Document: Decodable { let cases: [CommittedWeights] }

    private static func load() -> [CommittedWeights] {
        guard
            let url = Bundle.module.url(
                forResource: "weights_activations", withExtension: "json", subdirectory: "Vectors"),
            let data = try? Data(contentsOf: url), let document = try? JSONDecoder().decode(Document.self, from: data)
        else { return [] }
        return document.cases
    }
}

@Suite("Committed weights")
struct CommittedWeightsTests {
    @Test func bothAreThere() {
        #expect(CommittedWeights.all.map(\.file) == ["3-linear.h5", "3-relu.h5"])
    }

    @Test(arguments: CommittedWeights.all)
    func activationsAgreeWithPyTorch(_ example: CommittedWeights) throws {
        let trained = try TrainedNetwork(reading: example.path)
        #expect(try trained.contentDigest() == example.digest, "run Vectors/make_weights_activations.py again")
        let shape = TensorShape(
            count: example.inputShape[0], channels: example.inputShape[1], height: example.inputShape[2],
            width: example.inputShape[3])
        let input = try Tensor(shape: shape, values: example.input)
        let found = try NetworkEvaluator(trained.network, weights: trained.weights, inputShape: shape).activations(
            input)
        let bounds = try RoundingBound(trained.network, weights: trained.weights).bounds(input)
        #expect(found.count == example.activations.count)
        for (index, expected) in example.activations.enumerated() {
            #expect(found[index].shape.dimensions == expected.shape)
            for (position, value) in expected.values.enumerated() {
                let difference = abs(Double(found[index].values[position]) - Double(value))
                #expect(difference <= bounds[index][position], "activation \(index), value \(position)")
            }
        }
    }

    /// The default precision fits one 64-bit word, and the growing network of three layers two.
    @Test func widthsAreAsTheModesNeedThem() throws {
        for example in CommittedWeights.all {
            let trained = try TrainedNetwork(reading: example.path)
            let growing = try IntegerNetwork(growing: trained.network, weights: trained.weights)
            #expect(growing.maximumAccumulatorBits <= 80)
            guard trained.network.layers.allSatisfy(\.relu) else {
                #expect(trained.calibration == nil)
                continue
            }
            let requantised = try IntegerNetwork(
                requantising: trained.network, weights: trained.weights, calibration: trained.calibration)
            #expect(requantised.maximumAccumulatorBits <= 34)
        }
    }
}
