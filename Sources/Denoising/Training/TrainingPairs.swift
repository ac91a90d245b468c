/// Inputs and wanted outputs of a network, image by image, both normalised.
public struct TrainingPairs: Sendable {
    public let inputs: Tensor
    public let targets: Tensor

    /// - Throws: `DenoisingError.wrongShape` if the two differ in number or there are none.
    public init(inputs: Tensor, targets: Tensor) throws(DenoisingError) {
        guard inputs.shape.count == targets.shape.count, inputs.shape.count > 0 else {
            throw .wrongShape(
                what: "training targets", found: targets.shape.dimensions, expected: inputs.shape.dimensions)
        }
        self.inputs = inputs
        self.targets = targets
    }

    public var count: Int { inputs.shape.count }
}

/// The eight symmetries of a square, by number: bit 0 mirrors columns, bit 1 mirrors rows, bit 2 transposes afterwards.
enum SquareSymmetry {
    /// The images with each its own symmetry applied. Images that are not square keep their orientation: bit 2 is
    /// ignored.
    static func apply(_ symmetries: [Int], to tensor: Tensor) -> Tensor {
        let (height, width) = (tensor.shape.height, tensor.shape.width)
        let planes = tensor.shape.channels
        var values = tensor.values
        for (image, symmetry) in symmetries.enumerated() where symmetry != 0 {
            for plane in 0..<planes {
                let base = (image * planes + plane) * height * width
                for row in 0..<height {
                    for column in 0..<width {
                        let isTransposed = symmetry & 4 != 0 && height == width
                        var (sourceRow, sourceColumn) = isTransposed ? (column, row) : (row, column)
                        if symmetry & 1 != 0 { sourceColumn = width - 1 - sourceColumn }
                        if symmetry & 2 != 0 { sourceRow = height - 1 - sourceRow }
                        values[base + row * width + column] =
                            tensor.values[base + sourceRow * width + sourceColumn]
                    }
                }
            }
        }
        return Tensor(unchecked: values, shape: tensor.shape)
    }
}
