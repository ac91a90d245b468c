import Imaging
import Numerics

/// Rows of a regression, padded to whole vectors.
///
/// Sums are a product and an addition each, not `addProduct`: without hardware support that calls a function per lane.
struct RegressorMatrix: Sendable {
    let rows: Int
    let columns: Int
    /// Vectors of a row.
    let stride: Int
    private(set) var values: [SIMD8<Double>]

    /// - Parameter fill: writes one row; the buffer is zero at first and has `columns` places.
    init(rows: Int, columns: Int, fill: (_ row: Int, _ buffer: inout [Double]) -> Void) {
        self.rows = rows
        self.columns = columns
        stride = (columns + 7) / 8
        values = []
        values.reserveCapacity(rows * stride)
        var buffer = [Double](repeating: 0, count: 8 * stride)
        for row in 0..<rows {
            fill(row, &buffer)
            for vector in 0..<stride {
                var lane = SIMD8<Double>()
                for index in 0..<8 { lane[index] = buffer[8 * vector + index] }
                values.append(lane)
            }
        }
    }

    func row(_ index: Int) -> [Double] {
        (0..<columns).map { values[index * stride + $0 / 8][$0 % 8] }
    }

    /// `matrix * coefficients`, for the first `count` rows or all.
    func predictions(_ coefficients: [Double], count: Int? = nil) -> [Double] {
        var padded = [SIMD8<Double>](repeating: SIMD8(), count: stride)
        for (index, value) in coefficients.enumerated() { padded[index / 8][index % 8] = value }
        return (0..<min(count ?? rows, rows)).map { row in
            var sum = SIMD8<Double>()
            for vector in 0..<stride { sum += values[row * stride + vector] * padded[vector] }
            return sum.sum()
        }
    }

    /// The upper triangle of `matrix' diag(weights) matrix`, row-major; rows of weight zero cost nothing.
    /// - Parameters:
    ///   - count: of the first so many rows, where there are no weights that say so.
    ///   - ridge: added to the diagonal, relative to its mean: what keeps a problem with too few rows solvable.
    /// - Complexity: `rows * columns^2 / 2` multiply-adds.
    func gram(count: Int? = nil, weights: [Double]? = nil, ridge: Double = 0) -> [Double] {
        var sums = [SIMD8<Double>](repeating: SIMD8(), count: columns * stride)
        let used = weights.map { weights in weights.indices.filter { weights[$0] != 0 } } ?? Array(0..<(count ?? rows))
        let zeros = [SIMD8<Double>](repeating: SIMD8(), count: stride)
        var block = [SIMD8<Double>](repeating: SIMD8(), count: 4 * stride)
        var factors = [Double](repeating: 0, count: 32 * stride)
        // Four rows at a time: each sum is loaded and stored once for four products.
        for start in Swift.stride(from: 0, to: used.count, by: 4) {
            for lane in 0..<4 {
                guard start + lane < used.count else {
                    block.replaceSubrange(lane * stride..<(lane + 1) * stride, with: zeros)
                    for column in 0..<columns { factors[4 * column + lane] = 0 }
                    continue
                }
                let row = used[start + lane]
                let weight = weights?[row] ?? 1
                for vector in 0..<stride {
                    let lanes = values[row * stride + vector]
                    block[lane * stride + vector] = lanes
                    let weighted = lanes * weight
                    for index in 0..<8 { factors[32 * vector + 4 * index + lane] = weighted[index] }
                }
            }
            Self.addProducts(block, factors, columns: columns, stride: stride, to: &sums)
        }
        var gram = (0..<columns * columns).map { index in
            let (row, column) = (index / columns, index % columns)
            return row <= column ? sums[row * stride + column / 8][column % 8] : 0
        }
        let trace = (0..<columns).reduce(0) { $0 + gram[$1 * columns + $1] }
        for index in 0..<columns { gram[index * columns + index] += ridge * trace / Double(columns) }
        return gram
    }

    /// Adds the products of four rows, `factors[4 column + lane]` times the row.
    private static func addProducts(
        _ block: [SIMD8<Double>], _ factors: [Double], columns: Int, stride: Int, to sums: inout [SIMD8<Double>]
    ) {
        let (rows, factors) = (block.span, factors.span)
        var result = sums.mutableSpan
        for column in 0..<columns {
            let a = SIMD8(repeating: factors[4 * column])
            let b = SIMD8(repeating: factors[4 * column + 1])
            let c = SIMD8(repeating: factors[4 * column + 2])
            let d = SIMD8(repeating: factors[4 * column + 3])
            for vector in (column / 8)..<stride {
                let (first, second) = (
                    rows[vector] * a + rows[stride + vector] * b,
                    rows[2 * stride + vector] * c + rows[3 * stride + vector] * d
                )
                result[column * stride + vector] += first + second
            }
        }
    }

    /// `matrix' diag(weights) side`; of the first rows where the side has fewer.
    func moments(_ side: [Double], weights: [Double]? = nil) -> [Double] {
        var sums = [SIMD8<Double>](repeating: SIMD8(), count: stride)
        for row in 0..<min(rows, side.count) {
            let factor = SIMD8(repeating: side[row] * (weights?[row] ?? 1))
            for vector in 0..<stride { sums[vector] += values[row * stride + vector] * factor }
        }
        return (0..<columns).map { sums[$0 / 8][$0 % 8] }
    }

    /// The least-squares solution of `matrix x = side` for every side, of the first rows where sides have fewer.
    /// - Returns: Nil if one is not finite.
    func leastSquares(
        _ sides: [[Double]], weights: [Double]? = nil, ridge: Double = 1e-12
    ) -> [[Double]]? {
        DenseSolver.solve(
            positiveDefinite: gram(count: sides.first?.count, weights: weights, ridge: ridge),
            rightSides: sides.map { moments($0, weights: weights) })
    }
}
