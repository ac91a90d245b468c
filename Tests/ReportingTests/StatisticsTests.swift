import Reporting
import Testing

@Suite("Statistics")
struct StatisticsTests {
    /// Quartiles by `numpy.percentile(x, [25, 50, 75])`, NumPy 1.26.
    @Test(arguments: [
        ([7.0], [7.0, 7.0, 7.0]),
        ([1, 2], [1.25, 1.5, 1.75]),
        ([4, 1, 3, 2], [1.75, 2.5, 3.25]),
        ([15, 20, 35, 40, 50], [20, 35, 40]),
        ([3, 7, 8, 5, 12, 14, 21, 13, 18], [7, 12, 14]),
    ])
    func quartilesAgreeWithNumPy(sample: [Double], quartiles: [Double]) throws {
        let statistics = try #require(SampleStatistics(sample))
        #expect([statistics.lowerQuartile, statistics.median, statistics.upperQuartile] == quartiles)
        #expect(statistics.n == sample.count)
        #expect(statistics.minimum == sample.min() && statistics.maximum == sample.max())
    }

    @Test func emptySampleHasNoStatistics() { #expect(SampleStatistics([]) == nil) }

    /// Of values that are a cluster and a series each.
    private func meanInterval(_ sample: [Double], seed: UInt64) -> ClosedRange<Double>? {
        Bootstrap.interval(ofMeanOf: sample.map { [[$0]] }, .init(seed: seed))
    }

    @Test func bootstrapIsSeeded() throws {
        let sample = (0..<20).map { Double($0 * $0 % 17) }
        let first = try #require(meanInterval(sample, seed: 1))
        #expect(first == meanInterval(sample, seed: 1))
        #expect(first != meanInterval(sample, seed: 2))
    }

    /// The interval of a mean has the width the central limit theorem gives: 2 x 1.96 x sigma / sqrt(n). Its own
    /// sampling error is a few per cent at 2,000 resamples, hence the factor.
    @Test func bootstrapHasTheRightWidth() throws {
        let n = 400
        let sample = (0..<n).map { Double($0) / Double(n) }
        let sigma = (1.0 / 12).squareRoot()
        let interval = try #require(meanInterval(sample, seed: 3))
        let expected = 2 * 1.96 * sigma / Double(n).squareRoot()
        #expect(interval.contains(0.5 - 0.5 / Double(n)))
        #expect((0.85...1.15).contains((interval.upperBound - interval.lowerBound) / expected))
    }

    @Test func constantSampleHasNoSpread() {
        #expect(meanInterval([2, 2, 2], seed: 0) == 2...2)
        #expect(meanInterval([2], seed: 0) == nil)
    }
}
