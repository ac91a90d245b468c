import Numerics

extension IntegerLayer {
    /// How many of a layer's accumulators in these rows and columns are beyond what the calibration foresaw; 0 where nothing is clamped.
    package func saturated(_ accumulators: IntegerTensor, rows: Range<Int>, columns: Range<Int>) -> Int {
        guard case .requantise(let requantiser) = activation else { return 0 }
        return requantiser.saturated(accumulators, rows: rows, columns: columns)
    }
}

extension Requantiser {
    /// How many accumulators are beyond the largest activation: values that the calibration did not foresee, which the clamp cuts off.
    /// - Precondition: one-limb accumulators, one multiplier per channel.
    func saturated(_ accumulators: IntegerTensor, rows: Range<Int>, columns: Range<Int>) -> Int {
        precondition(accumulators.shape.channels == multipliers.count, "one multiplier per channel")
        let limits = multipliers.map(largestAccumulator)
        let (plane, width) = (accumulators.shape.planeSize, accumulators.shape.width)
        var count = 0
        var start = 0
        for _ in 0..<accumulators.shape.count {
            for limit in limits {
                for row in rows {
                    let first = start + row * width
                    for index in first + columns.lowerBound..<first + columns.upperBound
                    where accumulators.values.narrow(index) > limit { count += 1 }
                }
                start += plane
            }
        }
        return count
    }

    /// The largest accumulator that `apply` does not clamp from above.
    private func largestAccumulator(multiplier: Int64) -> Int {
        guard multiplier > 0 else { return .max }
        let half: Int128 = shift > 0 ? 1 << Int128(shift - 1) : 0
        let beyond = (Int128(largest) + 1) << Int128(shift)
        return Int(clamping: (beyond - half - 1) / Int128(multiplier))
    }
}
