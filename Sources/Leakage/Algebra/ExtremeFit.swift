import Numerics

/// The plane that touches data from one side: a linear program by the simplex method on its dual.
///
/// ```
/// under:  max c.w  with  u_i.w <= b_i        over:  min c.w  with  u_i.w >= b_i        c the mean of all u_i
/// dual:   sum_i l_i u_i = c, l >= 0, and sum_i l_i b_i as small, or as large, as can be
/// ```
/// A vertex lies on as many rows as there are unknowns. It is the extreme quantile regression of Koenker and Bassett, Econometrica 46(1),
/// 1978; its error falls with the number of rows, not with the root of it, and is none where enough rows are touched exactly: where
/// c lies in the cone of these, which for a random half of directions takes twice as many as there are unknowns.
enum ExtremeFit {
    /// Where the plane lies.
    enum Side: Double {
        case under = 1
        case over = -1
    }

    /// What an artificial column costs beside the others' 1.
    private static let artificialCost = 1e7
    private static let (priceTolerance, pivotTolerance) = (1e-9, 1e-11)
    private static let steps = 2000

    /// - Parameters:
    ///   - rows: `[row][column]`, their columns about uncorrelated and of one size.
    ///   - bounds: one a row, above 0.
    /// - Returns: w; nil where no plane touches, or none was found in 2,000 steps.
    /// - Complexity: a product of the matrix with a vector a step, some five steps a column.
    static func plane(_ rows: RegressorMatrix, bounds: [Double], side: Side) -> [Double]? {
        let columns = rows.columns
        let objective = rows.moments(bounds.map { _ in 1 / Double(max(1, rows.rows)) })
        // Rows over their bounds: then every column of the dual costs the same.
        let scaled = RegressorMatrix(rows: rows.rows, columns: columns) { row, buffer in
            for (column, value) in rows.row(row).enumerated() { buffer[column] = value / bounds[row] }
        }
        var inverse = (0..<columns).map { row in
            (0..<columns).map { $0 == row ? (objective[row] < 0 ? -1.0 : 1) : 0 }
        }
        var amounts = objective.map(abs)
        var costs = [Double](repeating: artificialCost, count: columns)
        for _ in 0..<steps {
            let prices = (0..<columns).map { column in
                (0..<columns).reduce(0.0) { $0 + costs[$1] * inverse[$1][column] }
            }
            let values = scaled.predictions(prices)
            guard let entering = values.indices.max(by: { values[$0] < values[$1] }),
                values[entering] > side.rawValue + priceTolerance
            else {
                // An artificial column that is left says that no plane touches.
                guard zip(costs, amounts).allSatisfy({ $0 != artificialCost || $1 < 1e-9 }) else { return nil }
                return prices.map { $0 * side.rawValue }
            }
            let column = scaled.row(entering)
            let direction = inverse.map { row in zip(row, column).reduce(0) { $0 + $1.0 * $1.1 } }
            let candidates = direction.indices.filter { direction[$0] > pivotTolerance }
            guard let leaving = candidates.min(by: { amounts[$0] / direction[$0] < amounts[$1] / direction[$1] })
            else { return nil }
            let step = amounts[leaving] / direction[leaving]
            let pivot = inverse[leaving].map { $0 / direction[leaving] }
            for row in 0..<columns where row != leaving && direction[row] != 0 {
                amounts[row] = max(0, amounts[row] - step * direction[row])
                for column in 0..<columns { inverse[row][column] -= direction[row] * pivot[column] }
            }
            (inverse[leaving], amounts[leaving], costs[leaving]) = (pivot, step, side.rawValue)
        }
        return nil
    }
}
