import ObliviousTransfer
import Testing

import SharedEvaluation

@Suite struct ExactnessTests {
    struct Widths: CustomTestStringConvertible, Sendable {
        let width, shift, bits, extra: Int
        var testDescription: String { "L \(width), s \(shift), A \(bits), U = L + \(extra)" }
        func plan() throws -> SharePlan {
            try SharePlan(.requantise(shift: shift, bits: bits), width: width, shareBits: width + extra)
        }
    }

    /// Every plan of up to 9 bits at A = 3, s = 0 too.
    static let small = (5...9).flatMap { width in
        (0...4).filter { width >= $0 + 5 }.flatMap { shift in
            [0, 3].map { Widths(width: width, shift: shift, bits: 3, extra: $0) }
        }
    }

    @Test(arguments: small) func everyPairOfShares(_ widths: Widths) throws {
        let plan = try widths.plan()
        let side = 1 << widths.width
        let late = (0..<side * side).map { UInt64($0 / side) }
        let early = (0..<side * side).map { UInt64($0 % side) }
        let outcome = try Evaluation.ideal(
            plan, late: late, early: early, lateChooses: Dealer(seed: 1), earlyChooses: Dealer(seed: 2))
        #expect(Evaluation.mismatches(plan, late, early, outcome) == 0)

        // The range is sharp: one below it every pair is wrong.
        let mask = UInt64(1) << UInt64(plan.shareBits) - 1
        let below = plan.range.lowerBound - 1
        let beyond = late.indices.filter { Evaluation.value(late[$0], early[$0], width: plan.width) == below }
        #expect(beyond.count == side)
        #expect(
            beyond.allSatisfy {
                (outcome.late[$0] &+ outcome.early[$0]) & mask != Evaluation.expected(plan, below)
            })
    }

    @Test(arguments: 3...9) func everyPairOfSharesOfALastReLU(width: Int) throws {
        let plan = try SharePlan(.rectify, width: width, shareBits: width)
        let side = 1 << width
        let late = (0..<side * side).map { UInt64($0 / side) }
        let early = (0..<side * side).map { UInt64($0 % side) }
        let outcome = try Evaluation.ideal(
            plan, late: late, early: early, lateChooses: Dealer(seed: 3), earlyChooses: Dealer(seed: 4))
        #expect(Evaluation.mismatches(plan, late, early, outcome) == 0)
    }

    /// The fewest digits and the cheapest tables, found by trying every first digit and the best rest; for all widths, at once.
    @Test(arguments: 3...63) func digitsAreTheCheapest(width: Int) throws {
        let plan = try SharePlan(.rectify, width: width, shareBits: width)
        #expect(plan.digits.map(\.bits).reduce(0, +) == width - 1)
        // best[b]: digits and rows of tables for b bits above the first digit, whose carry is one more index.
        var best = [(count: 0, rows: 0)]
        for bits in 1..<width {
            let ways = (1...min(4, bits)).map {
                (count: best[bits - $0].count + 1, rows: best[bits - $0].rows + 2 << $0)
            }
            best.append(try #require(ways.min { $0 < $1 }))
        }
        let first = (1...min(5, width - 1)).map {
            (count: best[width - 1 - $0].count + 1, rows: best[width - 1 - $0].rows + 1 << $0)
        }
        let cheapest = try #require(first.min { $0 < $1 })
        #expect(plan.digits.count == cheapest.count)
        #expect(plan.digits.map(\.tablePlanes).reduce(0, +) == cheapest.rows)
    }

    /// The networks' own widths, the general multipliers' (L = 63) and everything between, at values where carries and clamps turn.
    @Test func wideAccumulators() throws {
        var random = Random(seed: 11)
        var plans = [(30, 12, 12, 0), (26, 9, 12, 4), (33, 12, 12, 0), (63, 43, 12, 0), (28, 0, 12, 3), (15, 1, 12, 0)]
        plans += (0..<60).map { _ in
            let (shift, bits) = (random.below(45), 1 + random.below(14))
            let width = min(63, shift + bits + 2 + random.below(18))
            return (width, min(shift, width - bits - 2), bits, random.below(64 - width))
        }
        for (width, shift, bits, extra) in plans {
            let plan = try SharePlan(.requantise(shift: shift, bits: bits), width: width, shareBits: width + extra)
            let values = edges(plan, &random, count: 700)
            let early = values.map { _ in random.next() }
            let late = zip(values, early).map { UInt64(bitPattern: Int64($0)) &- $1 }
            let outcome = try Evaluation.ideal(
                plan, late: late, early: early, lateChooses: Dealer(seed: 5), earlyChooses: Dealer(seed: 6))
            #expect(Evaluation.mismatches(plan, late, early, outcome) == 0, "\(width) \(shift) \(bits) \(extra)")
        }
    }

    private func edges(_ plan: SharePlan, _ random: inout Random, count: Int) -> [Int] {
        let (shift, bits) = plan.activation.shiftAndBits
        let special = [
            0, -1, -(1 << shift) / 2, 1 << shift - 1, 1 << shift, (1 << bits) << shift - 1, (1 << bits) << shift,
            plan.range.lowerBound, plan.range.upperBound,
        ]
        return (0..<count).map { index in
            if index < special.count { return special[index] }
            let span =
                UInt64(bitPattern: Int64(plan.range.upperBound &- plan.range.lowerBound))
                >> UInt64(random.below(plan.width))
            let value = plan.range.lowerBound &+ Int(random.next() % (span | 1))
            return index.isMultiple(of: 2) ? value : min(max(-value, plan.range.lowerBound), plan.range.upperBound)
        }
    }

    @Test func widthsThatAreNotExactAreRefused() throws {
        #expect(throws: SharedEvaluationError.self) {
            try SharePlan(.requantise(shift: 4, bits: 12), width: 17, shareBits: 30)
        }
        #expect(throws: SharedEvaluationError.self) {
            try SharePlan(.requantise(shift: -1, bits: 12), width: 30, shareBits: 30)
        }
        #expect(throws: SharedEvaluationError.self) {
            try SharePlan(.requantise(shift: 12, bits: 12), width: 30, shareBits: 29)
        }
        #expect(throws: SharedEvaluationError.self) { try SharePlan(.rectify, width: 30, shareBits: 31) }
        let plan = try SharePlan(.requantise(shift: 12, bits: 12), width: 26, shareBits: 26)
        #expect(plan.range.lowerBound == -(1 << 25) + 1 << 24)
        #expect(plan.range.upperBound == 1 << 25 - 1)
    }
}

extension SharePlan.Activation {
    var shiftAndBits: (Int, Int) {
        guard case .requantise(let shift, let bits) = self else { return (0, 1) }
        return (shift, bits)
    }
}

/// SplitMix64.
struct Random: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
