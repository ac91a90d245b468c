import Reporting
import Testing

@Suite("Comparing two results")
struct ComparisonTests {
    private func compare(_ first: [ResultRecord], _ second: [ResultRecord]) -> Comparison {
        Comparison(first, second, names: ("A", "B"), bootstrap: Bootstrap.Settings())
    }

    private func change(_ metric: String, _ comparison: Comparison) -> String? {
        for row in comparison.table.blocks.joined() where row[1] == .text(metric) {
            if case .text(let text) = row[4] { return text }
        }
        return nil
    }

    @Test func sameRecordsHaveNoChange() {
        let comparison = compare(Sample.quickstart, Sample.quickstart)
        #expect(comparison.missing.isEmpty)
        #expect(change("bytes.up", comparison) == "same" && change("psnr", comparison) == "same")
        #expect(change("seconds.total", comparison)?.hasPrefix("x 1.000 [") == true)
    }

    @Test func changesAreTold() {
        let linear = Sample.run(mode: "linear", weights: Sample.linear, psnr: 41, seconds: 10)
        let other = Sample.run(mode: "linear", weights: Sample.linear, psnr: 41.25, seconds: 20).map { record in
            var record = record
            if record.metric == "bytes.up" { record.value -= 8 }
            return record
        }
        let comparison = compare(linear, other)
        #expect(change("psnr", comparison) == "+0.2500 [0.2500, 0.2500]")
        #expect(change("bytes.up", comparison) == "-8.000")
        #expect(change("seconds.total", comparison)?.hasPrefix("x 2.000 [") == true)
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
