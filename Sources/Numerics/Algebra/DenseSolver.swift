import CLAPACK

/// Dense linear algebra in double precision: the only caller of LAPACK. Matrices are symmetric, row-major, upper triangle read.
package enum DenseSolver {
    private static let upper = CChar(UInt8(ascii: "U"))
    private static let withVectors = CChar(UInt8(ascii: "V"))

    /// Solves `matrix x = side` for every right side by Cholesky.
    /// - Returns: One solution per right side; nil if the matrix is not positive definite or a solution is not finite.
    package static func solve(positiveDefinite matrix: [Double], rightSides: [[Double]]) -> [[Double]]? {
        let (rows, columns) = (rightSides.first?.count ?? 0, rightSides.count)
        precondition(matrix.count == rows * rows, "a matrix that does not fit its right sides")
        var factor = matrix
        var solution = (0..<rows * columns).map { rightSides[$0 % columns][$0 / columns] }
        let status = LAPACKE_dposv(
            LAPACK_ROW_MAJOR, upper, Int32(rows), Int32(columns), &factor, Int32(rows), &solution, Int32(columns))
        guard status == 0, solution.allSatisfy(\.isFinite) else { return nil }
        return (0..<columns).map { column in (0..<rows).map { solution[$0 * columns + column] } }
    }

    /// The vector u with the largest `u' matrix u / u' metric u`, of `u' metric u = 1`.
    /// - Returns: Nil if the metric is not positive definite.
    package static func principalVector(of matrix: [Double], metric: [Double]) -> [Double]? {
        let n = Int(Double(matrix.count).squareRoot())
        precondition(matrix.count == n * n && metric.count == n * n, "two square matrices of one size expected")
        var (vectors, factor) = (matrix, metric)
        var values = [Double](repeating: 0, count: n)
        let status = LAPACKE_dsygv(
            LAPACK_ROW_MAJOR, 1, withVectors, upper, Int32(n), &vectors, Int32(n), &factor, Int32(n), &values)
        guard status == 0, vectors.allSatisfy(\.isFinite) else { return nil }
        // Eigenvalues ascend; eigenvectors stand in columns.
        return (0..<n).map { vectors[$0 * n + n - 1] }
    }

    /// Vectors whose products with random vectors of these second moments are uncorrelated and of unit size.
    /// - Returns: Nil if the matrix is not positive definite.
    package static func whitening(_ moments: [Double]) -> [[Double]]? {
        let n = Int(Double(moments.count).squareRoot())
        precondition(moments.count == n * n, "a square matrix expected")
        var vectors = moments
        var values = [Double](repeating: 0, count: n)
        let status = LAPACKE_dsyev(LAPACK_ROW_MAJOR, withVectors, upper, Int32(n), &vectors, Int32(n), &values)
        guard status == 0, values.allSatisfy({ $0 > 0 }) else { return nil }
        return (0..<n).map { column in (0..<n).map { vectors[$0 * n + column] / values[column].squareRoot() } }
    }
}
