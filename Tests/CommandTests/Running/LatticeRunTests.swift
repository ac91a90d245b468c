import Foundation
import Reporting
import Testing

/// `scheme: lattice` in experiment files.
@Suite("scheme: lattice")
struct LatticeRunTests {
    static let experiment = """
        id: tiny
        title: "Does it run?"
        data: {file: d.h5, patches: 3}
        seed: 1
        threads: 2
        cases:
          - {mode: client-aided, scheme: lattice, weights: relu.h5}

        """

    private struct Predicted: Decodable {
        let cell: String
        let products: Int
        let bytes_up, bytes_down: Int
        let ciphertexts_up, ciphertexts_down: Int
        let memory_bytes: Int?
        let seconds: Double?
    }

    private func measurements(_ program: Program) throws -> [ResultRecord] {
        try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
    }

    /// Without a key of its own; the records that others rely on, and what a dry run says of it.
    @Test func runsWithoutAKey() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let lines = try program.succeed("run e.yaml --dry-run --json").split(separator: "\n")
            let predicted = try #require(
                try lines.map { try JSONDecoder().decode(Predicted.self, from: Data($0.utf8)) }.last)
            #expect(
                try program.succeed("run e.yaml").contains("complete; no value differs from the integer networks"))
            let records = try measurements(program).filter { $0.method == .encrypted }
            func value(_ metric: Metric) -> Double? {
                records.first { $0.metric == metric.rawValue && $0.layer == nil }?.value
            }
            #expect(!records.isEmpty)
            #expect(records.allSatisfy { $0.parameters[ParameterName.scheme] == .text("lattice") })
            #expect(records.allSatisfy { $0.parameters[ParameterName.keyBits] == nil })
            #expect(value(.mismatchedValues) == 0 && value(.secondsTotal) ?? 0 > 0)
            #expect(value(.bytesUp) == Double(predicted.bytes_up) && value(.bytesDown) == Double(predicted.bytes_down))
            #expect(value(.products) == Double(predicted.products))
            #expect(value(.ciphertextsUp) == Double(predicted.ciphertexts_up))
            #expect(value(.ciphertextsDown) == Double(predicted.ciphertexts_down))
            #expect(predicted.memory_bytes ?? 0 > 0 && predicted.seconds ?? 0 > 0)
            // What a caption says of it.
            let parameters = try #require(records.first?.parameters)
            #expect(
                parameters[ParameterName.parameterSet]
                    == .text("F, N 4096, log q 98, 140 bits by the estimator (128 by the standard)"))
            #expect(
                parameters[ParameterName.distance]?.text?.contains("expected over honest encryption noise") == true)
            #expect(parameters[ParameterName.keysUsed] == .integer(1))
            let report = try program.succeed("report tiny")
            #expect(report.contains("post-quantum: yes") && report.contains("log q 98"))
        }
    }

    /// Beside Paillier in one file, and once where the size of the key is swept: the lattice has none.
    @Test func runsBesidePaillier() throws {
        let experiment =
            Self.experiment.replacing("seed: 1", with: "key: {insecure: true}\nseed: 1")
            + "  - {mode: client-aided, weights: relu.h5}\nsweep:\n  key.bits: [1024, 1152]\n"
        try Program.withFolder { program in
            try program.writeInputs(experiment)
            try program.succeed("run e.yaml --quiet")
            let rows = ResultSummary(try measurements(program)).rows.filter { $0.key.method == .encrypted }
            #expect(rows.count == 3 && rows.allSatisfy { $0[.mismatchedValues] == 0 })
            let records = try measurements(program).filter {
                $0.method == .encrypted && $0.metric == Metric.secondsTotal.rawValue && $0.layer == nil
            }
            func bits(_ scheme: String) -> [Double?] {
                records.filter { $0.parameters[ParameterName.scheme] == .text(scheme) }
                    .map { $0.parameters[ParameterName.keyBits]?.number }
            }
            #expect(bits("paillier") == [1024, 1152] && bits("lattice") == [nil])
        }
    }

    /// What the scheme does not serve is refused by one line with the reason.
    @Test(arguments: [
        ("{mode: linear, scheme: lattice, weights: linear.h5}", "mode linear; client-aided"),
        ("{mode: linear-fused, scheme: lattice, weights: linear.h5}", "mode linear-fused; client-aided"),
        ("{mode: positive-mask, scheme: lattice, weights: relu.h5}", "mode positive-mask; client-aided"),
        ("{mode: signed-mask, scheme: lattice, weights: relu.h5}", "mode signed-mask; client-aided"),
        ("{mode: sign-pair, scheme: lattice, weights: relu.h5}", "mode sign-pair; client-aided"),
        (
            "{mode: client-aided, scheme: lattice, permutation: positions, weights: relu.h5}",
            "an order of values: coefficients cannot be moved one by one"
        ),
    ])
    func isRefusedInOneLine(item: String, reason: String) throws {
        let own = "{mode: client-aided, scheme: lattice, weights: relu.h5}"
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment.replacing(own, with: item))
            let result = try program.run("run e.yaml")
            #expect(result.status == 2 && result.errors.count { $0 == "\n" } == 1, "\(result.errors)")
            #expect(result.errors.hasPrefix("ldct: e.yaml:") && result.errors.contains(reason), "\(result.errors)")
            #expect(!program.files.contains { $0.hasPrefix("Results") })
        }
    }

    /// A layer that needs more memory than it may use is refused before anything is measured.
    @Test func memoryIsBounded() throws {
        try Program.withFolder { program in
            try program.writeInputs("memory: 1\n" + Self.experiment)
            let result = try program.run("run e.yaml --dry-run")
            #expect(result.status == 2 && result.errors.contains("conv1"), "\(result.errors)")
        }
    }

    /// Attack I reads what lacks a protection, each by its own way, and nothing of what has both. Its transcript and key are files as
    /// other attacks' are.
    @Test func attackOnAnswers() throws {
        let experiment = """
            id: tiny
            title: "What leaks?"
            data: {file: d.h5, patches: 3}
            seed: 1
            threads: 2
            attacks:
              - {attack: answers, weights: relu.h5, patches: [8]}
            """
        try Program.withFolder { program in
            try program.writeInputs(experiment)
            try program.succeed("run e.yaml --quiet --transcripts t")
            let records = try measurements(program)
            func success(_ defence: String, _ attack: String) -> Double? {
                records.first {
                    $0.metric == "leak.success" && $0.parameters["defence"] == .text(defence)
                        && $0.parameters["attack"] == .text(attack)
                }?.value
            }
            for (defence, elimination) in [
                ("unprotected", 1.0), ("zero alone", 0), ("flooding alone", 1), ("protected", 0),
            ] { #expect(success(defence, "answer-elimination") == elimination, "\(defence)") }
            for defence in ["unprotected", "zero alone"] {
                #expect(success(defence, "answer-least-squares") == 1, "\(defence)")
            }
            for defence in ["flooding alone", "protected"] {
                #expect(success(defence, "answer-least-squares") == 0, "\(defence)")
            }
            #expect(records.allSatisfy { $0.parameters[ParameterName.scheme] == .text("lattice") })
            let key = try #require(program.files.first { $0.hasSuffix(".key.json") })
            let mode = try FileManager.default.attributesOfItem(atPath: program.path(key))[.posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(try program.text(key).contains("\"kty\":\"LDCT-BFV\""))
            let folder = String(key.dropLast(9))
            let refused = try program.run("attack answers --transcript \(folder) --key \(key)")
            #expect(refused.status == 2 && refused.errors.contains("answers are protected"), "\(refused.errors)")
            // A client opens what it sent, and in mode client-aided reads the first layer from it.
            let stolen = try program.succeed(
                "attack filters --transcript \(folder) --key \(key) --method elimination --weights relu.h5 --json")
            let scores = try JSONDecoder().decode([String: Double].self, from: Data(stolen.utf8))
            #expect(scores["leak.exact_share"] == 1, "\(stolen)")
            let others = try program.run("attack filters --transcript \(folder) --method elimination")
            #expect(others.status == 2 && others.errors.contains("the private key of this transcript's client"))
        }
    }
}
