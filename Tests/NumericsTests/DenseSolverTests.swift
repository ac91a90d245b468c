import Numerics
import Testing

@Suite struct DenseSolverTests {
    /// `b' M b` of two whitening vectors is 1 for the same and 0 for others.
    @Test func whiteningMakesTheUnitMatrix() throws {
        let moments: [Double] = [5, 2, 0.5, 2, 3, -1, 0.5, -1, 2]
        let basis = try #require(DenseSolver.whitening(moments))
        for (row, left) in basis.enumerated() {
            for (column, right) in basis.enumerated() {
                let product = (0..<9).reduce(0) { $0 + left[$1 / 3] * moments[$1] * right[$1 % 3] }
                #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
            }
        }
        #expect(DenseSolver.whitening([1, 2, 2, 1]) == nil, "not positive definite")
    }
}
