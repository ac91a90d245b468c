import Imaging

/// Rows of a regression, padded to whole vectors.
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

    /// `matrix * coefficients`.
    func predictions(_ coefficients: [Double]) -> [Double] {
        var padded = [SIMD8<Double>](repeating: SIMD8(), count: stride)
        for (index, value) in coefficients.enumerated() { padded[index / 8][index % 8] = value }
        return (0..<rows).map { row in
            var sum = SIMD8<Double>()
            for vector in 0..<stride { sum.addProduct(values[row * stride + vector], padded[vector]) }
            return sum.sum()
        }
    }

    /// The upper triangle of `matrix' diag(weights) matrix`, row-major. Rows of weight zero cost nothing.
    /// - Complexity: `rows * columns^2 / 2` multiply-adds.
    func gram(weights: [Double]? = nil) -> [Double] {
        var sums = [SIMD8<Double>](repeating: SIMD8(), count: columns * stride)
        let used = weights.map { weights in (0..<rows).filter { weights[$0] != 0 } } ?? Array(0..<rows)
        // Four rows at a time: each sum is loaded and stored once for four products.
        for start in Swift.stride(from: 0, to: used.count, by: 4) {
            let block = (0..<4).map { start + $0 < used.count ? used[start + $0] : -1 }
            for column in 0..<columns {
                var factors = SIMD4<Double>()
                for (lane, row) in block.enumerated() where row >= 0 {
                    factors[lane] = values[row * stride + column / 8][column % 8] * (weights?[row] ?? 1)
                }
                let (a, b, c, d) = (
                    max(0, block[0]) * stride, max(0, block[1]) * stride, max(0, block[2]) * stride,
                    max(0, block[3]) * stride
                )
                for vector in (column / 8)..<stride {
                    var sum = sums[column * stride + vector]
                    sum.addProduct(values[a + vector], SIMD8(repeating: factors[0]))
                    sum.addProduct(values[b + vector], SIMD8(repeating: factors[1]))
                    sum.addProduct(values[c + vector], SIMD8(repeating: factors[2]))
                    sum.addProduct(values[d + vector], SIMD8(repeating: factors[3]))
                    sums[column * stride + vector] = sum
                }
            }
        }
        return (0..<columns * columns).map { index in
            let (row, column) = (index / columns, index % columns)
            return row <= column ? sums[row * stride + column / 8][column % 8] : 0
        }
    }

    /// `matrix' diag(weights) side`.
    func moments(_ side: [Double], weights: [Double]? = nil) -> [Double] {
        var sums = [SIMD8<Double>](repeating: SIMD8(), count: stride)
        for row in 0..<rows {
            let factor = SIMD8(repeating: side[row] * (weights?[row] ?? 1))
            for vector in 0..<stride { sums[vector].addProduct(values[row * stride + vector], factor) }
        }
        return (0..<columns).map { sums[$0 / 8][$0 % 8] }
    }

    /// The least-squares solution of `matrix x = side` under weights.
    ///
    /// - Parameter ridge: relative to the mean diagonal entry: what keeps a problem with too few rows solvable.
    /// - Returns: Nil if there is no finite solution.
    func leastSquares(_ side: [Double], weights: [Double]? = nil, ridge: Double = 1e-12) -> [Double]? {
        let matrix = Self.regularised(gram(weights: weights), columns: columns, ridge: ridge)
        return DenseSolver.solve(positiveDefinite: matrix, rightSides: [moments(side, weights: weights)])?.first
    }

    static func regularised(_ gram: [Double], columns: Int, ridge: Double) -> [Double] {
        var matrix = gram
        let trace = (0..<columns).reduce(0) { $0 + gram[$1 * columns + $1] }
        for index in 0..<columns { matrix[index * columns + index] += ridge * trace / Double(columns) }
        return matrix
    }
}
