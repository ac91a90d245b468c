import Denoising
import Foundation
import Testing

/// The cases of Vectors/activations.json, made by Vectors/make_activations.py.
struct PyTorchCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Values: Decodable, Sendable {
        let shape: [Int]
        let values: [Float]
    }

    let name: String
    let network: Network
    let inputShape: [Int]
    let input: [Float]
    let weights: [String: Values]
    let activations: [Values]
    let target: [Float]
    let loss: Double
    let gradients: [String: [Float]]
    let afterAdam: [String: [Float]]

    var testDescription: String { name }

    static let all: [PyTorchCase] = load()

    private struct Document: Decodable { let cases: [PyTorchCase] }

    private static func load() -> [PyTorchCase] {
        guard let url = Bundle.module.url(forResource: "activations", withExtension: "json", subdirectory: "Vectors"),
            let data = try? Data(contentsOf: url), let document = try? JSONDecoder().decode(Document.self, from: data)
        else { return [] }
        return document.cases
    }

    func weightValues() throws -> Weights {
        try Weights(
            weights.mapValues { try WeightTensor(shape: $0.shape, values: $0.values) }, for: network)
    }

    func inputTensor() throws -> Tensor { try tensor(input, inputShape) }

    func targetTensor() throws -> Tensor { try tensor(target, activations[activations.count - 1].shape) }

    private func tensor(_ values: [Float], _ shape: [Int]) throws -> Tensor {
        try Tensor(
            shape: TensorShape(count: shape[0], channels: shape[1], height: shape[2], width: shape[3]), values: values)
    }
}
