import Numerics

extension IntegerLayer {
    /// How many of a layer's accumulators in these rows and columns are beyond what the calibration foresaw; 0 where nothing is clamped.
    package func saturated(
        _ accumulators: IntegerTensor, rows: Range<Int>, columns: Range<Int>, threads: Int
    ) -> Int {
        guard case .requantise(let requantiser) = activation else { return 0 }
        return requantiser.saturated(accumulators, rows: rows, columns: columns, threads: threads)
    }
}

extension Requantiser {
    /// How many accumulators are beyond the largest activation: values that the calibration did not foresee, which the clamp cuts off.
    /// - Precondition: one-limb accumulators, one multiplier per channel.
    func saturated(_ accumulators: IntegerTensor, rows: Range<Int>, columns: Range<Int>, threads: Int = 1) -> Int {
        precondition(accumulators.shape.channels == multipliers.count, "one multiplier per channel")
        precondition(accumulators.values.limbs == 1, "one-limb accumulators")
        let limits = multipliers.map(largestAccumulator)
        let (plane, width) = (accumulators.shape.planeSize, accumulators.shape.width)
        return parallelMap(accumulators.shape.count * limits.count, threads: threads) { index in
            let (limit, values) = (limits[index % limits.count], accumulators.values.words.span)
            var count = 0
            for row in rows {
                let first = index * plane + row * width
                for place in first + columns.lowerBound..<first + columns.upperBound {
                    count += Int(Int64(bitPattern: values[place])) > limit ? 1 : 0
                }
            }
            return count
        }.reduce(0, +)
    }

    /// The largest accumulator that `apply` does not clamp from above.
    private func largestAccumulator(multiplier: Int64) -> Int {
        guard multiplier > 0 else { return .max }
        let half: Int128 = shift > 0 ? 1 << Int128(shift - 1) : 0
        let beyond = (Int128(largest) + 1) << Int128(shift)
        return Int(clamping: (beyond - half - 1) / Int128(multiplier))
    }
}
