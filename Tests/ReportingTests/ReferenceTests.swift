import Foundation
import Reporting
import TestSupport
import Testing

@Suite("Reference check")
struct ReferenceTests {
    private let reference = Reference(experiment: "quickstart", recording: Sample.quickstart)

    /// The findings after changing the records with `change`.
    private func findings(_ change: (inout [ResultRecord]) -> Void) -> [Reference.Finding] {
        var records = Sample.quickstart
        change(&records)
        return compare(reference, records)
    }

    private func compare(_ reference: Reference, _ records: [ResultRecord]) -> [Reference.Finding] {
        reference.compare(Reference(experiment: "quickstart", recording: records))
    }

    private func isFailure(_ findings: [Reference.Finding]) -> Bool { findings.contains(where: \.isFailure) }

    private func shift(_ metric: Metric, by amount: Double) -> [Reference.Finding] {
        findings { records in
            for index in records.indices where records[index].metric == metric.rawValue {
                records[index].value += amount
            }
        }
    }

    @Test func sameRecordsGiveNoFinding() { #expect(findings { _ in }.isEmpty) }

    /// Exact values may not move by one; tolerances hold on both sides of their edge; timings never fail.
    @Test(arguments: [
        (Metric.mismatchedValues, 1.0, true), (.bytesUp, 1, true), (.rounds, -1, true),
        (.psnr, 0.015, false), (.psnr, -0.015, false), (.psnr, 0.025, true), (.psnr, -0.025, true),
        (.ssim, 0.0004, false), (.ssim, -0.0006, true),
        (.secondsServer, 1000, false),
    ])
    func moveIsJudgedByItsClass(metric: Metric, amount: Double, fails: Bool) {
        let found = shift(metric, by: amount)
        #expect(!found.isEmpty)
        #expect(isFailure(found) == fails)
    }

    /// Metrics of benchmarks and attacks go by the parts of their names.
    @Test(arguments: [
        ("network.products", Reference.Rule.exact), ("network.bytes.up", .exact), ("layer.unit_bytes", .exact),
        ("layer.ciphertexts.down", .exact), ("network.rounds", .exact), ("output.checksum", .exact),
        ("network.seconds.client", .informational), ("layer.macs_per_second", .informational),
        ("attack.psnr", .relative(0.01)),
    ])
    func otherMetricsGoByTheirNames(metric: String, rule: Reference.Rule) throws {
        var record = Sample.quickstart[0]
        record.metric = metric
        #expect(Reference(experiment: "e", recording: [record]).rules == [metric: rule])
    }

    @Test func relativeRuleScales() throws {
        var relative = reference
        relative.rules["psnr"] = .relative(0.01)
        var records = Sample.quickstart
        for index in records.indices where records[index].metric == "psnr" { records[index].value *= 1.009 }
        #expect(!isFailure(compare(relative, records)))
        for index in records.indices where records[index].metric == "psnr" { records[index].value *= 1.009 }
        #expect(isFailure(compare(relative, records)))
    }

    @Test func missingRowIsRefused() {
        let found = findings { $0.removeAll { $0.mode == "linear" && $0.method == .encrypted } }
        #expect(found.contains(.missingRow("encrypted linear linear-3.h5 64x64 paillier 2048 bits")))
        #expect(isFailure(found))
    }

    @Test func rowWithoutReferenceIsRefused() {
        let found = findings { $0 += Sample.cost(mode: "signed-mask", weights: Sample.relu, seconds: 1) }
        #expect(found == [.unexpectedRow("encrypted signed-mask relu-3.h5 64x64 paillier 2048 bits")])
    }

    @Test func missingMetricIsRefused() {
        let found = findings { $0.removeAll { $0.metric == "ssim" && $0.method == .lowDose } }
        #expect(
            found == [
                .missingMetric(row: "low_dose 16x16", metric: "ssim"),
                .missingMetric(row: "low_dose 64x64", metric: "ssim"),
            ])
    }

    /// News is told and does not fail.
    @Test func newMetricIsNoFailure() {
        let found = findings { $0.append(Sample.record(.lowDose, metric: .memoryPeak, 1)) }
        #expect(found == [.unexpectedMetric(row: "low_dose 64x64", metric: "memory.peak")])
        #expect(!isFailure(found))
    }

    @Test func otherInputsAreRefused() {
        let found = findings { records in
            for index in records.indices {
                records[index].dataset = Artifact(name: "phantom.h5", sha256: records[index].dataset.sha256)
            }
        }
        #expect(found == [.otherInputs(expected: "head.h5", found: "phantom.h5")])
        #expect(found[0].description == "FAILED inputs: expected head.h5; found phantom.h5")
    }

    @Test func fewerPatchesAreRefused() {
        let found = findings { $0.removeAll { $0.method == .lowDose && $0.patch == 1 } }
        #expect(found.contains(.moved(row: "low_dose 64x64", metric: "patches", from: 2, to: 1, rule: .exact)))
    }

    @Test func fileReadsBack() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("reference.json")
        var edited = reference
        edited.rules["psnr"] = .relative(0.25)
        try edited.write(to: path)
        #expect(try Reference(path: path) == edited)
    }

    @Test(arguments: [
        ("{", "ref.json: not valid JSON, or a fraction where an integer is expected"),
        ("[]", "ref.json: expected a JSON object"),
        ("null", "ref.json: expected a JSON object"),
        ("{}", "ref.json: missing key 'schema'"),
        (
            #"{"schema":2,"experiment":"x","datasets":[],"weights":[],"rules":{},"rows":[]}"#,
            "ref.json: 'schema' is 2; expected 1"
        ),
        (#"{"schema":1,"experiment":"x","datasets":[],"weights":[],"rules":{},"rows":[]}"#, "ref.json: holds no rows"),
        (
            #"{"schema":1,"experiment":"x","datasets":[],"weights":[],"rules":{},"rows":[],"row":1}"#,
            "ref.json: 'row': unknown key"
        ),
        (
            #"{"schema":1,"experiment":"x","datasets":[],"weights":[],"rules":{},"#
                + #""rows":[{"row":"a","patches":1,"values":{"psnr":1}}]}"#,
            "ref.json: no rule for metric 'psnr'"
        ),
        (
            #"{"schema":1,"experiment":"x","datasets":[],"weights":[],"rows":[],"rules":{"psnr":{"class":"absolute"}}}"#,
            "ref.json: 'rules.psnr.class': "
                + "expected exact or informational, or absolute or relative with a tolerance"
        ),
    ])
    func malformedFileIsNamed(json: String, message: String) {
        let error = #expect(throws: ReportingError.self) { try Reference(json: Data(json.utf8), file: "ref.json") }
        #expect(error?.description == message)
    }
}
