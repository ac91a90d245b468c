import Imaging
import Numerics

extension Network {
    /// First weights for training: weights and biases uniform in `±1/sqrt(fan-in)`, PyTorch's default for `Conv2d`.
    ///
    /// Deviation: the fan-in of a transposed convolution is that of its equivalent convolution, `in * k * k`; PyTorch
    /// counts `out * k * k` there. The draw is seeded, and the same on every machine.
    public func initialWeights(seed: UInt64) throws(DenoisingError) -> Weights {
        var generator = SeededGenerator(seed: seed)
        var tensors: [String: WeightTensor] = [:]
        for layer in layers {
            let fanIn = layer.inputChannels * layer.kernelHeight * layer.kernelWidth
            let limit = 1 / Float(fanIn).squareRoot()
            for (name, shape) in [(layer.weightName, layer.weightShape), (layer.biasName, layer.biasShape)] {
                let count = shape.reduce(1, *)
                let values = (0..<count).map { _ in limit * Float(2 * generator.uniform() - 1) }
                tensors[name] = try WeightTensor(shape: shape, values: values)
            }
        }
        return try Weights(tensors, for: self)
    }
}
