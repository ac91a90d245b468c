import Denoising
import Numerics

/// How one image fills the slots of its ciphertexts: the output of a layer is cut into `rows` x `columns` tiles of one size, and a
/// slot is a tile.
///
/// A tile's input is its window of the padded image, halo included, so the layer runs on tiles without padding and every tile is
/// a small image of its own: slots of a packed tensor are always images, whether patches of a batch or tiles of one. The
/// client cuts anew in every round; the server cannot move values between slots.
struct Tiling: Sendable, Hashable, Codable {
    let rows, columns: Int
    /// Of a tile's output.
    let height, width: Int
    /// Of the layer's whole output, or of the band of its rows.
    let outputHeight, outputWidth: Int
    let kernelHeight, kernelWidth, padding: Int
    /// The first row of the layer's output that is cut; 0 unless a layer is run band by band.
    let firstRow: Int

    /// The cheapest cut into at most `slots` tiles.
    ///
    /// - Parameters:
    ///   - output: of the layer, for one image.
    ///   - band: the rows of it to cut; nil is all.
    ///   - slots: tiles that share a ciphertext.
    init(_ layer: Layer, output whole: TensorShape, band: Range<Int>? = nil, slots: Int, cost: TileCost) {
        let band = band ?? 0..<whole.height
        let output = TensorShape(count: 1, channels: whole.channels, height: band.count, width: whole.width)
        firstRow = band.lowerBound
        kernelHeight = layer.kernelHeight
        kernelWidth = layer.kernelWidth
        padding = layer.padding
        outputHeight = output.height
        outputWidth = output.width
        let weights = layer.kernelHeight * layer.kernelWidth * layer.inputChannels * layer.outputChannels
        let perOutput = Double(weights) + cost.perOutput * Double(layer.outputChannels)
        let perInput = cost.perInput * Double(layer.inputChannels)
        var best = (cost: Double.infinity, height: 1, width: 1)
        for columns in 1...min(slots, output.width) {
            let width = (output.width + columns - 1) / columns
            let used = (output.width + width - 1) / width
            let rows = min(max(1, slots / used), output.height)
            let height = (output.height + rows - 1) / rows
            let inputs = (height + kernelHeight - 1) * (width + kernelWidth - 1)
            let cost = Double(height * width) * perOutput + Double(inputs) * perInput
            if cost < best.cost { best = (cost, height, width) }
        }
        height = best.height
        width = best.width
        rows = (output.height + height - 1) / height
        columns = (output.width + width - 1) / width
    }

    var tiles: Int { rows * columns }

    /// Slot positions, over all tiles, that lie beyond the output's edge. They carry the accumulators of the zeros there, which a
    /// client could ask for in any mode by sending zeros: nothing it does not see anyway in the modes that tile.
    var overhang: Int { tiles * height * width - outputHeight * outputWidth }

    /// Shape of the tiles' inputs, halo included.
    func inputShape(images: Int, channels: Int) -> TensorShape {
        TensorShape(
            count: images * tiles, channels: channels, height: height + kernelHeight - 1, width: width + kernelWidth - 1
        )
    }

    func outputShape(images: Int, channels: Int) -> TensorShape {
        TensorShape(count: images * tiles, channels: channels, height: height, width: width)
    }

    /// Windows of the layer's input; what lies outside the image is zero.
    func cutInput(_ image: IntegerTensor) -> IntegerTensor {
        cut(
            image, into: inputShape(images: image.shape.count, channels: image.shape.channels),
            rowOffset: firstRow - padding, columnOffset: -padding)
    }

    /// Tiles of a tensor of the output's size: what a skip adds.
    func cutOutput(_ image: IntegerTensor) -> IntegerTensor {
        cut(
            image, into: outputShape(images: image.shape.count, channels: image.shape.channels),
            rowOffset: firstRow, columnOffset: 0)
    }

    private func cut(
        _ image: IntegerTensor, into shape: TensorShape, rowOffset: Int, columnOffset: Int
    ) -> IntegerTensor {
        let (values, limbs) = (image.values, image.values.limbs)
        var result = IntegerArray(count: shape.elementCount, limbs: limbs)
        eachPair(image.shape, shape, rowOffset: rowOffset, columnOffset: columnOffset) { source, target in
            for limb in 0..<limbs { result.words[target * limbs + limb] = values.words[source * limbs + limb] }
        }
        return IntegerTensor(shape: shape, values: result)
    }

