/// A fixed number of signed integers of one proven width, in contiguous two's complement.
///
/// Value `i` occupies `words[i * limbs ..< (i + 1) * limbs]`, least significant word first. One limb holds what a
/// requantised network needs (33 bits); four limbs hold the accumulators of a ten-layer growing-scale network (197 bits).
/// The width is proven by whoever makes the array; arithmetic on it wraps, it does not check.
public struct IntegerArray: Sendable, Hashable {
    public let count: Int
    /// 64-bit words of one value, at least 1.
    public let limbs: Int
    /// `count * limbs` words. Convolutions work on these directly.
    public var words: [UInt64]

    /// `count` zeros that can each take `bits` bits, sign included.
    public init(count: Int, bits: Int) {
        self.init(count: count, limbs: Self.limbs(forBits: bits))
    }

    public init(count: Int, limbs: Int) {
        precondition(count >= 0 && limbs >= 1, "an integer array has a non-negative count and at least one limb")
        self.count = count
        self.limbs = limbs
        words = [UInt64](repeating: 0, count: count * limbs)
    }

    /// Values of these words. - Precondition: whole values.
    public init(words: [UInt64], limbs: Int = 1) {
        precondition(limbs >= 1 && words.count % limbs == 0, "words of whole values expected")
        (count, self.limbs, self.words) = (words.count / limbs, limbs, words)
    }

    /// One-limb array of these values.
    public init(_ values: some Collection<Int>) {
        self.init(count: values.count, limbs: 1)
        for (index, value) in values.enumerated() { words[index] = UInt64(bitPattern: Int64(value)) }
    }

    /// Words needed for two's complement of `bits` bits, sign included.
    public static func limbs(forBits bits: Int) -> Int { max(1, (bits + 63) / 64) }

    public subscript(index: Int) -> BigInteger {
        get { BigInteger(twosComplement: words[index * limbs..<(index + 1) * limbs]) }
        set { words.replaceSubrange(index * limbs..<(index + 1) * limbs, with: newValue.twosComplement(count: limbs)) }
    }

    /// The value as a machine integer. - Precondition: one limb.
    public func narrow(_ index: Int) -> Int {
        precondition(limbs == 1, "only a one-limb array has machine integers")
        return Int(Int64(bitPattern: words[index]))
    }

    public func isNegative(_ index: Int) -> Bool { words[(index + 1) * limbs - 1] >> 63 == 1 }

    /// Whether there is a negative value.
    package var hasNegatives: Bool {
        guard limbs == 1 else { return (0..<count).contains(where: isNegative) }
        let words = words.span
        var all: UInt64 = 0
        for index in words.indices { all |= words[unchecked: index] }
        return all >> 63 == 1
    }

    /// How many values have a magnitude above `bound`.
    package func count(beyond bound: BigInteger) -> Int {
        guard limbs == 1 else { return (0..<count).count { self[$0].absoluteValue > bound } }
        // No word has a magnitude beyond 2^63; the bound of shares is there.
        guard let limit = bound.exactInt.map(UInt64.init) else { return 0 }
        let words = words.span
        var found = 0
        for index in words.indices { found += Int64(bitPattern: words[unchecked: index]).magnitude > limit ? 1 : 0 }
        return found
    }

    /// The same values, each in `limbs` words. - Precondition: they fit, which widening always does.
    public func resized(limbs newLimbs: Int) -> IntegerArray {
        guard newLimbs != limbs else { return self }
        var result = IntegerArray(count: count, limbs: newLimbs)
        for index in 0..<count {
            let fill: UInt64 = isNegative(index) ? .max : 0
            for limb in 0..<newLimbs {
                result.words[index * newLimbs + limb] = limb < limbs ? words[index * limbs + limb] : fill
            }
            precondition(newLimbs > limbs || result[index] == self[index], "a value does not fit the narrower array")
        }
        return result
    }

    /// The number of values that differ, whatever the limb counts. - Precondition: equal counts.
    public func mismatches(with other: IntegerArray) -> Int {
        precondition(count == other.count, "\(count) values cannot be compared with \(other.count)")
        if limbs == other.limbs && words == other.words { return 0 }
        let width = max(limbs, other.limbs)
        let (left, right) = (resized(limbs: width).words, other.resized(limbs: width).words)
        return (0..<count).count { index in
            (0..<width).contains { left[index * width + $0] != right[index * width + $0] }
        }
    }

    /// Changes every sign; the least value of the width stays as it is.
    public mutating func negate() {
        for index in 0..<count { words.negate(index * limbs..<(index + 1) * limbs) }
    }

    /// Sets negative values to zero: the ReLU, exact at any width.
    public mutating func rectify() {
        for index in 0..<count where isNegative(index) {
            for word in index * limbs..<(index + 1) * limbs { words[word] = 0 }
        }
    }
}
