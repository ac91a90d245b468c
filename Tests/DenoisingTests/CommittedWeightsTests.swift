import Denoising
import Foundation
import HDF5
import Imaging
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

    /// A network that does not beat the least-squares filter is not worth encrypting: float and integer network, six held-out
    /// patches, patch by patch.
    @Test func reluNetworkBeatsTheLinearFilter() throws {
        let url = try #require(
            Bundle.module.url(forResource: "head_patches", withExtension: "h5", subdirectory: "Vectors"))
        let file = try HDF5File(reading: url.path)
        func images(_ name: String) throws -> [Image] {
            let values = try file.read(Int16.self, from: name, rank: 3).values
            return (0..<values.count / 4096).map { index in
                Image(width: 64, height: 64, pixels: values[index * 4096..<(index + 1) * 4096].map(Float.init))
            }
        }
        let (low, normal) = (try images("low_dose"), try images("normal_dose"))
        func psnr(_ images: [Image]) -> [Double] { zip(images, normal).map { ImageQuality(of: $0, against: $1).psnr } }
        let stored = try file.read(Double.self, from: "psnr_low_dose", rank: 1).values
        for (found, expected) in zip(psnr(low), stored) { #expect(abs(found - expected) < 1e-3) }

        let trained = try TrainedNetwork(reading: try #require(CommittedWeights.all.last).path)
        let input = try Tensor(low, window: trained.window)
        let float = try NetworkEvaluator(trained.network, weights: trained.weights, inputShape: input.shape).run(input)
            .hounsfieldImages(window: trained.window)
        let network = try IntegerNetwork(
            requantising: trained.network, weights: trained.weights, calibration: trained.calibration)
        let output = try network.evaluate(network.input(low, window: trained.window)).output
        let filter = try file.read(Double.self, from: "psnr_linear_filter", rank: 1).values
        #expect(filter.count == 6)
        for quality in [psnr(float), psnr(network.images(output, window: trained.window))] {
            #expect(quality.count == filter.count)
            for (network, filter) in zip(quality, filter) { #expect(network > filter + 1) }
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
