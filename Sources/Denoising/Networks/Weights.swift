/// A tensor as it stands in a weights file: any rank, row-major.
public struct WeightTensor: Sendable, Hashable {
    public let shape: [Int]
    public let values: [Float]

    /// - Throws: `DenoisingError.wrongShape` if the number of values is not the product of the shape.
    public init(shape: [Int], values: [Float]) throws(DenoisingError) {
        let expected = shape.reduce(Double(1)) { $0 * Double($1) }
        guard shape.allSatisfy({ $0 >= 0 }), Double(values.count) == expected else {
            throw .wrongShape(what: "tensor", found: [values.count], expected: shape)
        }
        self.shape = shape
        self.values = values
    }
}

/// Weights and biases by their names in PyTorch's `state_dict`, checked against a network.
public struct Weights: Sendable, Hashable {
    public let tensors: [String: WeightTensor]

    /// - Throws: `missingTensor`, `wrongShape`, `nonFinite` or `unexpectedTensor` for the first tensor, in the order of
    ///   the layers, that does not fit the network.
    public init(_ tensors: [String: WeightTensor], for network: Network) throws(DenoisingError) {
        var rest = tensors
        for layer in network.layers {
            for (name, shape) in [(layer.weightName, layer.weightShape), (layer.biasName, layer.biasShape)] {
                guard let tensor = rest.removeValue(forKey: name) else {
                    throw .missingTensor(name: name, expected: shape)
                }
                guard tensor.shape == shape else {
                    throw .wrongShape(what: "tensor \(name)", found: tensor.shape, expected: shape)
                }
                if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
                    throw .nonFinite(tensor: name, index: index)
                }
            }
        }
        if let extra = rest.min(by: { $0.key < $1.key }) {
            throw .unexpectedTensor(name: extra.key, shape: extra.value.shape)
        }
        self.tensors = tensors
    }

    public var parameterCount: Int { tensors.values.reduce(0) { $0 + $1.values.count } }
}
