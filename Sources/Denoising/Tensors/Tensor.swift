/// Float values of a batch of images, NCHW.
public struct Tensor: Sendable, Equatable {
    public let shape: TensorShape
    public var values: [Float] {
        didSet { precondition(values.count == shape.elementCount, "a tensor keeps its size") }
    }

    /// - Throws: `DenoisingError.wrongShape` if the number of values is not that of the shape.
    public init(shape: TensorShape, values: [Float]) throws(DenoisingError) {
        guard values.count == shape.elementCount else {
            throw .wrongShape(what: "tensor \(shape)", found: [values.count], expected: [shape.elementCount])
        }
        self.shape = shape
        self.values = values
    }

    public init(repeating value: Float = 0, shape: TensorShape) {
        self.shape = shape
        self.values = Array(repeating: value, count: shape.elementCount)
    }

    /// The images of the given batch indices, in that order. Each index lies in `0..<shape.count`.
    public func images(_ indices: some Collection<Int>) -> Tensor {
        let size = shape.with(count: 1).elementCount
        var values: [Float] = []
        values.reserveCapacity(size * indices.count)
        for index in indices {
            precondition((0..<shape.count).contains(index), "image index out of range")
            values.append(contentsOf: self.values[(index * size)..<((index + 1) * size)])
        }
        return Tensor(unchecked: values, shape: shape.with(count: indices.count))
    }

    init(unchecked values: [Float], shape: TensorShape) {
        precondition(values.count == shape.elementCount)
        self.shape = shape
        self.values = values
    }
}
