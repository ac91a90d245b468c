import Experiments
import Foundation
import Numerics
import Reporting
import TestSupport
import Testing

/// Submissions without a cluster: their scripts run in bash, as Slurm would start them. `Tests/Cluster/slurm.sh` has the cluster.
@Suite("Submissions")
struct SubmitTests {
    private static let experiment = SurvivalTests.experiment

    /// Programs of Slurm's names, first in the path.
    private func fake(_ programs: [String: String], in program: Program) throws -> String {
        try FileManager.default.createDirectory(atPath: program.path("bin"), withIntermediateDirectories: true)
        for (name, text) in programs {
            try program.write("#!/bin/bash\n\(text)\n", to: "bin/\(name)")
            chmod(program.path("bin/\(name)"), 0o755)
        }
        return program.path("bin") + ":/usr/bin:/bin"
    }

    private func bash(
        _ program: Program, _ arguments: String, _ environment: [String: String] = [:]
    ) throws -> Program.Result {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = program.folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (output, errors)
        try process.runUnmasked()
        process.waitUntilExit()
        func text(_ pipe: Pipe) -> String {
            String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        }
        let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return Program.Result(status: status, output: text(output), errors: text(errors))
    }

    private func task(_ program: Program, _ number: Int, _ more: [String: String] = [:]) throws -> Program.Result {
        let environment = ["SLURM_ARRAY_TASK_ID": "\(number)", "SLURM_JOB_ID": "7"]
        return try bash(program, "Results/tiny.cluster/task.sbatch 0", environment.merging(more) { $1 })
    }

    // MARK: Shares

