import Denoising
import Foundation
import Imaging

extension LayerEquations {
    /// B4, plain: the mean of r is a constant, so `E[v | x]` is linear in x.
    func leastSquares(scale: Double) -> [FilterEstimate?] {
        let gram = RegressorMatrix.regularised(matrix.gram(), columns: matrix.columns, ridge: 1e-12)
        let sides = values.map { matrix.moments($0) }
        guard let solutions = DenseSolver.solve(positiveDefinite: gram, rightSides: sides) else {
            return Array(repeating: nil, count: values.count)
        }
        return solutions.map { filter($0, dividedBy: scale) }
    }

    /// B4, reweighted: the error of `r y` is proportional to y, so the rows with a small y say most.
    func reweighted(_ channel: Int, scale: Double) -> FilterEstimate? {
        guard let start = matrix.leastSquares(values[channel]) else { return nil }
        return refined(start, side: { _ in self.values[channel] }).map { filter($0.solution, dividedBy: scale) }
    }

    /// Quasi-likelihood with a variance proportional to the square of the mean, solved by iterated least squares.
    ///
    /// - Parameter side: the values to explain, given the present predictions.
    /// - Returns: also the mean relative error at the end, to compare solutions by.
    private func refined(
        _ start: [Double], steps: Int = 12, side: ([Double]) -> [Double]
    ) -> (solution: [Double], error: Double)? {
        var solution = start
        var error = 0.0
        for step in 0..<steps {
            let predicted = matrix.predictions(solution)
            let size = Self.median(predicted.map(abs))
            guard size > 0, size.isFinite else { return nil }
            // Without a floor the row nearest to zero would decide alone, on a first guess.
            let floor = size * max(0.02, 0.5 * pow(0.6, Double(step)))
            let weights = predicted.map { 1 / ($0 * $0 + floor * floor) }
            let wanted = side(predicted)
            guard let next = matrix.leastSquares(wanted, weights: weights) else { return nil }
            let left = matrix.predictions(next)
            error = zip(weights, zip(wanted, left)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) * ($1.1.0 - $1.1.1) }
            solution = next
        }
        return (solution, error / Double(rows))
    }

    /// B5: the hyperplane between windows of positive and of negative values, by penalised logistic regression.
    func logistic(_ channel: Int) -> FilterEstimate? {
        let labels = values[channel].map { $0 > 0 ? 1.0 : $0 < 0 ? -1 : 0 }
        let penalty = 1e-6 * Double(rows)
        let gram = matrix.gram()
        let scales = (0..<matrix.columns).map { gram[$0 * matrix.columns + $0] / Double(rows) }
        var solution = [Double](repeating: 0, count: matrix.columns)
        for _ in 0..<25 {
            let margins = zip(matrix.predictions(solution), labels).map { $0 * $1 }
            let slopes = margins.map { 1 / (1 + exp(min($0, 700))) }
            let weights = zip(slopes, labels).map { max($0 * (1 - $0), 1e-12) * abs($1) }
            var hessian = matrix.gram(weights: weights)
            var gradient = matrix.moments(zip(slopes, labels).map { $0 * $1 })
            for column in 0..<matrix.columns {
                hessian[column * matrix.columns + column] += penalty * scales[column]
                gradient[column] -= penalty * scales[column] * solution[column]
            }
            guard let step = DenseSolver.solve(positiveDefinite: hessian, rightSides: [gradient])?.first else {
                return nil
            }
            // Newton overshoots where the classes are separable: no step changes a margin by more than 5 in the mean.
            let change = Self.median(matrix.predictions(step).map(abs))
            let factor = change > 5 ? 5 / change : 1
            for column in solution.indices { solution[column] += factor * step[column] }
        }
        let size = solution.dropLast().reduce(0) { $0 + $1 * $1 }.squareRoot()
        return size > 0 ? filter(solution, dividedBy: size) : nil
    }

    /// B6: magnitudes only. A spectral start and a few random ones; from each, signs and filter in turns; the one that explains
    /// the magnitudes best is kept.
    func phase(_ channel: Int, scale: Double, using generator: inout SeededGenerator) -> FilterEstimate? {
        let magnitudes = values[channel].map(abs)
        var best: (solution: [Double], error: Double)?
        for start in phaseStarts(magnitudes, using: &generator) {
            let signed = { (predicted: [Double]) in zip(magnitudes, predicted).map { $1 < 0 ? -$0 : $0 } }
            guard let found = refined(start, steps: 25, side: signed) else { continue }
            if found.error < best?.error ?? .infinity { best = found }
        }
        return best.map { filter($0.solution, dividedBy: scale, isSignKnown: false) }
    }

    private func phaseStarts(_ magnitudes: [Double], using generator: inout SeededGenerator) -> [[Double]] {
        let gram = RegressorMatrix.regularised(matrix.gram(), columns: matrix.columns, ridge: 1e-9)
        let size = max(Self.median(magnitudes), .leastNormalMagnitude)
        // Large magnitudes point along the filter; capped, as one wild mask must not decide.
        let energies = magnitudes.map { min($0 / size, 4) * min($0 / size, 4) }
        var starts: [[Double]] = []
        if let spectral = DenseSolver.principalVector(of: matrix.gram(weights: energies), metric: gram) {
            starts.append(spectral)
        }
        let signs =
            [magnitudes]
            + (0..<3).map { _ in
                // The sign of a random direction among the windows, so that neighbouring windows start alike.
                let direction = (0..<matrix.columns).map { _ in generator.normal() }
                return zip(magnitudes, matrix.predictions(direction)).map { $1 < 0 ? -$0 : $0 }
            }
        let sides = signs.map { matrix.moments($0) }
        return starts + (DenseSolver.solve(positiveDefinite: gram, rightSides: sides) ?? [])
    }

    static func median(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }
}
