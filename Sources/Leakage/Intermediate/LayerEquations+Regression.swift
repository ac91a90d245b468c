import Denoising
import Foundation
import Imaging
import Numerics

extension LayerEquations {
    /// B4, plain: the mean of r is a constant, so `E[v | x]` is linear in x.
    func leastSquares(scale: Double) -> [FilterEstimate?] {
        guard let solutions = matrix.leastSquares(values) else { return Array(repeating: nil, count: values.count) }
        return solutions.map { filter($0, dividedBy: scale) }
    }

    /// B4, reweighted: the error of `r y` is proportional to y, so the rows with a small y say most.
    ///
    /// - Parameter rows: uses the first so many.
    func reweighted(_ channel: Int, scale: Double, rows: Int = .max) -> FilterEstimate? {
        let side = Array(values[channel].prefix(rows))
        guard let start = matrix.leastSquares([side])?.first else { return nil }
        return refined(start, rows: side.count) { _ in side }.map { filter($0.solution, dividedBy: scale) }
    }

    /// Quasi-likelihood with a variance proportional to the square of the mean, solved by iterated least squares.
    ///
    /// - Parameters:
    ///   - rows: uses the first so many.
    ///   - first: the step to begin with: later ones trust the start more.
    ///   - side: the values to explain, given the present predictions.
    /// - Returns: also the sum of the squares of the relative errors at the end, to compare solutions by.
    private func refined(
        _ start: [Double], rows: Int, steps: Int = 10, from first: Int = 0, side: ([Double]) -> [Double]
    ) -> (solution: [Double], error: Double)? {
        var solution = start
        var error = 0.0
        for step in first..<first + steps {
            let predicted = matrix.predictions(solution, count: rows)
            let size = Self.median(predicted.map(abs))
            guard size > 0, size.isFinite else { return nil }
            // Without a floor the row nearest to zero would decide alone, on a first guess.
            let floor = size * max(0.02, 0.5 * pow(0.6, Double(step)))
            let weights = predicted.map { 1 / ($0 * $0 + floor * floor) }
            let wanted = side(predicted)
            guard let next = matrix.leastSquares([wanted], weights: weights)?.first else { return nil }
            let left = matrix.predictions(next, count: rows)
            error = zip(weights, zip(wanted, left)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) * ($1.1.0 - $1.1.1) }
            solution = next
        }
        return (solution, error)
    }

    /// Rows of the logistic regression: more hardly help, and each of its steps costs a Gram matrix.
    private static let logisticRows = 1 << 16

    /// B5: the hyperplane between windows of positive and of negative values, by penalised logistic regression.
    func logistic(_ channel: Int) -> FilterEstimate? {
        let labels = values[channel].prefix(Self.logisticRows).map { $0 > 0 ? 1.0 : $0 < 0 ? -1 : 0 }
        let penalty = 1e-6 * Double(labels.count)
        let gram = matrix.gram(count: labels.count)
        let scales = (0..<matrix.columns).map { gram[$0 * matrix.columns + $0] / Double(labels.count) }
        var solution = [Double](repeating: 0, count: matrix.columns)
        for _ in 0..<15 {
            let margins = zip(matrix.predictions(solution, count: labels.count), labels).map { $0 * $1 }
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
            let change = Self.median(matrix.predictions(step, count: labels.count).map(abs))
            let factor = change > 5 ? 5 / change : 1
            for column in solution.indices { solution[column] += factor * step[column] }
        }
        let size = solution.dropLast().reduce(0) { $0 + $1 * $1 }.squareRoot()
        return size > 0 ? filter(solution, dividedBy: size) : nil
    }

    /// B6: magnitudes only. A lifted start where the filter is small, a spectral one and a few random ones; from each, signs and
    /// filter in turns on some of the rows; the one that explains the magnitudes best goes on with all.
    func phase(
        _ channel: Int, scale: Double, lifted: [Double]?, using generator: inout SeededGenerator
    ) -> FilterEstimate? {
        let magnitudes = values[channel].prefix(4 * Self.phaseRows).map(abs)
        let signed = { (predicted: [Double]) in zip(magnitudes, predicted).map { $1 < 0 ? -$0 : $0 } }
        var best: (solution: [Double], error: Double)?
        let starts = phaseStarts(Array(magnitudes.prefix(Self.phaseRows)), using: &generator)
        for start in (lifted.map { [$0] } ?? []) + starts {
            let rows = min(Self.phaseRows, magnitudes.count)
            guard let found = refined(start, rows: rows, steps: 15, side: signed) else { continue }
            if found.error < best?.error ?? .infinity { best = found }
        }
        guard let best,
            let refined = refined(best.solution, rows: magnitudes.count, steps: 4, from: 11, side: signed)
        else { return nil }
        return filter(refined.solution, dividedBy: scale, isSignKnown: false)
    }

    /// Rows that the starts are tried on; the best one is refined on four times as many.
    private static let phaseRows = 4096

    /// For every channel, a start for phase retrieval without any guess of signs; nil where the filter is too large or the rows are too few.
    func liftedStarts() -> [[Double]?] {
        guard let lifted = LiftedRows(matrix, limit: 4 * Self.phaseRows) else { return values.map { _ in nil } }
        return lifted.coefficients(ofSquares: values.map { $0.prefix(lifted.count).map { $0 * $0 } })
    }

    private func phaseStarts(_ magnitudes: [Double], using generator: inout SeededGenerator) -> [[Double]] {
        let gram = matrix.gram(count: magnitudes.count, ridge: 1e-9)
        let size = max(Self.median(magnitudes), .leastNormalMagnitude)
        // Large magnitudes point along the filter; capped, as one wild mask must not decide.
        let energies = magnitudes.map { min($0 / size, 4) * min($0 / size, 4) }
        var starts: [[Double]] = []
        if let spectral = DenseSolver.principalVector(of: matrix.gram(weights: energies), metric: gram) {
            starts.append(spectral)
        }
        let signs =
            [magnitudes]
            + (0..<2).map { _ in
                // The sign of a random direction among the windows, so that neighbouring windows start alike.
                let direction = (0..<matrix.columns).map { _ in generator.normal() }
                return zip(magnitudes, matrix.predictions(direction, count: magnitudes.count)).map { $1 < 0 ? -$0 : $0 }
            }
        let sides = signs.map { matrix.moments($0) }
        return starts + (DenseSolver.solve(positiveDefinite: gram, rightSides: sides) ?? [])
    }

    /// The upper median, 0 of nothing. Hoare's selection: sorting took a fifth of the time of the attacks on filters.
    package static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        var values = values
        let middle = values.count / 2
        var (low, high) = (0, values.count - 1)
        while low < high {
            let pivot = values[(low + high) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while values[left] < pivot { left += 1 }
                while values[right] > pivot { right -= 1 }
                guard left <= right else { break }
                values.swapAt(left, right)
                (left, right) = (left + 1, right - 1)
            }
            if middle <= right { high = right } else if middle >= left { low = left } else { break }
        }
        return values[middle]
    }
}
