import Numerics

/// Windows made uncorrelated: those of CT are much alike.
struct WhiteRows: Sendable {
    let rows: RegressorMatrix
    private let basis: [[Double]]

    /// Entries of a window at most: a filter of 5x5 and a bias has 26, and 351 products of two.
    private static let mostColumns = 40

    /// - Returns: Nil where the filter is too large or the rows are too few.
    init?(_ matrix: RegressorMatrix, limit: Int) {
        let (count, columns) = (min(matrix.rows, limit), matrix.columns)
        let weights = [Double](repeating: 1 / Double(max(1, count)), count: count)
        guard count > columns, columns <= Self.mostColumns,
            let basis = DenseSolver.whitening(matrix.gram(weights: weights, ridge: 1e-12))
        else { return nil }
        let white = basis.map { matrix.predictions($0, count: count) }
        rows = RegressorMatrix(rows: count, columns: columns) { row, buffer in
            for column in 0..<columns { buffer[column] = white[column][row] }
        }
        self.basis = basis
    }

    /// Of the windows themselves, from those of the white ones.
    func coefficients(_ plane: [Double]) -> [Double] {
        (0..<rows.columns).map { column in zip(plane, basis).reduce(0) { $0 + $1.0 * $1.1[column] } }
    }

    /// The plane that touches magnitudes times signs, as coefficients of the windows.
    /// - Parameter signs: rows of sign 0 do not count.
    func plane(signs: [Double], _ magnitudes: [Double], _ side: ExtremeFit.Side) -> [Double]? {
        let size = LayerEquations.median(magnitudes)
        // A bound of next to nothing holds a plane down, and says nothing to one above it.
        let least = side == .over ? size * 1e-3 : 0
        let used = signs.indices.filter { signs[$0] != 0 && magnitudes[$0] > least }
        guard size > 0, used.count > 2 * rows.columns else { return nil }
        let signed = RegressorMatrix(rows: used.count, columns: rows.columns) { row, buffer in
            let sign = signs[used[row]] < 0 ? -1.0 : 1
            for (column, value) in rows.row(used[row]).enumerated() { buffer[column] = sign * value }
        }
        return ExtremeFit.plane(signed, bounds: used.map { magnitudes[$0] / size }, side: side)
            .map { coefficients($0.map { $0 * size }) }
    }
}

/// Filters from the squares of `w x + b`, without any guess of signs: squares are linear in the products of two entries of a window, so
/// that least squares gives the products of two weights.
///
/// Rows are white windows', for their products are even more alike than they are, and divided by the square of the window's size: the
/// error of a square is proportional to it.
struct LiftedRows: Sendable {
    private let white: WhiteRows
    private let lifted: RegressorMatrix
    private let pairs: [(Int, Int)]
    private let sizes: [Double]
    var count: Int { sizes.count }

    /// - Returns: Nil where the filter is too large or the rows are too few.
    init?(_ matrix: RegressorMatrix, limit: Int) {
        guard let white = WhiteRows(matrix, limit: limit) else { return nil }
        let rows = white.rows
        let pairs = (0..<rows.columns).flatMap { row in (row..<rows.columns).map { (row, $0) } }
        guard rows.rows > pairs.count else { return nil }
        let sizes = (0..<rows.rows).map { rows.row($0).reduce(0) { $0 + $1 * $1 } }
        lifted = RegressorMatrix(rows: rows.rows, columns: pairs.count) { row, buffer in
            let entries = rows.row(row)
            for (index, pair) in pairs.enumerated() {
                buffer[index] = (pair.0 == pair.1 ? 1 : 2) * entries[pair.0] * entries[pair.1] / sizes[row]
            }
        }
        (self.white, self.pairs, self.sizes) = (white, pairs, sizes)
    }

    /// For every list of squares the coefficients they are of, up to a sign and a factor.
    func coefficients(ofSquares squares: [[Double]]) -> [[Double]?] {
        let sides = squares.map { zip($0, sizes).map { $0 / $1 } }
        guard let products = lifted.leastSquares(sides, ridge: 1e-9) else { return squares.map { _ in nil } }
        return products.map { principalVector($0).map(white.coefficients) }
    }

    /// The same for one list.
    ///
    /// The error of a square is proportional to it: rows are weighed by what the last step predicts, down to a floor that falls.
    func refined(_ squares: [Double]) -> [Double]? {
        let side = zip(squares, sizes).map { $0 / $1 }
        var weights = side.map { _ in 1.0 }
        var found: [Double]?
        for step in 0..<6 {
            guard let products = lifted.leastSquares([side], weights: weights, ridge: 1e-9)?.first,
                let vector = principalVector(products)
            else { return nil }
            found = white.coefficients(vector)
            // What the products say of a row, or the filter nearest to them, whatever is larger.
            let value = pairs.indices.reduce(0.0) { sum, index in
                let (row, column) = pairs[index]
                return sum + (row == column ? 1 : 2) * products[index] * vector[row] * vector[column]
            }
            let squares = white.rows.predictions(vector).map { value * $0 * $0 }
            let predicted = zip(zip(lifted.predictions(products), sizes).map { $0 * $1 }, squares).map {
                max(0, $0, $1)
            }
            let floor = LayerEquations.median(predicted) * max(0.02, 0.5 / Double(1 << step))
            weights = zip(predicted, sizes).map { ($1 / ($0 + floor)) * ($1 / ($0 + floor)) }
        }
        return found
    }

    /// Of white windows, the weights whose products are nearest to these.
    private func principalVector(_ products: [Double]) -> [Double]? {
        let columns = white.rows.columns
        var square = [Double](repeating: 0, count: columns * columns)
        for (pair, product) in zip(pairs, products) { square[pair.0 * columns + pair.1] = product }
        let identity = (0..<columns * columns).map { $0 % (columns + 1) == 0 ? 1.0 : 0 }
        return DenseSolver.principalVector(of: square, metric: identity)
    }
}
