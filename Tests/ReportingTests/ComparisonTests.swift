import Reporting
import Testing

@Suite("Comparing two results")
struct ComparisonTests {
    private func compare(_ first: [ResultRecord], _ second: [ResultRecord]) -> Comparison {
        Comparison(first, second, names: ("A", "B"), bootstrap: Bootstrap.Settings())
    }

    private func change(_ metric: String, _ comparison: Comparison) -> String? {
        comparison.items.first { $0.metric == metric }?.change.description
    }

    @Test func sameRecordsHaveNoChange() {
        let comparison = compare(Sample.quickstart, Sample.quickstart)
        #expect(comparison.missing.isEmpty)
        #expect(change("bytes.up", comparison) == "same" && change("psnr", comparison) == "same")
        #expect(change("seconds.total", comparison) == "same")
        #expect(comparison.changed == [] && comparison.table().blocks.isEmpty)
        #expect(comparison.summary == "0 of \(comparison.items.count) values changed")
        #expect(comparison.table(all: true).blocks.joined().count == comparison.items.count)
    }

    /// A ratio counts if its interval leaves out 1, or without one beyond 5 %; what is over in no time is not compared.
    @Test(arguments: [
        (1.0, 1.04, 1, "x 1.040", false), (1, 1.1, 1, "x 1.100", true), (0.001, 0.04, 1, "too short to compare", false),
        (10, 20, 3, "x 2 [0.5000, 8]", false),
    ])
    func timesAreJudged(first: Double, second: Double, trials: Int, change: String, isChanged: Bool) throws {
        func records(_ seconds: Double) -> [ResultRecord] {
            trials == 1
                ? [Sample.record(.encrypted, mode: "linear", metric: .secondsTotal, seconds)]
                : Sample.cost(mode: "linear", weights: Sample.linear, seconds: seconds)
        }
        let item = try #require(
            compare(records(first), records(second)).items.first { $0.metric == "seconds.total" })
        #expect(item.change.description == change && item.isChanged == isChanged)
    }

    /// A metric that one side lacks is told, in the table, in the summary and for scripts.
    @Test func metricsOfOneSideAreTold() throws {
        let one = [Sample.record(.lowDose, metric: .psnr, 40)]
        let comparison = compare(one, one + [Sample.record(.lowDose, metric: .ssim, 0.5)])
        #expect(comparison.summary == "1 of 2 values changed: 1 on one side only")
        #expect(
            try comparison.json()
                == #"{"change":false,"first":40,"metric":"psnr","row":"low_dose 64x64","second":40}"# + "\n"
                + #"{"change":true,"first":null,"metric":"ssim","row":"low_dose 64x64","second":0.5}"# + "\n")
    }

    @Test func changesAreTold() throws {
        let linear = Sample.run(mode: "linear", weights: Sample.linear, psnr: 41, seconds: 10)
        let other = Sample.run(mode: "linear", weights: Sample.linear, psnr: 41.25, seconds: 20).map { record in
            var record = record
            if record.metric == "bytes.up" { record.value -= 8 }
            return record
        }
        let comparison = compare(linear, other)
        #expect(change("psnr", comparison) == "+0.2500 [0.2500, 0.2500]")
        #expect(change("bytes.up", comparison) == "-8")
        #expect(try comparison.json().contains(#""difference":0.25,"first":41,"interval":[0.25,0.25]"#))
        #expect(change("seconds.total", comparison)?.hasPrefix("x 2 [") == true)
    }

    /// What differs in its last bits, as sums of another number of trials do, is the same.
    @Test func roundingIsNoChange() {
        let one = [Sample.record(.lowDose, metric: .psnr, 30.2431)]
        let other = [Sample.record(.lowDose, metric: .psnr, (30.2431).nextUp)]
        #expect(compare(one, other).changed == [])
    }

    @Test func rowsOfOneSideAreNamed() {
        let linear = Sample.cost(mode: "linear", weights: Sample.linear, seconds: 10)
        let comparison = compare(linear, linear + Sample.quality(.lowDose, psnr: 40))
        #expect(comparison.missing == ["low_dose 64x64: only in B"])
    }

    @Test func environmentsAreDescribed() {
        var other = Sample.environment
        other.commit = nil
        other.cores = 4
        #expect(
            Sample.environment.described(against: other) == ["cores: 2 | 4", "commit: 0123456789ab | unknown"])
        #expect(other.described(against: other) == [])
    }
}
