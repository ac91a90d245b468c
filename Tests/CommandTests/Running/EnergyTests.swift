import Foundation
import Reporting
import Testing

/// Joules in records, where the system shows counters, and why there are none where it does not.
@Suite("Energy") struct EnergyTests {
    private static let experiment = """
        id: tiny
        title: "What does it take?"
        data: {file: d.h5, patches: 2}
        seed: 1
        cases: [{mode: client-aided, scheme: cleartext, weights: relu.h5}]

        """

    @Test func joulesAreRecordedWhereThereAreCounters() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let zone = program.path("powercap/intel-rapl:0")
            try FileManager.default.createDirectory(atPath: zone, withIntermediateDirectories: true)
            for (file, text) in [("name", "package-0"), ("energy_uj", "5"), ("max_energy_range_uj", "262143328850")] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(zone)/\(file)"))
            }
            for (folder, count) in [("powercap", 1), ("nowhere", 0)] {
                let environment = ["LDCT_POWERCAP": program.path(folder)]
                let result = try program.run("run e.yaml --verbose --results \(folder)-r", environment: environment)
                #expect(result.status == 0)
                let records = try RecordFile.read(program.path("\(folder)-r/tiny/records.jsonl")).measurements
                    .filter { $0.metric == Metric.energyPerPatch.rawValue }
                #expect(records.count == count && records.allSatisfy { $0.value == 0 && $0.unit == "J" })
                #expect(
                    result.errors.contains(
                        count > 0 ? "energy.per_patch of 1 runs" : "energy: not measured: this machine shows no"),
                    "\(result.errors)")
            }
        }
    }
}