    /// Puts the outputs of all tiles together; what lies beyond the edge is dropped.
    func join(_ tiled: IntegerTensor) -> IntegerTensor {
        let shape = TensorShape(
            count: tiled.shape.count / tiles, channels: tiled.shape.channels, height: outputHeight, width: outputWidth)
        return join(tiled, into: shape, rowOffset: 0, columnOffset: 0)
    }

    /// Puts the windows of an input together again: where they overlap they hold the same values. What no tile reads is zero.
    func joinInput(_ tiled: IntegerTensor, image shape: TensorShape) -> IntegerTensor {
        join(tiled, into: shape, rowOffset: firstRow - padding, columnOffset: -padding)
    }

    private func join(
        _ tiled: IntegerTensor, into shape: TensorShape, rowOffset: Int, columnOffset: Int
    ) -> IntegerTensor {
        let (values, limbs) = (tiled.values, tiled.values.limbs)
        var result = IntegerArray(count: shape.elementCount, limbs: limbs)
        eachPair(shape, tiled.shape, rowOffset: rowOffset, columnOffset: columnOffset) { source, target in
            for limb in 0..<limbs { result.words[source * limbs + limb] = values.words[target * limbs + limb] }
        }
        return IntegerTensor(shape: shape, values: result)
    }

    /// Calls `body` with the flat indices of an image's value and of its place in a tile, for every place inside the image.
    private func eachPair(
        _ image: TensorShape, _ tile: TensorShape, rowOffset: Int, columnOffset: Int,
        _ body: (_ image: Int, _ tile: Int) -> Void
    ) {
        for index in 0..<image.count {
            for row in 0..<rows {
                for column in 0..<columns {
                    let slot = (index * rows + row) * columns + column
                    for channel in 0..<image.channels {
                        for y in 0..<tile.height {
                            let sourceY = row * height + y + rowOffset
                            guard (0..<image.height).contains(sourceY) else { continue }
                            for x in 0..<tile.width {
                                let sourceX = column * width + x + columnOffset
                                guard (0..<image.width).contains(sourceX) else { continue }
                                body(
                                    ((index * image.channels + channel) * image.height + sourceY) * image.width
                                        + sourceX,
                                    ((slot * tile.channels + channel) * tile.height + y) * tile.width + x)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a position of a layer's tensors costs both sides beside its weights, in ciphertext products: by this tiles are chosen.
struct TileCost: Sendable, Hashable {
    /// Of an output channel: decryption and fresh randomness.
    let perOutput: Double
    /// Of an input channel: its tables and an encryption.
    let perInput: Double
}

extension IntegerTensor {
    /// Bands of rows of the same images, one below the other.
    /// - Precondition: they differ in height alone, and there is one.
    init(bands: [IntegerTensor]) {
        let (first, limbs) = (bands[0].shape, bands[0].values.limbs)
        let height = bands.reduce(0) { $0 + $1.shape.height }
        let shape = TensorShape(
            count: first.count, channels: first.channels, height: height, width: first.width)
        var words: [UInt64] = []
        words.reserveCapacity(shape.elementCount * limbs)
        for plane in 0..<(shape.count * shape.channels) {
            for band in bands {
                let size = band.shape.planeSize * limbs
                words += band.values.words[plane * size..<(plane + 1) * size]
            }
        }
        var values = IntegerArray(count: shape.elementCount, limbs: limbs)
        values.words = words
        self.init(shape: shape, values: values)
    }

    /// Some rows of all images and channels.
    func rows(_ range: Range<Int>) -> IntegerTensor {
        guard range != 0..<shape.height else { return self }
        let limbs = values.limbs
        let part = TensorShape(
            count: shape.count, channels: shape.channels, height: range.count, width: shape.width)
        var result = IntegerArray(count: part.elementCount, limbs: limbs)
        result.words = (0..<(shape.count * shape.channels)).flatMap { plane in
            let start = (plane * shape.height + range.lowerBound) * shape.width * limbs
            return values.words[start..<start + part.planeSize * limbs]
        }
        return IntegerTensor(shape: part, values: result)
    }
}
