import Denoising
import Numerics
import Preparation

/// A slice as overlapping patches of one size, each good for the pixels that no edge of a patch has touched.
///
/// A layer of a `k x k` kernel sees `(k - 1) / 2` pixels around, so a network sees the sum of that over its layers. A patch's own
/// edges count as the image's edges do, hence pixels further away than the sum are exactly the whole slice's.
struct SliceTiles: Sendable {
    static let usualSize = 64

    let size: Int
    let halo: Int
    /// Top left corners, and the rows and columns each patch is good for.
    let tiles: [Tile]
    private let height: Int
    private let width: Int

    struct Tile: Sendable {
        let row: Int
        let column: Int
        let rows: Range<Int>
        let columns: Range<Int>
    }

    /// - Parameter kernels: The largest side of each layer's kernels.
    /// - Throws: `PrepareError.parameter` if the network sees too far for patches of this size, or the slice is smaller than one.
    init(kernels: [Int], height: Int, width: Int, size: Int) throws {
        halo = kernels.reduce(0) { $0 + $1 / 2 }
        // A patch is good for what lies inside its halo: of a small one at least a third, or hundreds of patches make a slice.
        let farthest = size < Self.usualSize ? size / 3 : (size - 1) / 2
        guard min(height, width) >= size, halo <= farthest || (height == size && width == size) else {
            throw PrepareError.parameter(
                name: "slice", found: "\(height)x\(width)",
                expected:
                    "a square of one patch, or for patches of \(size)x\(size) a network that sees at most \(farthest) pixels around "
                    + "(it sees \(halo))")
        }
        self.size = size
        self.height = height
        self.width = width
        let rows = Self.spans(height, size: size, halo: halo)
        let columns = Self.spans(width, size: size, halo: halo)
        tiles = rows.flatMap { row in
            columns.map { Tile(row: row.start, column: $0.start, rows: row.good, columns: $0.good) }
        }
    }

    /// Patches along one side, and what each is good for: no gap, no overlap.
    private static func spans(_ length: Int, size: Int, halo: Int) -> [(start: Int, good: Range<Int>)] {
        var spans: [(start: Int, good: Range<Int>)] = []
        var done = 0
        while done < length {
            let start = min(max(0, done - halo), length - size)
            let end = start + size == length ? length : start + size - halo
            spans.append((start, done..<end))
            done = end
        }
        return spans
    }

    /// The side of a square that a slice is cut into, those that compute the least first: the larger, the less of them is halo.
    static func sides(kernels: [Int], height: Int, width: Int) -> [Int] {
        let shorter = min(height, width)
        let sides = Array(stride(from: usualSize, to: shorter, by: 32)) + [shorter]
        let work = sides.compactMap { side in
            (try? SliceTiles(kernels: kernels, height: height, width: width, size: side)).map {
                (side: side, pixels: $0.tiles.count * side * side)
            }
        }
        return work.sorted { ($0.pixels, $0.side) < ($1.pixels, $1.side) }.map(\.side)
    }

    /// Which rows and columns of what a layer makes of a tile are counted for the tile, so that each value of the whole slice is once.
    /// - Parameter output: What the layer makes of the tile, smaller than it where edges are cut off.
    func counted(_ index: Int, of output: TensorShape) -> (rows: Range<Int>, columns: Range<Int>) {
        let tile = tiles[index]
        func range(_ good: Range<Int>, from start: Int, length: Int, cut: Int) -> Range<Int> {
            func place(_ end: Int) -> Int { (end == 0 ? 0 : end == length ? length - cut : end - cut / 2) - start }
            return place(good.lowerBound)..<place(good.upperBound)
        }
        return (
            range(tile.rows, from: tile.row, length: height, cut: size - output.height),
            range(tile.columns, from: tile.column, length: width, cut: size - output.width)
        )
    }

    func cut(_ slice: IntegerTensor, _ range: Range<Int>) -> IntegerTensor {
        let shape = TensorShape(count: range.count, channels: 1, height: size, width: size)
        let values = tiles[range].flatMap { tile in
            (0..<size).flatMap { row in
                (0..<size).map { slice.values.narrow((tile.row + row) * width + tile.column + $0) }
            }
        }
        return IntegerTensor(shape: shape, values: IntegerArray(values))
    }

    /// Puts what patches are good for into the slice, which the first of them make.
    func paste(_ patches: IntegerTensor, _ range: Range<Int>, into slice: inout IntegerTensor?) {
        // Taken out, so that it is changed in place.
        var whole =
            slice.take()
            ?? IntegerTensor(
                shape: TensorShape(channels: 1, height: height, width: width), limbs: patches.values.limbs)
        let limbs = whole.values.limbs
        let source = patches.values.resized(limbs: limbs)
        for (index, tile) in tiles[range].enumerated() {
            for row in tile.rows {
                for column in tile.columns {
                    let from = (index * size + row - tile.row) * size + column - tile.column
                    let to = row * width + column
                    for limb in 0..<limbs {
                        whole.values.words[to * limbs + limb] = source.words[from * limbs + limb]
                    }
                }
            }
        }
        slice = whole
    }
}
