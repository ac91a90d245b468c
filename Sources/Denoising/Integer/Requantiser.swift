import Numerics

/// Turns the accumulators of a layer into unsigned activations of `activationBits` bits - the only rounding of a
/// requantised network after its weights, defined here once for the integer network, the client and every circuit:
///
///     q = clamp(floor((accumulator * multipliers[channel] + 2^(shift - 1)) / 2^shift), 0, 2^activationBits - 1)
///
/// That is multiply, shift, round half up (for negative values too: -0.5 becomes 0, -1.5 becomes -1), clamp; the clamp
/// at zero is the ReLU. With `shift == 0` nothing is added.
public struct Requantiser: Sendable, Hashable {
    /// One per output channel, in `0...2^31 - 1`.
    public let multipliers: [Int64]
    /// Common to all channels, in `0...62`.
    public let shift: Int
    /// In `1...31`.
    public let activationBits: Int

    /// Bits of the largest multiplier, whose rounding is then a relative error of at most 2^-31.
    static let multiplierBits = 31
    static let shiftRange = 0...62

    /// - Throws: `DenoisingError.invalidPrecision` or `valueOutOfRange` if a value lies outside the ranges above.
    public init(multipliers: [Int64], shift: Int, activationBits: Int) throws(DenoisingError) {
        guard (1...31).contains(activationBits) else {
            throw .invalidPrecision(what: "activation bits", found: activationBits, expected: 1...31)
        }
        guard Self.shiftRange.contains(shift) else {
            throw .invalidPrecision(what: "requantiser's shift", found: shift, expected: Self.shiftRange)
        }
        guard multipliers.allSatisfy({ (0..<(1 << Self.multiplierBits)).contains($0) }) else {
            throw .valueOutOfRange(what: "requantiser's multiplier", expected: "0..<2^\(Self.multiplierBits)")
        }
        self.multipliers = multipliers
        self.shift = shift
        self.activationBits = activationBits
    }

    /// The closest requantiser to `q = accumulator * ratios[channel]`: the largest ratio gets a multiplier of 31 bits,
    /// smaller ones share its shift. Ratios are positive.
    init(ratios: [Double], activationBits: Int) throws(DenoisingError) {
        guard let largest = ratios.max(), ratios.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw .invalidCalibration(reason: "gives a scale that is not positive, expected positive activation limits")
        }
        // largest < 2^(exponent + 1), so the shifted value is below 2^31; one less where it would round up to 2^31.
        var shift = min(Self.multiplierBits - 1 - Int(largest.exponent), Self.shiftRange.upperBound)
        if Self.scaled(largest, shift) >= 0x1p31 { shift -= 1 }
        guard shift >= 0 else {
            throw .invalidCalibration(
                reason: "asks for activations far finer than the accumulators, expected larger limits")
        }
        try self.init(
            multipliers: ratios.map { Int64(Self.scaled($0, shift)) }, shift: shift, activationBits: activationBits)
    }

    /// The largest activation.
    public var largest: Int { 1 << activationBits - 1 }

    /// The activation of one accumulator; see the type for the formula.
    public func apply(_ accumulator: Int, channel: Int) -> Int { apply(accumulator, times: Int(multipliers[channel])) }

    private func apply(_ accumulator: Int, times multiplier: Int) -> Int {
        let (product, isWide) = accumulator.multipliedReportingOverflow(by: multiplier)
        let (sum, isWider) = product.addingReportingOverflow(shift > 0 ? 1 << (shift - 1) : 0)
        if !isWide && !isWider { return min(max(sum >> shift, 0), largest) }
        return applyWide(accumulator, times: multiplier)
    }

    /// Where the product needs more than 64 bits.
    private func applyWide(_ accumulator: Int, times multiplier: Int) -> Int {
        let product = Int128(accumulator) * Int128(multiplier)
        let half: Int128 = shift > 0 ? 1 << Int128(shift - 1) : 0
        let rounded = (product + half) >> Int128(shift)
        return Int(min(max(rounded, 0), Int128(largest)))
    }

    /// Applies it to every accumulator of a layer.
    /// - Parameter threads: at most this many; the result does not depend on it.
    /// - Precondition: one-limb accumulators, one multiplier per channel.
    public func apply(_ accumulators: IntegerTensor, threads: Int = 1) -> IntegerTensor {
        let shape = accumulators.shape
        precondition(shape.channels == multipliers.count, "one multiplier per channel")
        precondition(accumulators.values.limbs == 1, "one-limb accumulators")
        let words = parallelWords(shape.count * shape.channels, of: shape.planeSize, threads: threads) {
            plane, target in
            let (source, first) = (accumulators.values.words.span, plane * shape.planeSize)
            let multiplier = Int(multipliers[plane % shape.channels])
            for index in target.indices {
                target[index] = UInt64(apply(Int(Int64(bitPattern: source[first + index])), times: multiplier))
            }
        }
        return IntegerTensor(shape: shape, values: IntegerArray(words: words))
    }

    private static func scaled(_ ratio: Double, _ shift: Int) -> Double {
        (ratio * Double(sign: .plus, exponent: shift, significand: 1)).rounded()
    }
}
