import Denoising
import Imaging
package import Numerics

extension LayerEquations {
    /// Rows behind the estimate that divisors are looked for around.
    private static let estimateRows = 1 << 14
    /// Equations beyond the unknowns that a solution has to satisfy.
    private static let checks = 40

    /// B1: exact elimination on as many windows as there are unknowns; nil for all where the values are no linear function.
    func eliminated(seed: UInt64) -> [FilterEstimate?] {
        let channels = layer.outputChannels
        let none = [FilterEstimate?](repeating: nil, count: channels)
        var system = ModularElimination(unknowns: matrix.columns, sides: channels)
        var row = 0
        while row < rows, !system.isComplete {
            let values = (0..<channels).map { ModularElimination.residue(exactValue(row, channel: $0)) }
            guard system.insert(exactWindow(row), values) else { return none }
            row += 1
        }
        guard let solutions = system.solutions() else { return none }
        for row in row..<min(rows, row + Self.checks) {
            let values = (0..<channels).map { ModularElimination.residue(exactValue(row, channel: $0)) }
            guard system.insert(exactWindow(row), values) else { return none }
        }
        return solutions.map { filter($0) }
    }

    /// B3: masks that the slots of a ciphertext share are their greatest common divisor, unless the values have one of their own.
    /// A few draws of equations avoid those that do.
    func eliminatedBySlots(seed: UInt64, threads: Int) -> [FilterEstimate?] {
        parallelMap(layer.outputChannels, threads: threads) { channel in
            var generator = SeededGenerator(seed: seed, stream: UInt64(channel))
            let candidates = LayerEquations.sample(min(rows, 20 * matrix.columns), of: rows, using: &generator)
            let unmasked = candidates.compactMap { row -> (window: [Int], value: BigInteger)? in
                guard let divisor = self.sharedMask(row, channel: channel) else { return nil }
                let value = self.exactValue(row, channel: channel).quotientAndRemainder(dividingBy: divisor).quotient
                return (self.exactWindow(row), value)
            }
            return self.consistentFilter(unmasked, draws: 40, using: &generator)
        }
    }

    /// Positions that are looked for, until one is found.
    private static let soughtPositions = 16

    /// B7: an order of positions moves whole ciphertexts, and leaves every image in its slot. What the slots of one ciphertext
    /// hold is linear in the windows of its true position in all images; with more images than unknowns, of no other's. So one
    /// position is taken and all ciphertexts are fitted to its windows: one fits, and gives the filter. A common factor of
    /// the slots, as of a shared mask, stays in the filter.
    /// - Returns: Nil for every filter unless there are two images more than unknowns, and where no fit is exact.
    func eliminatedByPosition(seed: UInt64, threads: Int) -> [FilterEstimate?] {
        let none = [FilterEstimate?](repeating: nil, count: layer.outputChannels)
        var generator = SeededGenerator(seed: seed)
        // At the edge a filter sees part of its window; a shifted filter of an inner position would explain that as well.
        let inner = innerPositions
        let sought = LayerEquations.sample(min(Self.soughtPositions, inner.count), of: inner.count, using: &generator)
            .map { windows(at: inner[$0]) }
        guard let images = sought.first?.rows, images >= matrix.columns + 2 else { return none }
        return parallelMap(layer.outputChannels, threads: threads) { channel in
            let ciphertexts = (0..<planeSize).map { indices(at: $0, channel: channel) }
            let sides = ciphertexts.map(nearestValues)
            for windows in sought {
                guard let best = Self.bestFit(windows, sides) else { continue }
                if let solution = Self.solution(windows, exactValues(ciphertexts[best])) {
                    return filter(solution)
                }
            }
            return nil
        }
    }

    /// Which of the sides is nearest to a linear function of the rows, relative to its size.
    private static func bestFit(_ matrix: RegressorMatrix, _ sides: [[Double]]) -> Int? {
        guard let fits = matrix.leastSquares(sides) else { return nil }
        func squares(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }
        let errors = zip(sides, fits).map { side, fit in
            let size = squares(side)
            return size > 0 ? squares(zip(side, matrix.predictions(fit)).map { $0 - $1 }) / size : .infinity
        }
        return errors.indices.min { errors[$0] < errors[$1] }
    }

    /// The whole coefficients that give all values exactly.
    private static func solution(_ matrix: RegressorMatrix, _ values: [BigInteger]) -> [Int]? {
        var system = ModularElimination(unknowns: matrix.columns, sides: 1)
        for (row, value) in values.enumerated() {
            guard system.insert(exactWindow(matrix, row), [ModularElimination.residue(value)]) else { return nil }
        }
        guard let solution = system.solutions()?.first else { return nil }
        // Where windows repeat and equations are few, any values have a solution modulo a prime.
        let isExact = values.indices.allSatisfy { value(solution, exactWindow(matrix, $0)) == values[$0] }
        return isExact ? solution : nil
    }

    /// The greatest common divisor of all slots; nil if all are zero.
    package func sharedMask(_ row: Int, channel: Int) -> BigInteger? {
        let divisor = slots(row, channel: channel).reduce(BigInteger.zero) {
            $0.greatestCommonDivisor($1.absoluteValue)
        }
        return divisor.isZero ? nil : divisor
    }

