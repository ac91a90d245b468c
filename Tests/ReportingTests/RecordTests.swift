import Foundation
import Reporting
import Testing

@Suite("Records")
struct RecordTests {
    private var full: ResultRecord {
        ResultRecord(
            experiment: "bench", parameters: ["key_bits": 2048, "mode/x": "a \"b\" é", "fast": true],
            method: .encrypted,
            mode: "linear", dataset: Sample.dataset, weights: Sample.relu, patient: "p1", slice: 3, patch: 0,
            layer: "conv1", side: .server, metric: "seconds", value: 0.1, unit: "s", trial: 2)
    }

    @Test func lineIsStable() throws {
        let line = String(decoding: try full.jsonLine(), as: UTF8.self)
        let digest = Sample.dataset.sha256
        #expect(
            line == """
                {"dataset":"head.h5@sha256:\(digest)","experiment":"bench",\
                "layer":"conv1","method":"encrypted","metric":"seconds","mode":"linear",\
                "parameters":{"fast":true,"key_bits":2048,"mode/x":"a \\"b\\" é"},"patch":0,"patient":"p1",\
                "schema":1,"side":"server","slice":3,"trial":2,"unit":"s","value":0.1,\
                "weights":"relu-3.h5@sha256:\(Sample.relu.sha256)"}
                """)
    }

    @Test(arguments: [
        0, -0.0, 0.1, 1.0 / 3, Double.leastNonzeroMagnitude, 1.7976931348623157e308, 9_007_199_254_740_991, -12.5,
    ])
    func valueReadsBackExactly(value: Double) throws {
        var record = full
        record.value = value
        record.parameters["x"] = .number(value)
        let line = try record.jsonLine()
        let read = try ResultRecord(jsonLine: line, file: "r", line: 1)
        #expect(read == record)
        #expect(try read.jsonLine() == line)
    }

    @Test func optionalFieldsMayBeAbsent() throws {
        let record = Sample.record(.lowDose, metric: .psnr, 40)
        let line = String(decoding: try record.jsonLine(), as: UTF8.self)
        #expect(!line.contains("null") && !line.contains("mode") && !line.contains("weights"))
        #expect(try ResultRecord(jsonLine: Data(line.utf8), file: "r", line: 1) == record)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func nonFiniteValueIsRefused(value: Double) {
        #expect(throws: ReportingError.nonFiniteValue(metric: "psnr")) {
            try Sample.record(.float, metric: .psnr, value).jsonLine()
        }
    }

    /// A valid line, changed in one place, with the message it must give.
    @Test(arguments: [
        ("\"schema\":1", "\"schema\":2", "r.jsonl:9: 'schema': is 2; expected 1"),
        ("\"schema\":1,", "", "r.jsonl:9: missing key 'schema'"),
        ("\"value\":40", "\"value\":\"40\"", "r.jsonl:9: 'value' has the wrong type"),
        ("\"value\":40", "\"valeu\":40", "r.jsonl:9: 'valeu': unknown key"),
        ("\"trial\":1", "\"trial\":1.5", "r.jsonl:9: not valid JSON, or a fraction where an integer is expected"),
        (
            "\"method\":\"low_dose\"", "\"method\":\"magic\"",
            "r.jsonl:9: 'method': Cannot initialize Method from invalid String value magic"
        ),
        ("@sha256:0", "@sha256:", "r.jsonl:9: 'dataset': expected 'NAME@sha256:DIGEST'"),
        ("}", "", "r.jsonl:9: not valid JSON, or a fraction where an integer is expected"),
    ])
    func malformedLineIsNamed(old: String, new: String, message: String) throws {
        let line = String(decoding: try Sample.record(.lowDose, metric: .psnr, 40).jsonLine(), as: UTF8.self)
        try #require(line.contains(old))
        let changed = Data(line.replacingOccurrences(of: old, with: new).utf8)
        let error = #expect(throws: ReportingError.self) {
            try ResultRecord(jsonLine: changed, file: "r.jsonl", line: 9)
        }
        #expect(error?.description == message)
    }
}