    /// At most 4/3 of what no division can go below (Graham 1969), every cell once, and the same again.
    @Test func sharesAreBalanced() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let seconds = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                generator.uniform() < 0.2 ? 1 : generator.uniform() * 100
            }
            let count = Int.random(in: 1...seconds.count, using: &generator)
            let cells = seconds.indices.map { CellKey(.run, number: $0 + 1, subject: "linear", trial: 1) }
            let plan = ShardPlan(experiment: "x", cells: cells, seconds: seconds, count: count)
            // Of more cells than shards, two share one: never less than the two that are shortest among the longest.
            let longest = seconds.sorted(by: >)
            let pair = longest.count > count ? longest[count - 1] + longest[count] : 0
            let bound = max(longest[0], pair, seconds.reduce(0, +) / Double(count))
            #expect((plan.loads.max() ?? 0) <= 4.0 / 3 * bound + 1e-9, "seed \(seed)")
            #expect((1...count).flatMap { plan.entries(ofShard: $0) }.count == cells.count)
            #expect(plan.entries.map(\.cell) == cells)
            #expect(plan == ShardPlan(experiment: "x", cells: cells, seconds: seconds, count: count))
        }
    }

    @Test func equalCellsMakeEqualShares() {
        let cells = (1...16).map { CellKey(.run, number: $0, subject: "linear", trial: 1) }
        let plan = ShardPlan(experiment: "x", cells: cells, seconds: [Double](repeating: 3, count: 16), count: 3)
        #expect(plan.loads == [18, 15, 15])
    }

    // MARK: From submission to merge

    @Test func tasksAndMergeAreTheWholeRun() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("run e.yaml --quiet --results whole")
            let said = try program.succeed("submit e.yaml --shards 3")
            #expect(said.contains("cells in 3 shards") && said.hasSuffix("Next: bash Results/tiny.cluster/submit.sh\n"))
            let waiting = try program.succeed("status")
            #expect(waiting.contains("tasks: 0 running, 0 done, 0 failed, 0 stopped, 3 waiting"))
            for number in [2, 3] { #expect(try task(program, number).status == 0) }

            // The merge runs whatever happened, names what is missing, and says so by its status.
            let half = try bash(program, "Results/tiny.cluster/last.sbatch")
            #expect(
                half.status == 1 && half.output.contains("missing: ") && half.output.contains("shard 1 has no results"))
            #expect(try program.succeed("status").contains("2 done, 0 failed, 0 stopped, 1 waiting"))

            #expect(try task(program, 1).status == 0)
            #expect(try bash(program, "Results/tiny.cluster/last.sbatch").status == 0)
            #expect(try program.succeed("status").contains("tasks: 0 running, 3 done, 0 failed"))
            let whole = try RecordFile.read(program.path("whole/tiny/records.jsonl")).records
            let merged = try RecordFile.read(program.path("Results/tiny/records.jsonl")).records
            func shared(_ records: [ResultRecord]) -> [ResultRecord] {
                records.filter { Reference.Rule.usual(for: $0.metric) != .informational && $0.metric != "cell.records" }
            }
            #expect(shared(whole) == shared(merged) && !shared(whole).isEmpty)
        }
    }

    @Test func settingsAreThoseOfTheSubmission() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("submit e.yaml --shards 2 --set trials=1")
            try program.write("no: experiment\n", to: "e.yaml")
            for number in 1...2 { #expect(try task(program, number).status == 0) }
            #expect(try bash(program, "Results/tiny.cluster/last.sbatch").status == 0)
        }
    }

    @Test func failedTaskIsNamed() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("submit e.yaml --shards 2")
            try FileManager.default.removeItem(atPath: program.path("d.h5"))
            #expect(try task(program, 1).status == 2)
            let status = try program.run("status")
            #expect(status.status == 1 && status.output.contains("task 1: 0 of") && status.output.contains("status 2"))
            #expect(try program.run("status --json").output.contains("\"state\":\"failed\""))
        }
    }

    /// A warned task stops, asks to be queued again and goes on where it was; nothing is doubled.
    @Test func warnedTaskRequeuesItself() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment.replacing("trials: 2", with: "trials: 20"))
            // As Slurm does: the script's end comes from outside.
            let path = try fake(["scontrol": "echo \"$@\" >> scontrol.log; kill -KILL $PPID"], in: program)
            try program.succeed("submit e.yaml --shards 1")
            let records = program.path("Results/shard-1-of-1/tiny/records.jsonl")
            // On a busy machine the task may be done before the warning is sent; then once more from the start.
            for _ in 0..<5 where !program.files.contains("scontrol.log") {
                try? FileManager.default.removeItem(atPath: program.path("Results/shard-1-of-1"))
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/bash")
                process.arguments = ["Results/tiny.cluster/task.sbatch", "0"]
                process.currentDirectoryURL = program.folder
                process.environment = ProcessInfo.processInfo.environment.merging([
                    "PATH": path, "SLURM_ARRAY_TASK_ID": "1", "SLURM_JOB_ID": "7",
                ]) { $1 }
                (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
                try process.runUnmasked()
                for _ in 0..<400 where ((try? String(contentsOfFile: records, encoding: .utf8)) ?? "").isEmpty {
                    Thread.sleep(forTimeInterval: 0.05)
                }
                kill(process.processIdentifier, SIGUSR1)
                process.waitUntilExit()
            }
            #expect(try program.text("scontrol.log") == "requeue 7\n")
            #expect(try program.succeed("status").contains("1 stopped"))
            #expect(try task(program, 1).status == 0)
            #expect(try program.succeed("status").contains("1 done"))
            // By the text: thousands of records take the decoder a minute in a test's process.
            let cells = try String(contentsOfFile: records, encoding: .utf8).split(separator: "\n")
                .filter { $0.contains(#""metric":"cell.records""#) }
                .compactMap { $0.firstMatch(of: /"cell":"([^"]*)"/)?.1 }
            #expect(Set(cells).count == cells.count && cells.count > 200)
        }
    }

    // MARK: Submitting

    @Test func longArraysComeInParts() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let path = try fake(
                ["sbatch": "echo \"$@\" >> sbatch.log; wc -l < sbatch.log", "scontrol": "exit 1"], in: program)
            let said = try program.run(
                "submit e.yaml --shards 5 --max-array 3 --sbatch=--partition=long --go",
                environment: ["PATH": path])
            #expect(said.status == 0 && said.output.contains("3 arrays") && said.output.contains("jobs 1:2:3:4"))
            let log = try program.text("sbatch.log").split(separator: "\n")
            try #require(log.count == 4)
            for (line, (indices, offset)) in zip(log, [("1-2", 0), ("1-2", 2), ("1-1", 4)]) {
                #expect(line.contains("--array=\(indices) ") && line.hasSuffix("task.sbatch \(offset)"))
            }
            #expect(log[3].contains("--dependency=afterany:1:2:3"))
            let script = try program.text("Results/tiny.cluster/task.sbatch")
            #expect(script.contains("#SBATCH --partition=long\n") && script.contains("#SBATCH --mem="))
        }
    }

    /// What the user says replaces what is written by itself.
    @Test func linesReplaceTheUsualOnes() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("submit e.yaml --shards 2 --sbatch=--time=3 --sbatch=--mem-per-cpu=1G --sbatch=-c4")
            let script = try program.text("Results/tiny.cluster/task.sbatch")
            let lines = script.split(separator: "\n").filter { $0.hasPrefix("#SBATCH") }
            #expect(lines.filter { $0.contains("--time") } == ["#SBATCH --time=3"])
            #expect(lines.filter { $0.contains("mem") } == ["#SBATCH --mem-per-cpu=1G"])
            #expect(lines.contains("#SBATCH -c4") && !lines.contains { $0.contains("cpus-per-task") })
        }
    }

    /// Half a submission is none.
    @Test func refusedSubmissionIsTakenBack() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let path = try fake(
                [
                    "sbatch":
                        "[ -e one ] && { echo 'sbatch: error: no such partition' >&2; exit 1; }; touch one; echo 5",
                    "scancel": "echo \"$@\" > scancel.log", "scontrol": "exit 1",
                ], in: program)
            let result = try program.run("submit e.yaml --shards 2 --go", environment: ["PATH": path])
            #expect(
                result.status == 2 && result.errors.contains("nothing was submitted: sbatch: error: no such partition"))
            #expect(try program.text("scancel.log") == "5\n")
        }
    }

    /// What follows a line's end would be a command of the script. A line's end of Windows is one character.
    @Test(arguments: ["\n", "\r\n"]) func optionsAreOneLine(end: String) throws {
        var options = BatchOptions(program: "ldct")
        options.lines = ["--partition=long\(end)false"]
        let error = #expect(throws: SubmissionError.self) {
            try Submission(list: "none.txt", isCommand: { _ in true }, results: ".", workFolder: ".", options: options)
        }
        #expect(error?.description.contains("is no option of sbatch") == true)
    }

    @Test(arguments: [
        ("--shards 0", "--shards is 0; expected 1 to"), ("--shards 1000", "expected 1 to"),
        ("--shards 2 --sbatch=--array=1-4", "is what ldct submit decides itself"),
        ("--shards 2 --sbatch=partition", "is no option of sbatch"), ("", "--shards is missing"),
        ("--shards 2 --each l.txt", "Expected an experiment, or --each"),
        ("--shards 2 --cpus 0", "number of processors"),
    ])
    func badRequestsAreRefused(arguments: String, reason: String) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let result = try program.run("submit e.yaml \(arguments)")
            #expect(result.status == 2 && result.errors.contains(reason), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1 && result.output == "")
            #expect(!program.files.contains { $0.hasPrefix("Results/") })
        }
    }

    // MARK: Lists

    @Test func commandsAreTasks() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.write("# two runs\nrun e.yaml --quiet --results a\n\nrun none.yaml\n", to: "list.txt")
            #expect(try program.succeed("submit --each list.txt").hasPrefix("2 commands, a task each"))
            func task(_ number: Int) throws -> Program.Result {
                try bash(program, "Results/list.cluster/task.sbatch 0", ["SLURM_ARRAY_TASK_ID": "\(number)"])
            }
            #expect(try task(1).status == 0 && program.files.contains("a/tiny/records.jsonl"))
            #expect(try task(2).status == 2)
            let last = try bash(program, "Results/list.cluster/last.sbatch")
            #expect(last.status == 1 && last.output == "missing: line 2 ended with status 2: run none.yaml\n")
            #expect(try program.run("status").output.contains("1 done, 1 failed"))
        }
    }

    /// Lines of Windows count as lines, and how tasks of another list ended says nothing of these.
    @Test func aNewListHasNotRun() throws {
        try Program.withFolder { program in
            try program.write("train a.yaml\r\ntrain b.yaml\r\n", to: "list.txt")
            #expect(try program.succeed("submit --each list.txt").hasPrefix("2 commands, a task each"))
            #expect(try program.text("Results/list.cluster/commands.txt") == "train a.yaml\ntrain b.yaml\n")
            try program.write("0\n", to: "Results/list.cluster/ends/1")
            #expect(try program.succeed("status").contains("1 of 2 done"))
            // The same list again: what is done stays so.
            try program.succeed("submit --each list.txt")
            #expect(try program.succeed("status").contains("1 of 2 done"))
            try program.write("train c.yaml\ntrain b.yaml\n", to: "list.txt")
            try program.succeed("submit --each list.txt")
            #expect(try program.succeed("status").contains("0 of 2 done"))
            // An experiment of the same name takes the list's place.
            try program.writeInputs(Self.experiment)
            try program.write(try program.text("e.yaml").replacing("id: tiny", with: "id: list"), to: "list.yaml")
            try program.succeed("submit list.yaml --shards 2")
            #expect(!program.files.contains("Results/list.cluster/commands.txt"))
            // One damaged submission does not silence the others.
            try program.write("train c.yaml\n", to: "other.txt")
            try program.succeed("submit --each other.txt")
            try program.write("{", to: "Results/list.cluster/shards.json")
            let status = try program.run("status")
            #expect(status.status == 2 && status.output.contains("other.cluster"), "\(status)")
        }
    }

    @Test(arguments: ["", "# nothing\n", "ldct run e.yaml\n", "--help\n", "run e.yaml\nfetch d.h5\n"])
    func badListsAreRefused(list: String) throws {
        try Program.withFolder { program in
            try program.write(list, to: "list.txt")
            let result = try program.run("submit --each list.txt")
            #expect(result.status == 2 && result.errors.contains("list.txt:"), "\(result.errors)")
        }
    }

    // MARK: Plans

    @Test func statusOfNothingIsRefused() throws {
        try Program.withFolder { program in
            let result = try program.run("status")
            #expect(result.status == 2 && result.errors.contains("Results holds no submission"))
        }
    }

    /// A plan of other cells or another number of shards is not followed.
    @Test func foreignPlansAreRefused() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("submit e.yaml --shards 2")
            let plan = "--plan Results/tiny.cluster/shards.json"
            for (arguments, reason) in [
                ("--shard 1/3 \(plan)", "has 2 shards"), ("--shard 1/2 --set trials=3 \(plan)", "lists other cells"),
                ("--shard 1/2 --plan e.yaml", "is no plan"), ("--shard 1/2 --plan none", "no such file"),
            ] {
                let result = try program.run("run e.yaml \(arguments)")
                #expect(result.status == 2 && result.errors.contains(reason), "\(result.errors)")
            }
        }
    }

    /// Plans are files that people see and editors open.
    @Test(arguments: [
        (#""count" : 2"#, #""count" : 2000000000000000"#), (#""count" : 2"#, #""count" : 0"#),
        (#""shard" : 2"#, #""shard" : 3"#), (#""seconds" : "#, #""seconds" : -"#),
        (#""patches" : ["#, #""patches" : [16,"#),
    ])
    func damagedPlansAreRefused(old: String, new: String) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("submit e.yaml --shards 2")
            let plan = try program.text("Results/tiny.cluster/shards.json")
            try #require(plan.contains(old))
            try program.write(
                plan.replacing(old, with: new, maxReplacements: 1), to: "Results/tiny.cluster/shards.json")
            let result = try program.run("status")
            #expect(
                result.status == 2
                    && result.errors == "ldct: Results/tiny.cluster/shards.json: is no plan of shards; expected it as "
                        + "'ldct submit' writes it\n",
                "\(result.errors)")
        }
    }

    @Test(arguments: [
        ([10.0, 10, 10], 1, 36.0), ([10, 10, 10], 3, 12), ([10, 10, 10], 2, 24), ([10, 1, 1], 2, 12), ([5], 9, 7),
    ])
    func tasksTakeTurns(tasks: [Double], nodes: Int, makespan: Double) {
        #expect(ScheduleSimulation(start: 2, cycle: 0).makespan(tasks, nodes: nodes) == makespan)
    }

    /// Between two looks of the scheduler a free node waits: tasks of 7 s begin at 0, 10, 20.
    @Test func schedulerLooksNowAndThen() {
        #expect(ScheduleSimulation(start: 0, cycle: 10).makespan([7, 7, 7], nodes: 1) == 27)
    }

    /// The page's table is what its command makes of the published results.
    @Test func publishedPlanIsGenerated() throws {
        try Program.withFolder { program in
            for folder in ["Results", "Experiments"] {
                try FileManager.default.createSymbolicLink(
                    atPath: program.path(folder), withDestinationPath: Repository.root.appending(path: folder).path)
            }
            let page = try Repository.text("Notebooks-md/cluster.md")
            let ending = " --document Notebooks-md/cluster.md"
            let line = try #require(
                page.split(separator: "\n").first { $0.hasPrefix("ldct plan ") && $0.hasSuffix(ending) })
            let command = line.dropFirst("ldct ".count).dropLast(ending.count)
            try program.write(page, to: "cluster.md")
            try program.succeed("\(command) --document cluster.md")
            #expect(try program.text("cluster.md") == page, "\(command)")
        }
    }

    @Test func planScalesWhatWasMeasured() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("run e.yaml --quiet --set trials=1")
            let csv = try program.succeed(
                "plan tiny --slices 40 --patients 2 --size 32 --nodes 1 --nodes 2 --start 0 --cycle 0 --format csv")
            // A scheme whose keys have no size leaves a field empty.
            let rows = csv.split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            let header = try #require(rows.first)
            func column(_ name: String) throws -> Int { try #require(header.firstIndex { $0.hasPrefix(name) }) }
            #expect(rows.count > 1)
            for row in rows.dropFirst() {
                let (one, two) = (Double(row[try column("1 node")]), Double(row[try column("2 nodes")]))
                let slice = try #require(Double(row[try column("a slice")]))
                #expect(abs((one ?? 0) * 3600 - 40 * slice) < 1e-6 * 40 * slice)
                #expect(abs((two ?? 0) - (one ?? 0) / 2) < 1e-6 * (one ?? 0))
            }
            // What nobody measured is named: each pair that can denoise slices, and no other. A run without encryption measures none.
            let others = try #require(
                try program.succeed("plan tiny").split(separator: "\n").first { $0.contains("No measured figure: ") })
            #expect(others.contains("paillier shared, ") && others.contains("lattice client-aided, "))
            #expect(others.contains("paillier client-aided, "))
            #expect(!others.contains("cleartext") && !others.contains("lattice sign-pair"))
            #expect(try program.run("plan tiny --nodes 0").status == 2)
            #expect(try program.run("plan none").status == 2)
            try checkDocuments(program)
            // Sides that a record cannot mean reach no arithmetic.
            let records = try program.text("Results/tiny/records.jsonl")
            for side in [-5, 0, 1 << 40, 1 << 62] {
                try program.write(
                    records.replacing(#/"patch_size":[0-9]+/#, with: "\"patch_size\":\(side)"),
                    to: "Results/tiny/records.jsonl")
                let result = try program.run("plan tiny")
                #expect(
                    result.status == 2 && result.errors.contains("no runs of patches through the protocol"),
                    "\(side): \(result.errors)")
            }
        }
    }

    /// A slice is not its small patches there: said once, and not as something that nobody measured.
    @Test func latticePatchesOfAnotherSizeAreNotPlanned() throws {
        try Program.withFolder { program in
            try program.writeInputs(LatticeRunTests.experiment)
            try program.succeed("run e.yaml --quiet")
            let reason = "'lattice' takes patches as large as memory allows; expected a measured slice of 512x512"
            let refused = try program.run("plan tiny")
            #expect(refused.status == 2 && refused.errors.contains(reason), "\(refused.errors)")
            let size = try #require(
                try ResultSummary(RecordFile.read(program.path("Results/tiny/records.jsonl")).measurements).rows
                    .compactMap(\.key.patchSize).first)
            let told = try program.succeed("plan tiny --size \(size)")
            #expect(told.contains("lattice") && !told.contains("Not planned"), "\(told)")
            #expect(!told.contains("lattice client-aided"), "\(told)")
        }
    }

    /// The table goes between two lines; the rest of a document stays as it is, line ends and all, and another's bytes altogether.
    private func checkDocuments(_ program: Program) throws {
        let plan = "plan tiny --slices 40 --patients 2 --size 32 --document page.md"
        let (begin, end) = ("<!-- plan -->", "<!-- /plan -->")
        for line in ["\n", "\r\n"] {
            let before = ["# Caf\u{e9}\u{2028}\u{c}", "", begin, "old", end, "", "after, without a line's end"]
                .joined(separator: line)
            try program.write(before, to: "page.md")
            try program.succeed(plan)
            let after = try program.text("page.md")
            #expect(after.hasPrefix("# Caf\u{e9}\u{2028}\u{c}\(line)\(line)\(begin)\(line)"), "\(after)")
            #expect(after.hasSuffix("\(end)\(line)\(line)after, without a line's end"), "\(after)")
            #expect(!after.contains("old") && after.contains("| 1 node"), "\(after)")
            let feeds = after.unicodeScalars.count { $0 == "\n" }
            #expect(after.unicodeScalars.count { $0 == "\r" } == (line == "\n" ? 0 : feeds))
        }
        let foreign = Data("\(begin)\n\(end)\n".utf8) + [0xff, 0xfe]
        try foreign.write(to: program.folder.appending(path: "page.md"))
        let refused = try program.run(plan)
        #expect(
            refused.status == 2 && refused.errors.contains("page.md: cannot be read (is not UTF-8)"),
            "\(refused.errors)")
        #expect(try Data(contentsOf: program.folder.appending(path: "page.md")) == foreign)
    }
}
