import Denoising
import Imaging
import Numerics

extension LayerEquations {
    /// Rows that a plane is fitted to, and the fewer that its signs are looked for on.
    private static let (envelopeRows, signRows) = (1 << 14, 1 << 12)

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
        guard let envelope = mask.envelope, let white = WhiteRows(matrix, limit: Self.envelopeRows) else { return nil }
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

    /// What all channels share of the search for signs.
    func liftedRows() -> LiftedRows? { LiftedRows(matrix, limit: Self.signRows) }
}

extension FilterEstimate {
    /// With whole numbers, as those of an integer network are.
    fileprivate var rounded: FilterEstimate {
        FilterEstimate(
            weights: weights.map { $0.rounded() }, bias: bias.rounded(), skip: skip?.rounded(), isSignKnown: isSignKnown
        )
    }
}
