import Foundation
import Reporting
import Testing

/// Runs on a part of a machine: what records say, and what a table does with it.
@Suite("Runs in an allocation")
struct AllocationRunTests {
    private static let experiment =
        Program.experiment.replacing("mode: ", with: "scheme: cleartext\n    mode: ")
        .replacing("threads: 1\n", with: "trials: 2\n")

    private func cores(_ program: Program, _ folder: String) throws -> Int {
        try RunEnvironment(path: program.path("\(folder)/environment.json")).cores
    }

    /// By an affinity mask, as Slurm's task/affinity and taskset set it, or by a job's environment where nothing binds tasks.
    @Test(arguments: ["exec taskset -c 0", "SLURM_CPUS_ON_NODE=1 exec"]) func recordsSayTheAllocation(by: String) throws
    {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let result = try program.runLimited("run e.yaml --quiet", by: by)
            #expect(result.status == 0, "\(result.errors)")
            #expect(try cores(program, "Results/tiny") == 1)
            let threads = try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
                .compactMap { $0.parameters[ParameterName.threads]?.number }
            #expect(!threads.isEmpty && threads.allSatisfy { $0 == 1 })
        }
    }

    /// Shards bound to different numbers of processors merge, and no row takes seconds of both.
    @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1)) func differentAllocationsShareNoRow() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            for (shard, by) in [("1/2", "exec taskset -c 0"), ("2/2", "exec")] {
                let result = try program.runLimited("run e.yaml --quiet --shard \(shard)", by: by)
                #expect(result.status == 0, "\(result.errors)")
            }
            try program.succeed("merge Results/shard-1-of-2/tiny Results/shard-2-of-2/tiny")
            let records = try RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements
            let rows = ResultSummary(records).rows.filter { $0[.secondsTotal] != nil }
            let machines = rows.map { $0.key.settings[ParameterName.machine] }
            #expect(Set(machines).count == 2 && !machines.contains(nil), "\(machines)")
            #expect(rows.allSatisfy { $0.trials == 1 })
        }
    }
}
