public import Numerics

extension IntegerLayer {
    /// The exact accumulators: correlation, bias and skip.
    ///
    /// - Parameters:
    ///   - input: values of magnitude at most `largestInput`; larger ones give wrong results, unchecked.
    ///   - skipped: the activation named by `skip`, of the output's shape.
    ///   - threads: at most this many; the result does not depend on it.
    /// - Returns: as many limbs as `accumulatorBits` need.
    /// - Throws: `DenoisingError.sizeMismatch` if a shape does not fit.
    public func accumulate(
        _ input: IntegerTensor, skipped: IntegerTensor? = nil, threads: Int = ExactConvolution.defaultThreads
    ) throws(DenoisingError) -> IntegerTensor {
        let shape = try outputShape(for: input.shape)
        try requireShape(of: skipped, shape)
        var values: IntegerArray
        if let rows {
            values = rows.apply(input, limbs: IntegerArray.limbs(forBits: accumulatorBits))
        } else {
            values = try ExactConvolution(self).apply(input, plus: bias, output: shape, threads: threads)
        }
        if let skip, let skipped {
            add(skipped, times: skip.multipliers, to: &values, shape: shape, threads: threads)
        }
        return IntegerTensor(shape: shape, values: values)
    }

    /// The same of one party's additive shares, modulo `2^bits`: correlation and skip, plus one constant per output channel.
    ///
    /// - Parameters:
    ///   - shares: one limb each, in `0 ..< 2^bits`.
    ///   - skipped: the shares of the activation named by `skip`, of the output's shape.
    ///   - bits: 1...64.
    ///   - constants: what one of the parties adds: the bias, a rounding constant; zeros for the other.
    ///   - threads: at most this many; the result does not depend on it.
    /// - Returns: one limb each, in `0 ..< 2^bits`.
    /// - Throws: `DenoisingError.sizeMismatch` if a shape does not fit.
    /// - Precondition: a correlation, not rows.
    public func accumulate(
        shares: IntegerTensor, skipped: IntegerTensor? = nil, modulo bits: Int, plus constants: [BigInteger],
        threads: Int = ExactConvolution.defaultThreads
    ) throws(DenoisingError) -> IntegerTensor {
        precondition(rows == nil && (1...64).contains(bits) && constants.count == outputChannels)
        let shape = try outputShape(for: shares.shape)
        try requireShape(of: skipped, shape)
        var values = try ExactConvolution(self).apply(
            shares, width: bits, isSigned: false, plus: constants, output: shape, limbs: 1, threads: threads)
        if let skip, let skipped {
            add(skipped, times: skip.multipliers, to: &values, shape: shape, threads: threads)
        }
        let mask = UInt64.max >> UInt64(64 - bits)
        parallelChange(&values.words, of: shape.planeSize, threads: threads) { _, words in
            for index in words.indices { words[unchecked: index] &= mask }
        }
        return IntegerTensor(shape: shape, values: values)
    }

    private func requireShape(of skipped: IntegerTensor?, _ shape: TensorShape) throws(DenoisingError) {
        guard skip == nil || skipped?.shape == shape else {
            let found = skipped.map { "\($0.shape)" } ?? "none"
            throw .sizeMismatch(layer: name, reason: "adds an activation of size \(found), expected \(shape)")
        }
    }

    private func add(
        _ skipped: IntegerTensor, times multipliers: [BigInteger], to values: inout IntegerArray, shape: TensorShape,
        threads: Int
    ) {
        let limbs = values.limbs
        let source = skipped.values.resized(limbs: max(limbs, skipped.values.limbs))
        let factors = multipliers.map { $0.twosComplement(count: limbs) }
        if limbs == 1 && source.limbs == 1 {
            return add(source.words, times: factors.map { $0[0] }, to: &values.words, shape: shape, threads: threads)
        }
        for plane in 0..<(shape.count * shape.channels) {
            let factor = factors[plane % shape.channels]
            for index in (plane * shape.planeSize)..<((plane + 1) * shape.planeSize) {
                TwosComplement.addProduct(
                    factor, source.words, at: index * source.limbs, to: &values.words, at: index * limbs, limbs: limbs)
            }
        }
    }

    /// The same for one limb, most of an integer network's work outside its correlations.
    private func add(
        _ source: [UInt64], times factors: [UInt64], to words: inout [UInt64], shape: TensorShape, threads: Int
    ) {
        precondition(source.count == shape.elementCount && words.count == source.count)
        parallelChange(&words, of: shape.planeSize, threads: threads) { plane, sums in
            let (factor, source, first) = (factors[plane % shape.channels], source.span, plane * shape.planeSize)
            for index in sums.indices { sums[unchecked: index] &+= factor &* source[unchecked: first + index] }
        }
    }
}

extension IntegerLayer.Activation {
    /// What the next layer sees of accumulators.
    /// - Parameter threads: at most this many; the result does not depend on it.
    public func apply(to accumulators: IntegerTensor, threads: Int = 1) -> IntegerTensor {
        switch self {
        case .none: return accumulators
        case .relu:
            var result = accumulators
            result.values.rectify()
            return result
        case .requantise(let requantiser): return requantiser.apply(accumulators, threads: threads)
        }
    }
}

/// Arithmetic modulo 2^(64 limbs) on little-endian words: exact for signed values whose result is known to fit.
enum TwosComplement {
    /// `words[start...] += factor * other[otherStart...]`, all of at least `limbs` words.
    static func addProduct(
        _ factor: [UInt64], _ other: [UInt64], at otherStart: Int, to words: inout [UInt64], at start: Int, limbs: Int
    ) {
        for low in 0..<limbs where factor[low] != 0 {
            var carry: UInt64 = 0
            for high in 0..<(limbs - low) {
                let product = factor[low].multipliedFullWidth(by: other[otherStart + high])
                let (partial, first) = words[start + low + high].addingReportingOverflow(product.low)
                let (sum, second) = partial.addingReportingOverflow(carry)
                words[start + low + high] = sum
                carry = product.high &+ (first ? 1 : 0) &+ (second ? 1 : 0)
            }
        }
    }
}
