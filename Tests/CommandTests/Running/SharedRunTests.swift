import Foundation
import Reporting
import Testing

/// Experiments in mode `shared`, in which a layer takes many messages.
@Suite("mode: shared")
struct SharedRunTests {
    /// No record stands twice, a layer's costs add up to the run's, and a report can be made of it.
    @Test(arguments: [
        "scheme: cleartext", "scheme: lattice", "scheme: lattice, order: offline",
    ])
    func recordsAreReadBack(settings: String) throws {
        let experiment = """
            id: tiny
            title: "Does it run?"
            data: {file: d.h5, patches: 1}
            seed: 1
            threads: 2
            cases:
              - {mode: shared, \(settings), weights: relu.h5}

            """
        try Program.withFolder { program in
            try program.writeInputs(experiment)
            try program.succeed("run e.yaml --quiet")
            let records = try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
                .filter { $0.method == .encrypted }
            #expect(!records.isEmpty)
            #expect(Self.uneven(records) == [])
            try program.write("", to: "document.md")
            #expect(try program.run("report tiny --document document.md").status == 0)
        }
    }

    /// Mode `shared` takes of a Paillier key's budget; the next case under the same key does not, and its records say nothing of it.
    @Test func distancesAreToldOfTheirOwnRunsAlone() throws {
        let experiment = """
            id: tiny
            title: "Does it run?"
            data: {file: d.h5, patches: 1}
            key: {bits: 1024, insecure: true}
            seed: 1
            threads: 2
            cases:
              - {mode: shared, weights: relu.h5}
              - {mode: client-aided, weights: relu.h5}

            """
        try Program.withFolder { program in
            try program.writeInputs(experiment)
            try program.succeed("run e.yaml --quiet")
            let records = try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
                .filter { $0.method == .encrypted }
            #expect(Set(records.map(\.mode)) == ["shared", "client-aided"])
            for record in records {
                for name in [ParameterName.distance, ParameterName.keysUsed] {
                    #expect((record.parameters[name] != nil) == (record.mode == "shared"), "\(record)")
                }
            }
        }
    }

    /// Metrics whose layers' values do not add up to the run's.
    private static func uneven(_ records: [ResultRecord]) -> [Metric] {
        [Metric.bytesUp, .bytesDown, .ciphertextsUp, .ciphertextsDown].filter { metric in
            let own = records.filter { $0.metric == metric.rawValue }
            let layers = own.reduce(0) { $0 + ($1.layer == nil ? 0 : $1.value) }
            return own.first { $0.layer == nil }?.value != layers
        }
    }
}
