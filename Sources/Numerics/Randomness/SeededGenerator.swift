/// The one generator of reproducible randomness: xoshiro256**, seeded through SplitMix64. Never for keys or encryption.
///
/// A `stream` makes independent generators of one seed (one per slice, say), so that neither the order of work nor the
/// number of threads changes a result.
/// - SeeAlso: Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021; reference
///   implementations at prng.di.unimi.it.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)
    private var spareNormal: Double?

    public init(seed: UInt64, stream: UInt64 = 0) {
        // The stream is added to a mixed seed and mixed again: seed 1, stream 2 is unrelated to seed 2, stream 1.
        var seeds = SplitMix64(state: seed)
        var streams = SplitMix64(state: seeds.next() &+ stream)
        var mixer = SplitMix64(state: streams.next())
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    /// With the full state, for known answers.
    package init(state: (UInt64, UInt64, UInt64, UInt64)) { self.state = state }

    public mutating func next() -> UInt64 {
        let result = Self.rotated(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotated(state.3, by: 45)
        return result
    }

    private static func rotated(_ x: UInt64, by count: UInt64) -> UInt64 { x << count | x >> (64 - count) }

    mutating func takeSpareNormal() -> Double? {
        defer { spareNormal = nil }
        return spareNormal
    }

    mutating func keepSpareNormal(_ value: Double) { spareNormal = value }
}

/// Steele, Lea and Flood's SplitMix64 (OOPSLA 2014): turns any seed, even 0, into well mixed words.
package struct SplitMix64 {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
