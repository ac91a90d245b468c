import Numerics

/// What a two-party activation on additive shares has to know of a layer.
extension IntegerLayer {
    /// The shift of its requantiser; 0 where nothing is rounded.
    public var shift: Int {
        if case .requantise(let requantiser) = activation { return requantiser.shift }
        return 0
    }

    /// The smallest L such that shares modulo 2^L determine what the layer passes on, proven for every input by
    /// `accumulatorRanges`.
    ///
    /// Where it is requantised, with accumulator `y`, multiplier `m`, shift `s` and `A` activation bits, that is what is compared with
    /// both ends of the clamp: `Y = m y + 2^(s-1)` (`Y = m y` for `s = 0`) has `-2^(L-1) + 2^(s+A) <= Y <= 2^(L-1) - 1`, and
    /// `L >= s + A + 2`. Otherwise `y` itself lies in `-2^(L-1)...2^(L-1) - 1`.
    public var shareBits: Int {
        guard case .requantise(let requantiser) = activation else {
            return accumulatorRanges.map { max($0.lowerBound.signedBitWidth, $0.upperBound.signedBitWidth) }.max() ?? 1
        }
        let half: BigInteger = shift > 0 ? .one << (shift - 1) : .zero
        let top = BigInteger.one << (shift + requantiser.activationBits)
        let needed = zip(accumulatorRanges, requantiser.multipliers).map { range, multiplier in
            let factor = BigInteger(Int(multiplier))
            return max(
                (range.lowerBound * factor + half - top).signedBitWidth,
                (range.upperBound * factor + half).signedBitWidth)
        }
        return max(needed.max() ?? 1, shift + requantiser.activationBits + 2)
    }
}

extension IntegerNetwork {
    /// Width of the shares between the layers: the largest `shareBits`.
    public var shareBits: Int { layers.map(\.shareBits).max() ?? 0 }
}
