package import Denoising

/// What the integer network makes of a whole slice, in a bounded memory: at once, or in overlapping tiles that give the same values.
package struct SliceEvaluation: Sendable {
    package let output: IntegerTensor
    /// Activations of the slice beyond what the calibration foresaw, in all layers.
    package let saturated: Int
    /// Of the tiles, in pixels; nil where the slice was evaluated at once.
    package let side: Int?

    /// - Parameters:
    ///   - input: One image.
    ///   - memory: Bytes; where not even the smallest tiles fit, those are taken, and where the network sees too far around a pixel for any
    ///   tile the slice is evaluated at once.
    /// - Throws: `DenoisingError.valueOutOfRange` if an input value lies outside `0...largestInput`.
    package init(_ network: IntegerNetwork, input: IntegerTensor, memory: Int, threads: Int) throws {
        let (height, width) = (input.shape.height, input.shape.width)
        func fits(_ height: Int, _ width: Int) throws -> Bool {
            let shape = TensorShape(count: 1, channels: 1, height: height, width: width)
            return try network.evaluationBytes(for: shape) <= memory
        }
        let kernels = network.layers.map { max($0.kernelHeight, $0.kernelWidth) }
        let sides = SliceTiles.sides(kernels: kernels, height: height, width: width)
        guard try !fits(height, width), let side = try sides.first(where: { try fits($0, $0) }) ?? sides.min() else {
            var evaluation = try IntegerEvaluation(network, input: input)
            for _ in network.layers { _ = try evaluation.step(threads: threads) }
            (output, saturated, side) = (evaluation.activation ?? input, evaluation.saturated, nil)
            return
        }
        let tiles = try SliceTiles(kernels: kernels, height: height, width: width, size: side)
        var (result, saturated): (IntegerTensor?, Int) = (nil, 0)
        for index in tiles.tiles.indices {
            var evaluation = try IntegerEvaluation(network, input: tiles.cut(input, index..<index + 1))
            for layer in network.layers {
                let sums = try evaluation.step(threads: threads)
                let (rows, columns) = tiles.counted(index, of: sums.shape)
                saturated += layer.saturated(sums, rows: rows, columns: columns, threads: threads)
            }
            if let part = evaluation.activation { tiles.paste(part, index..<index + 1, into: &result) }
        }
        (output, self.saturated, self.side) = (result ?? input, saturated, side)
    }
}
