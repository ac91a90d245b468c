package import ObliviousTransfer

/// How an activation is evaluated on shares: digits, who answers which, and the exact bytes of every message, from public widths alone.
///
/// The accumulator Y (rounding constant included) is shared as a + b modulo 2^L; the result is shared modulo 2^U. Bits 0 ..< L - 1 are cut
/// into digits with borders at s and s + A; digit i is answered by the late party if i is even, by the early one if it is odd, so that
/// messages alternate.
package struct SharePlan: Sendable, Hashable {
    /// What is computed from Y.
    package enum Activation: Sendable, Hashable {
        /// clamp(floor(Y / 2^shift), 0, 2^bits - 1).
        case requantise(shift: Int, bits: Int)
        /// max(Y, 0).
        case rectify
    }

    /// Which party's shares are known first: the late one's arrive last and its messages start.
    package enum Role: Int, Sendable, Hashable, CaseIterable {
        case late = 0
        case early = 1

        package var other: Role { self == .late ? .early : .late }
    }

    package let activation: Activation
    /// Bits of Y, sign included.
    package let width: Int
    /// Bits of the result's shares.
    package let shareBits: Int
    package let digits: [Digit]

    /// A few bits of both shares whose carry one look-up finds.
    package struct Digit: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            /// One chain of carries: that of Y.
            case single
            /// The first above s + A: two outputs of one look-up, for Y and for Y - 2^(s + A).
            case split
            /// Two look-ups.
            case double
        }

        package let position, bits: Int
        package let hasCarry: Bool
        package let kind: Kind

        package var shape: TransferShape {
            TransferShape(index: bits + (hasCarry ? 1 : 0), pad: .bits(kind == .split ? 2 : 1))
        }
        package var lookUps: Int { kind == .double ? 2 : 1 }
        /// Carries found.
        package var outputs: Int { kind == .single ? 1 : 2 }
        package var tablePlanes: Int { outputs << shape.index }
    }

    /// - Parameters:
    ///   - width: L; every Y lies in `range`.
    ///   - shareBits: U, for `rectify` the same as L.
    /// - Throws: `invalidWidths` unless shift >= 0, L >= shift + bits + 2 and L <= U <= 63.
    package init(_ activation: Activation, width: Int, shareBits: Int) throws(SharedEvaluationError) {
        guard (3...63).contains(width), (width...63).contains(shareBits) else {
            throw .invalidWidths(
                "shares of \(shareBits) bits for accumulators of \(width), expected 3...63 and not fewer")
        }
        self.activation = activation
        self.width = width
        self.shareBits = shareBits
        switch activation {
        case .requantise(let shift, let bits):
            guard shift >= 0, bits >= 1, width >= shift + bits + 2 else {
                throw .invalidWidths(
                    "\(width) bits hold no shift of \(shift) and \(bits) bits of result; \(shift + bits + 2) expected")
            }
            digits = Self.digits([(shift, .single), (bits, .single), (width - 1 - shift - bits, .split)])
        case .rectify:
            guard shareBits == width else { throw .invalidWidths("a last ReLU keeps its width") }
            digits = Self.digits([(width - 1, .single)])
        }
    }

    /// The values of Y for which the result is exact; one beyond either end is wrong.
    package var range: ClosedRange<Int> {
        let top = 1 << (width - 1) - 1
        return (-(1 << (width - 1)) + (threshold ?? 0))...top
    }

    private var clamp: (shift: Int, bits: Int)? {
        if case .requantise(let shift, let bits) = activation { (shift, bits) } else { nil }
    }

    /// 2^(s + A): where values are clamped. Nil without a clamp.
    package var threshold: Int? { clamp.map { 1 << ($0.shift + $0.bits) } }

    /// What is added before the shift, so that halves are rounded up.
    package var roundingConstant: UInt64 { shift == 0 ? 0 : 1 << UInt64(shift - 1) }

    package var shift: Int { clamp?.shift ?? 0 }

    /// The largest result where values are clamped.
    package var largest: UInt64 { clamp.map { 1 << UInt64($0.bits) - 1 } ?? 0 }

    /// The digit whose carry out is the carry into the result; nil where nothing is shifted.
    package var lowDigit: Int? { shift == 0 ? nil : digits.lastIndex { $0.position < shift } }
    package var splitDigit: Int? { digits.firstIndex { $0.kind == .split } }

    /// Who answers a digit's look-up.
    package func sender(ofDigit index: Int) -> Role { index.isMultiple(of: 2) ? .late : .early }
    /// Who answers the last digit.
    package var lastSender: Role { sender(ofDigit: digits.count - 1) }
    /// Who has to take the clamp's threshold off its share.
    package var thresholdOwner: Role? { splitDigit.map(sender(ofDigit:)) }
    /// Bits of the product that takes the wrap of a + b off; 0 where it vanishes modulo 2^U.
    package var wrapBits: Int { threshold == nil ? 0 : shift + shareBits - width }

    private static func digits(_ parts: [(bits: Int, kind: Digit.Kind)]) -> [Digit] {
        var digits: [Digit] = []
        var position = 0
        for part in parts where part.bits > 0 {
            for bits in cut(part.bits, isFirst: digits.isEmpty) {
                let kind: Digit.Kind =
                    part.kind == .split && digits.last.map({ $0.kind == .split || $0.kind == .double }) == true
                    ? .double : part.kind
                digits.append(Digit(position: position, bits: bits, hasCarry: !digits.isEmpty, kind: kind))
                position += bits
            }
        }
        return digits
    }

    /// The fewest digits of at most 4 bits (the first of all 5), and among those the cheapest tables: digits as equal as they go, as a
    /// table doubles with every bit.
    private static func cut(_ bits: Int, isFirst: Bool) -> [Int] {
        // No carry comes into the first digit: its table is as large as that of a digit one bit shorter.
        let spare = isFirst ? 1 : 0
        let count = max(1, (bits - spare + 3) / 4)
        let (size, longer) = (bits - spare).quotientAndRemainder(dividingBy: count)
        return (0..<count).map { size + ($0 == 0 ? spare : 0) + ($0 < count - longer ? 0 : 1) }
    }
}
