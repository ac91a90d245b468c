import Numerics

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
        guard skip == nil || skipped?.shape == shape else {
            let found = skipped.map { "\($0.shape)" } ?? "none"
            throw .sizeMismatch(layer: name, reason: "adds an activation of size \(found), expected \(shape)")
        }
        var values: IntegerArray
        if let rows {
            values = rows.apply(input, limbs: IntegerArray.limbs(forBits: accumulatorBits))
        } else {
            values = ExactConvolution(self).apply(input, output: shape, threads: threads)
            add(bias, to: &values, shape: shape)
        }
        if let skip, let skipped { add(skipped, times: skip.multipliers, to: &values, shape: shape) }
        return IntegerTensor(shape: shape, values: values)
    }

    /// What the next layer sees of these accumulators.
    public func activate(_ accumulators: IntegerTensor) -> IntegerTensor { activation.apply(to: accumulators) }

    private func add(_ bias: [BigInteger], to values: inout IntegerArray, shape: TensorShape) {
        let limbs = values.limbs
        let words = bias.map { $0.twosComplement(count: limbs) }
        for plane in 0..<(shape.count * shape.channels) {
            let addend = words[plane % shape.channels]
            for index in (plane * shape.planeSize)..<((plane + 1) * shape.planeSize) {
                TwosComplement.add(addend, to: &values.words, at: index * limbs, limbs: limbs)
            }
        }
    }

    private func add(
        _ skipped: IntegerTensor, times multipliers: [BigInteger], to values: inout IntegerArray, shape: TensorShape
    ) {
        let limbs = values.limbs
        let source = skipped.values.resized(limbs: max(limbs, skipped.values.limbs))
        let factors = multipliers.map { $0.twosComplement(count: limbs) }
        for plane in 0..<(shape.count * shape.channels) {
            let factor = factors[plane % shape.channels]
            for index in (plane * shape.planeSize)..<((plane + 1) * shape.planeSize) {
                TwosComplement.addProduct(
                    factor, source.words, at: index * source.limbs, to: &values.words, at: index * limbs, limbs: limbs)
            }
        }
    }
}

extension IntegerLayer.Activation {
    /// What the next layer sees of accumulators.
    public func apply(to accumulators: IntegerTensor) -> IntegerTensor {
        switch self {
        case .none: return accumulators
        case .relu:
            var result = accumulators
            result.values.rectify()
            return result
        case .requantise(let requantiser): return requantiser.apply(accumulators)
        }
    }
}

/// Arithmetic modulo 2^(64 limbs) on little-endian words: exact for signed values whose result is known to fit.
enum TwosComplement {
    /// `words[start...] += addend`, both of `limbs` words.
    static func add(_ addend: [UInt64], to words: inout [UInt64], at start: Int, limbs: Int) {
        var carry: UInt64 = 0
        for limb in 0..<limbs {
            let (partial, first) = words[start + limb].addingReportingOverflow(addend[limb])
            let (sum, second) = partial.addingReportingOverflow(carry)
            words[start + limb] = sum
            carry = first || second ? 1 : 0
        }
    }

    /// `words[start...] += value * 2^shift`.
    static func add(_ value: Int64, shiftedBy shift: Int, to words: inout [UInt64], at start: Int, limbs: Int) {
        let (limbShift, bits) = (shift / 64, shift % 64)
        var addend = UInt64(bitPattern: value) << UInt64(bits)
        var rest = bits == 0 ? value >> 63 : value >> Int64(64 - bits)
        var carry: UInt64 = 0
        var limb = limbShift
        while limb < limbs {
            let (partial, first) = words[start + limb].addingReportingOverflow(addend)
            let (sum, second) = partial.addingReportingOverflow(carry)
            words[start + limb] = sum
            carry = first || second ? 1 : 0
            addend = UInt64(bitPattern: rest)
            rest >>= 63
            limb += 1
        }
    }

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
