import Foundation
import Numerics
import Testing

/// Everything is drawn from fixed seeds: what passes passes always. Deviations say how far another seed could be off.
@Suite struct RandomnessTests {
    /// The C library's, without the sign.
    func logGamma(_ x: Double) -> Double {
        let (value, _): (Double, Int) = lgamma(x)
        return value
    }

    /// The first outputs of the authors' C code (prng.di.unimi.it) from the state 1, 2, 3, 4.
    @Test func xoshiroKnownAnswer() {
        var generator = SeededGenerator(state: (1, 2, 3, 4))
        let expected: [UInt64] = [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]
        #expect((0..<4).map { _ in generator.next() } == expected)
    }

    /// The first outputs of the authors' C code from the seed 1234567.
    @Test func splitMixKnownAnswer() {
        var generator = SplitMix64(state: 1_234_567)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test func streamsAndSeedsDiffer() {
        var firsts = Set<UInt64>()
        for seed in 0..<20 as Range<UInt64> {
            for stream in 0..<50 as Range<UInt64> {
                var generator = SeededGenerator(seed: seed, stream: stream)
                firsts.insert(generator.next())
            }
        }
        #expect(firsts.count == 1000)
    }

    @Test func normalMoments() {
        var generator = SeededGenerator(seed: 5)
        let values = (0..<100_000).map { _ in generator.normal() }
        let moments = (1...4).map { power in values.reduce(0) { $0 + pow($1, Double(power)) } / 100_000 }
        // Five standard errors: sqrt(1, 2, 15, 96) / sqrt(n).
        for (moment, (expected, variance)) in zip(moments, [(0.0, 1.0), (1, 2), (0, 15), (3, 96)]) {
            #expect(abs(moment - expected) < 5 * (variance / 100_000).squareRoot())
        }
    }

    /// Both algorithms, on both sides of their border at 10, against the exact probabilities: chi-squared over the
    /// likely counts.
    @Test(arguments: [0.3, 3, 9.99, 10, 11.5, 40, 180])
    func poissonProbabilities(mean: Double) {
        let n = 100_000
        var generator = SeededGenerator(seed: 77, stream: UInt64(mean * 100))
        var counts: [Int: Int] = [:]
        for _ in 0..<n { counts[Int(generator.poisson(mean: mean)), default: 0] += 1 }
        var (statistic, classes) = (0.0, 0.0)
        for k in 0..<400 {
            let expected = Double(n) * exp(Double(k) * log(mean) - mean - logGamma(Double(k) + 1))
            guard expected >= 20 else { continue }
            statistic += pow(Double(counts[k] ?? 0) - expected, 2) / expected
            classes += 1
        }
        // Mean `classes`, variance `2 classes`: five standard deviations.
        #expect(statistic < classes + 5 * (2 * classes).squareRoot())
        #expect(classes > 2)
    }

    @Test(arguments: [0, 1e3, 2e4, 1e6, 1e9]) func poissonMoments(mean: Double) {
        let n = 20_000.0
        var generator = SeededGenerator(seed: 78)
        let values = (0..<Int(n)).map { _ in generator.poisson(mean: mean) }
        let average = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / n
        #expect(abs(average - mean) <= 5 * (mean / n).squareRoot())
        #expect(abs(variance - mean) <= 5 * mean * (2 / n).squareRoot())
    }

    @Test func logFactorialMatchesC() {
        for k in [0.0, 1, 2, 9, 10, 11, 50, 1e3, 1e6, 1e9] {
            let expected = logGamma(k + 1)
            #expect(abs(SeededGenerator.logFactorial(k) - expected) <= 1e-12 * max(1, expected))
        }
    }
}
