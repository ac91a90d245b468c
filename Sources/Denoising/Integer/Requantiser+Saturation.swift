import Numerics

extension IntegerLayer {
    /// How many of a layer's accumulators in these rows and columns are beyond the largest activation: values that the calibration did not
    /// foresee, which the clamp cuts off. 0 where nothing is clamped.
    /// - Precondition: where they are clamped, one-limb accumulators, one multiplier per channel.
    package func saturated(
        _ accumulators: IntegerTensor, rows: Range<Int>, columns: Range<Int>, threads: Int
    ) -> Int {
        guard case .requantise(let requantiser) = activation else { return 0 }
        precondition(accumulators.shape.channels == requantiser.multipliers.count, "one multiplier per channel")
        precondition(accumulators.values.limbs == 1, "one-limb accumulators")
        let limits = requantiser.multipliers.map(requantiser.largestAccumulator)
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
}

extension Requantiser {
    /// The largest accumulator that `apply` does not clamp from above.
    fileprivate func largestAccumulator(multiplier: Int64) -> Int {
        guard multiplier > 0 else { return .max }
        let half: Int128 = shift > 0 ? 1 << Int128(shift - 1) : 0
        let beyond = (Int128(largest) + 1) << Int128(shift)
        return Int(clamping: (beyond - half - 1) / Int128(multiplier))
    }
}
