/// A layer's weights as balanced digits of few bits, and how large the digits of the other factor may be.
///
/// A weight is the sum of `digits[j] << (j * bits)`, every digit within half of `2^bits`. What oneDNN's byte convolutions compute of
/// such digits is exact on every processor under two conditions, which are proven here from the digits themselves:
/// - Where the processor has no instruction for it (VNNI), two neighbouring products are added in 16 bits and saturate without a
///   word. Hence `2 * byte * |digit| <= 2^15 - 1`.
/// - Sums of 32 bits pass through Float on their way out, which has every whole number up to 2^24 only (oneDNN 2.6.3 and 3.7.2, all
///   instruction sets tried). Hence `byte * L1 <= 2^24` for the L1 norm of every filter's digits, which bounds all partial sums, too.
struct WeightDigits {
    /// Of one digit.
    let bits: Int
    /// Digits of a weight.
    let count: Int
    /// `[digit][out][in][kh][kw]`.
    let values: [Int8]
    /// Bits of the bytes that the conditions allow, 1...8.
    let byteBits: Int

    /// Bytes that a value of `inputBits` bits takes.
    func bytes(forBits inputBits: Int) -> Int { max(1, (inputBits + byteBits - 1) / byteBits) }

    /// The digits with the fewest byte convolutions for inputs of `inputBits` bits.
    /// - Precondition: magnitudes below 2^24, and fewer than 2^18 weights per filter.
    static func cheapest(_ weights: [Int32], filters: Int, inputBits: Int) -> WeightDigits {
        var best: WeightDigits?
        func products(_ digits: WeightDigits) -> Int { digits.count * digits.bytes(forBits: inputBits) }
        let largest = weights.reduce(0) { max($0, Int($1.magnitude)) }
        for count in 1...6 {
            if let best, count * ((inputBits + 7) / 8) >= products(best) { break }
            guard let digits = WeightDigits(weights, filters: filters, count: count, largest: largest) else { continue }
            if best.map({ products(digits) < products($0) }) ?? true { best = digits }
        }
        guard let best else { preconditionFailure("a filter is too large for exact arithmetic") }
        return best
    }

    /// Nil where so few digits cannot hold the weights, or the conditions not even bytes of one bit.
    private init?(_ weights: [Int32], filters: Int, count: Int, largest: Int) {
        guard let bits = Self.digitBits(count: count, largest: largest) else { return nil }
        self.bits = bits
        self.count = count
        let (values, digit, norm) = Self.cut(weights, filters: filters, count: count, bits: bits)
        self.values = values
        let limit = min(255, Int(Int16.max) / (2 * max(1, digit)), (1 << 24) / max(1, norm))
        guard limit >= 1 else { return nil }
        byteBits = (limit + 1).bitWidth - 1 - (limit + 1).leadingZeroBitCount
    }

    /// The narrowest digits of which `count` hold every weight up to `largest`: the last one, which takes what is left, may reach
    /// `2^(bits - 1)`.
    private static func digitBits(count: Int, largest: Int) -> Int? {
        (1...8).first { bits in
            let half = 1 << (bits - 1)
            // All lower digits at their top, half - 1; at their bottom they reach one further.
            let lower = (0..<(count - 1)).reduce(0) { $0 + (half - 1) << ($1 * bits) }
            return largest <= min(half, 127) << ((count - 1) * bits) + lower
        }
    }

    /// - Returns: the digits, their largest magnitude, and the largest L1 norm of a filter's digits of one place.
    private static func cut(
        _ weights: [Int32], filters: Int, count: Int, bits: Int
    ) -> (values: [Int8], largest: Int, norm: Int) {
        var values = [Int8](repeating: 0, count: count * weights.count)
        var (largest, norm) = (Int32(0), 0)
        let (half, mask) = (Int32(1) << (bits - 1), Int32(1) << bits - 1)
        let taps = max(1, weights.count / max(1, filters))
        var rest = weights
        for place in 0..<count {
            let isLast = place == count - 1
            for start in stride(from: 0, to: weights.count, by: taps) {
                var sum = 0
                for index in start..<(start + taps) {
                    let weight = rest[index]
                    let digit = isLast ? weight : ((weight &+ half) & mask) &- half
                    rest[index] = (weight &- digit) >> Int32(bits)
                    values[place * weights.count + index] = Int8(digit)
                    largest = max(largest, abs(digit))
                    sum += Int(abs(digit))
                }
                norm = max(norm, sum)
            }
        }
        return (values, Int(largest), norm)
    }
}
