import Reporting
import Testing

@Suite("Summing up records")
struct SummaryTests {
    private func values(_ records: [ResultRecord]) -> [String: Double] { ResultSummary(records).rows[0].values }

    @Test func qualityIsTheMeanOverPatches() {
        let values = values([38, 41, 44].enumerated().map { Sample.record(.float, patch: $0, metric: .psnr, $1) })
        #expect(values == ["psnr": 41])
    }

    /// Per-patch costs are summed within a trial; the median is taken over trials, not over patches.
    @Test func costIsTheMedianOfRunTotals() {
        let runs: [[Double]] = [[1, 2], [10, 20], [3, 4]]
        let records = runs.enumerated().flatMap { trial, patches in
            patches.enumerated().map { patch, value in
                Sample.record(.encrypted, mode: "linear", patch: patch, metric: .secondsServer, value, trial: trial + 1)
            }
        }
        let row = ResultSummary(records).rows[0]
        #expect(row[.secondsServer] == 7)
        #expect(row.patches == 2)
        #expect(row.trials == 3)
    }

    /// A record can say what no run can take.
    @Test(arguments: [(4.0, 4), (0, 0), (2.5, 0), (1e300, 0)])
    func patchesAreThoseThatARunStates(stated: Double, expected: Int) {
        let records = [Sample.record(.encrypted, metric: .patches, stated)]
        #expect(ResultSummary(records).rows[0].patches == expected)
    }

    /// One mismatch in one trial must show: neither a median nor a mean may hide it.
    @Test func mismatchesAddUpOverTrials() {
        let records = [0, 0, 1].enumerated().map {
            Sample.record(.encrypted, mode: "linear", metric: .mismatchedValues, $1, trial: $0 + 1)
        }
        #expect(values(records) == ["mismatched_values": 1])
    }

    @Test func layersAreNotCountedTwice() {
        var layer = Sample.record(.encrypted, metric: .secondsServer, 5)
        layer.layer = "conv1"
        #expect(values([layer, Sample.record(.encrypted, metric: .secondsServer, 7)]) == ["seconds.server": 7])
    }

    @Test func settingsSeparateRows() {
        let base = Sample.record(.encrypted, mode: "linear", weights: Sample.linear, metric: .rounds, 1)
        var others = Array(repeating: base, count: 6)
        others[0].mode = "client-aided"
        others[1].weights = Sample.relu
        others[2].parameters[ParameterName.keyBits] = .integer(3072)
        others[3].parameters[ParameterName.scheme] = .text("cleartext")
        others[4].parameters[ParameterName.maskBits] = .integer(20)
        others[5].method = .integer
        #expect(ResultSummary([base] + others).rows.count == 7)
        #expect(Set(ResultSummary([base] + others).rows.map(\.key.description)).count == 7)
    }
}
