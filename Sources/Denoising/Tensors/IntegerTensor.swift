public import Numerics

/// Exact integer values of a batch of images, NCHW.
public struct IntegerTensor: Sendable, Hashable {
    public let shape: TensorShape
    /// As many as the shape has. Without an observer that would check it: with one, changing a single value copies all.
    public var values: IntegerArray

    /// - Precondition: as many values as the shape has.
    public init(shape: TensorShape, values: IntegerArray) {
        precondition(values.count == shape.elementCount, "\(values.count) values for a tensor of \(shape)")
        self.shape = shape
        self.values = values
    }

    /// Zeros of the given number of 64-bit words each.
    public init(shape: TensorShape, limbs: Int) {
        self.init(shape: shape, values: IntegerArray(count: shape.elementCount, limbs: limbs))
    }

    /// The channel of the value at a flat index.
    func channel(of index: Int) -> Int { index / shape.planeSize % shape.channels }
}