    /// B2: every y divides its r y. Near an estimate of y there is mostly one divisor; exact elimination on those gives the
    /// filter, and dividing all values proves it.
    /// - Parameter lifted: a start for phase retrieval, where signs are hidden.
    func divisors(
        _ channel: Int, scale: Double, isSignKnown: Bool, lifted: [Double]?,
        using generator: inout SeededGenerator
    ) -> FilterEstimate? {
        let start =
            isSignKnown
            ? reweighted(channel, scale: scale, rows: Self.estimateRows)
            : phase(channel, scale: scale, lifted: lifted, using: &generator)
        return start.flatMap {
            divisors(channel, from: $0, tolerance: 0.15, isSignKnown: isSignKnown, using: &generator)
        }
    }

    /// The same from an estimate, and how far off at first a value may be for it.
    func divisors(
        _ channel: Int, from start: FilterEstimate, tolerance first: Double, isSignKnown: Bool,
        using generator: inout SeededGenerator
    ) -> FilterEstimate? {
        var (estimate, tolerance): (FilterEstimate?, Double) = (start, first)
        for _ in 0..<6 {
            guard let present = estimate else { return nil }
            let found = divisorEquations(channel, present, tolerance: tolerance)
            guard found.count > matrix.columns + Self.checks / 2 else { return nil }
            let equations = found.map { (self.exactWindow($0.row), BigInteger($0.value)) }
            if var exact = consistentFilter(equations, draws: 3, using: &generator), divides(exact, channel: channel) {
                exact.isSignKnown = isSignKnown
                return exact
            }
            estimate = refitted(found, isSignKnown: isSignKnown)
            tolerance *= 0.4
        }
        return nil
    }

    /// Rows of middling values that have a single divisor near the estimate.
    private func divisorEquations(
        _ channel: Int, _ estimate: FilterEstimate, tolerance: Double
    ) -> [(row: Int, value: Int)] {
        let predicted = matrix.predictions(coefficients(estimate), count: Self.estimateRows)
        let size = Self.median(predicted.map(abs))
        var found: [(row: Int, value: Int)] = []
        for row in predicted.indices where found.count < 3 * matrix.columns {
            let near = abs(predicted[row])
            guard near > size / 8, near < size, near < 0x1p24 else { continue }
            guard let value = exactValue(row, channel: channel).absoluteValue.exactInt, value > 0 else { continue }
            let range = max(1, Int(near * (1 - tolerance)))...Int(near * (1 + tolerance)) + 1
            guard let divisor = Self.onlyDivisor(of: UInt64(value), in: range) else { continue }
            found.append((row, predicted[row] < 0 ? -divisor : divisor))
        }
        return found
    }

    private static func onlyDivisor(of value: UInt64, in range: ClosedRange<Int>) -> Int? {
        var found: Int?
        for candidate in range where value % UInt64(candidate) == 0 {
            guard found == nil else { return nil }
            found = candidate
        }
        return found
    }

    /// A better estimate from divisors of which some are wrong: least squares, outliers dropped.
    private func refitted(_ found: [(row: Int, value: Int)], isSignKnown: Bool) -> FilterEstimate? {
        var side = [Double](repeating: 0, count: min(rows, Self.estimateRows))
        var weights = side
        for (row, value) in found {
            side[row] = Double(value)
            weights[row] = 1 / (Double(value) * Double(value))
        }
        var solution: [Double]?
        for _ in 0..<8 {
            guard let next = matrix.leastSquares([side], weights: weights)?.first else { return nil }
            solution = next
            let predicted = matrix.predictions(next, count: side.count)
            let errors = found.map { abs(predicted[$0.row] / side[$0.row] - 1) }
            let limit = max(3 * Self.median(errors), 1e-9)
            for (index, (row, value)) in found.enumerated() {
                weights[row] = errors[index] > limit ? 0 : 1 / (Double(value) * Double(value))
            }
        }
        return solution.map { filter($0, dividedBy: 1, isSignKnown: isSignKnown) }
    }

    /// A filter that agrees with most of the equations, from a few random draws of as many as there are unknowns.
    private func consistentFilter(
        _ equations: [(window: [Int], value: BigInteger)], draws: Int, using generator: inout SeededGenerator
    ) -> FilterEstimate? {
        for _ in 0..<draws {
            let order = Self.sample(equations.count, of: equations.count, using: &generator)
            var system = ModularElimination(unknowns: matrix.columns, sides: 1)
            var used = 0
            while used < order.count, !system.isComplete {
                let equation = equations[order[used]]
                used += 1
                system.insert(equation.window, [ModularElimination.residue(equation.value)])
            }
            guard let solution = system.solutions()?.first else { return nil }
            let rest = order[used...].prefix(Self.checks)
            let agreeing = rest.count { number in
                Self.value(solution, equations[number].window) == equations[number].value
            }
            if agreeing >= max(1, rest.count * 2 / 3) { return filter(solution) }
        }
        return nil
    }

    private static func value(_ solution: [Int], _ window: [Int]) -> BigInteger {
        zip(solution, window).reduce(BigInteger.zero) { $0 + BigInteger($1.0) * BigInteger($1.1) }
    }

    /// Whether what the filter predicts divides the values: the client's own proof, without any truth to compare with.
    func divides(_ filter: FilterEstimate, channel: Int) -> Bool {
        let solution = (filter.weights + (filter.skip.map { [$0] } ?? []) + [filter.bias]).map(Self.whole)
        return (0..<min(rows, 2 * Self.checks)).allSatisfy { row in
            let predicted = Self.value(solution, exactWindow(row))
            let value = exactValue(row, channel: channel)
            return predicted.isZero
                ? value.isZero : value.quotientAndRemainder(dividingBy: predicted).remainder.isZero
        }
    }
}
