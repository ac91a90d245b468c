import Denoising
import Imaging
import Numerics

extension LayerEquations {
    /// Rows that a plane is fitted to, and the fewer that its signs are looked for on.
    private static let (envelopeRows, signRows) = (1 << 14, 1 << 12)
    /// Entries of a window up to which it is tried, a filter of 5x5 and a bias has 26: signs have the products of two for unknowns.
    private static let mostColumns = 40

    /// B8: the masks' range is public, and many masks lie at one end of it.
    ///
    /// Log-uniform masks of 40 bits are 1 for one value in forty: `|v| = |y|` there and `|v| > |y|` elsewhere, so that the filter is the plane
    /// that touches the values from below. Twice as many such rows as unknowns - one CT patch - give it exactly. Uniform masks
    /// stop at `M = 2^bits - 1`: `|v| / M` touches `|y|` from below, nearly, with an error that falls with the number of rows; near that
    /// there is one divisor of a value, as in B2.
    ///
    /// Where signs are hidden they are found first: the square of `w x + b` is linear in the products of two weights. Unlike B6's start
    /// that regression is repeated with every row weighed by what it predicts, and a sign counts only where the prediction is large.
    /// - Returns: Nil where nothing is masked, and where no plane touches.
    func envelope(
        _ channel: Int, mask: MaskKnowledge, lifted: LiftedRows?, using generator: inout SeededGenerator
    ) -> FilterEstimate? {
        guard let envelope = mask.envelope, matrix.columns <= Self.mostColumns,
            let white = WhiteRows(matrix, limit: Self.envelopeRows)
        else { return nil }
        let magnitudes = values[channel].prefix(white.rows.rows).map { abs($0) / envelope.largest }
        var plane: [Double]?
        if mask.isSignKnown {
            plane = white.plane(signs: Array(values[channel].prefix(magnitudes.count)), magnitudes, envelope.side)
        } else if let lifted {
            plane = lifted.refined(magnitudes.prefix(lifted.count).map { 3 * $0 * $0 })
            // Signs near zero are the last to be sure of.
            for doubtful in [0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01] {
                guard let present = plane else { return nil }
                let predicted = matrix.predictions(present, count: magnitudes.count)
                let least = predicted.map(abs).sorted()[Int(doubtful * Double(predicted.count))]
                plane = white.plane(signs: predicted.map { abs($0) > least ? $0 : 0 }, magnitudes, envelope.side)
            }
        }
        guard let plane, plane.allSatisfy({ $0.isFinite && abs($0) < 0x1p40 }) else { return nil }
        let found = filter(plane, dividedBy: 1, isSignKnown: mask.isSignKnown)
        let whole = found.rounded
        if divides(whole, channel: channel) { return whole }
        return divisors(channel, from: found, tolerance: 0.04, isSignKnown: mask.isSignKnown, using: &generator)
            ?? found
    }

    /// What all channels share of the search for signs; nil for filters that are too large, and for too few rows.
    func liftedRows() -> LiftedRows? {
        guard matrix.columns <= Self.mostColumns else { return nil }
        return WhiteRows(matrix, limit: Self.signRows).flatMap(LiftedRows.init)
    }
}

/// Windows made uncorrelated: those of CT are much alike.
private struct WhiteRows: Sendable {
    let rows: RegressorMatrix
    private let basis: [[Double]]

    init?(_ matrix: RegressorMatrix, limit: Int) {
        let (count, columns) = (min(matrix.rows, limit), matrix.columns)
        let weights = [Double](repeating: 1 / Double(max(1, count)), count: count)
        guard count > columns, let basis = DenseSolver.whitening(matrix.gram(weights: weights, ridge: 1e-12)) else {
            return nil
        }
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

/// Products of two entries of every white window, over the square of the window's size.
struct LiftedRows: Sendable {
    private let white: WhiteRows
    private let lifted: RegressorMatrix
    private let pairs: [(Int, Int)]
    private let sizes: [Double]
    var count: Int { sizes.count }

    fileprivate init?(_ white: WhiteRows) {
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

    /// The coefficients whose squares are these, up to a sign.
    ///
    /// The error of a square is proportional to it: rows are weighed by what the last step predicts, down to a floor that falls.
    func refined(_ squares: [Double]) -> [Double]? {
        let columns = white.rows.columns
        let side = zip(squares, sizes).map { $0 / $1 }
        let identity = (0..<columns * columns).map { $0 % (columns + 1) == 0 ? 1.0 : 0 }
        var weights = side.map { _ in 1.0 }
        var found: [Double]?
        for step in 0..<6 {
            guard let products = lifted.leastSquares([side], weights: weights, ridge: 1e-9)?.first else { return nil }
            var square = [Double](repeating: 0, count: columns * columns)
            for (pair, product) in zip(pairs, products) { square[pair.0 * columns + pair.1] = product }
            guard let vector = DenseSolver.principalVector(of: square, metric: identity) else { return nil }
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
}

extension FilterEstimate {
    /// With whole numbers, as those of an integer network are.
    fileprivate var rounded: FilterEstimate {
        FilterEstimate(
            weights: weights.map { $0.rounded() }, bias: bias.rounded(), skip: skip?.rounded(), isSignKnown: isSignKnown
        )
    }
}
