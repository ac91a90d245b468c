import Foundation
import Experiments
import Imaging
import Numerics
import Reporting
import Testing

/// Runs that are killed, stopped, locked out, split up and put together again.
@Suite("Runs that survive")
struct SurvivalTests {
    /// Twelve combinations of a sweep, in cleartext: cells of some milliseconds.
    static let experiment =
        Program.experiment.replacing("mode: ", with: "scheme: cleartext\n    mode: ")
        .replacing("threads: 1\n", with: "threads: 1\ntrials: 2\n")
        + "sweep:\n  precision.weights: [8, 9, 10]\n  precision.activations: [10, 12]\n"

    private func records(_ program: Program, _ folder: String = "Results/tiny") throws -> [ResultRecord] {
        try RecordFile.read(program.path("\(folder)/records.jsonl")).records
    }

    /// What two runs have in common: all that a comparison does not take for information alone, as times and memory.
    private func reproducible(_ records: [ResultRecord]) -> [ResultRecord] {
        records.filter { Reference.Rule.usual(for: $0.metric) != .informational }
    }

    private func expectSame(_ program: Program, as whole: Program, _ comment: Comment) throws {
        #expect(reproducible(try records(program)) == reproducible(try records(whole)), comment)
        // Equal images written in the same order are equal bytes.
        let images = try [program, whole].map {
            try Data(contentsOf: URL(fileURLWithPath: $0.path("Results/tiny/images.h5")))
        }
        #expect(images[0] == images[1] && !images[0].isEmpty, comment)
        #expect(!program.files.contains { $0.hasSuffix(".tmp") }, comment)
    }

    /// Kills of each kind of command: 20 in all in the normal tests, more with `LDCT_KILLS`.
    static let kills = ProcessInfo.processInfo.environment["LDCT_KILLS"].flatMap { Int($0) } ?? 5

    /// Killed without warning, or told to stop, after random times until it is done: the same records in the same order.
    @Test(arguments: [SIGKILL, SIGINT, SIGTERM, SIGUSR1]) func interruptedRunsGoOn(signal: Int32) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        try Program.withFolder { whole in
            try whole.writeInputs(Self.experiment)
            let start = ContinuousClock.now
            try whole.succeed("run e.yaml --quiet")
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            try Program.withFolder { program in
                try program.writeInputs(Self.experiment)
                for _ in 0..<(signal == SIGKILL ? Self.kills : 3) {
                    let process = try program.start("run e.yaml --quiet")
                    Thread.sleep(forTimeInterval: seconds * generator.uniform())
                    kill(process.processIdentifier, signal)
                    process.waitUntilExit()
                }
                // As if it had been killed while it wrote.
                try FileManager.default.createDirectory(
                    atPath: program.path("Results/tiny"), withIntermediateDirectories: true)
                try program.write("half", to: "Results/tiny/images.h5.1.tmp")
                try program.succeed("run e.yaml --quiet")
                try expectSame(program, as: whole, "signal \(signal), seed \(seed)")
            }
        }
    }

    /// A file cut off anywhere, as a crash of the machine may leave it: unfinished cells are dropped and measured again.
    @Test func recordsCutOffAnywhereGoOn() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        try Program.withFolder { whole in
            try whole.writeInputs(Self.experiment)
            try whole.succeed("run e.yaml --quiet")
            let expected = reproducible(try records(whole))
            let path = whole.folder.appending(path: "Results/tiny/records.jsonl")
            let bytes = try Data(contentsOf: path)
            for _ in 0..<3 {
                try bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator)).write(to: path)
                try whole.succeed("run e.yaml --quiet")
                #expect(reproducible(try records(whole)) == expected, "seed \(seed)")
            }
        }
    }

    @Test func shardsTogetherAreTheWhole() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            try program.succeed("run e.yaml --quiet")
            try program.succeed("report tiny")
            let whole = try records(program)
            let table = try program.text("Results/tiny/table.csv")
            try FileManager.default.removeItem(atPath: program.path("Results/tiny"))
            for shard in 1...3 { try program.succeed("run e.yaml --quiet --shard \(shard)/3") }
            let folders = (1...3).map { "Results/shard-\($0)-of-3/tiny" }
            #expect(
                try program.succeed("merge \(folders.joined(separator: " "))")
                    == "Results/tiny: \(Set(whole.compactMap(\.cell)).count) of \(Set(whole.compactMap(\.cell)).count) cells\n"
            )
            #expect(reproducible(try records(program)) == reproducible(whole))
            #expect(program.files.contains("Results/tiny/images.h5"))
            try program.succeed("report tiny")
            #expect(columns(try program.text("Results/tiny/table.csv")) == columns(table))
            #expect(try program.succeed("run e.yaml").hasPrefix("Results/tiny: complete"), "nothing is left to measure")
        }
    }

    /// A table without its columns of seconds.
    private func columns(_ csv: String) -> [[Substring]] {
        // A quoted cell may hold commas.
        let rows = csv.split(separator: "\n").map { line in
            line.matches(of: #/(?:^|,)("(?:[^"]|"")*"|[^,]*)/#).map { $0.output.1 }
        }
        let kept = rows[0].indices.filter { !rows[0][$0].contains("[s]") }
        return rows.map { row in kept.map { row[$0] } }
    }

    /// Deleted and made again, a table is the same to the byte but for its seconds.
    @Test func resultsDeletedComeBack() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            func table() throws -> [[Substring]] {
                try program.succeed("run e.yaml --quiet")
                try program.succeed("report tiny")
                return columns(try program.text("Results/tiny/table.csv"))
            }
            let first = try table()
            try FileManager.default.removeItem(atPath: program.path("Results"))
            #expect(try table() == first)
        }
    }

    @Test func mergeRefusesWhatDoesNotBelong() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let (first, second) = ("Results/shard-1-of-2/tiny", "Results/shard-2-of-2/tiny")
            try program.succeed("run e.yaml --quiet --shard 1/2")
            func refusal(_ arguments: String) throws -> String {
                let result = try program.run(arguments)
                #expect(result.status == 2 && result.output == "")
                return result.errors
            }
            #expect(try refusal("merge \(first) \(first)").contains("named twice"))
            #expect(
                try refusal("merge \(first) none")
                    == "ldct: none: no finished results; expected records.jsonl as 'ldct run' writes it\n")
            try program.succeed("run e.yaml --quiet --shard 2/2 --set precision.activations=8")
            #expect(
                try refusal("merge \(first) \(second)").hasPrefix(
                    "ldct: \(second): belongs to another run than \(first): precision.activations was 8, is 10"))
            #expect(!program.files.contains { $0.hasPrefix("Results/tiny/") })
            // Half a run may be merged; the rest is named, and run measures it.
            let half = try program.run("merge \(first)")
            #expect(half.status == 1 && half.output.contains("missing: float of") && half.errors == "")
            #expect(
                try refusal("merge \(first)").contains("Results/tiny: holds results; expected a folder without any"))
            try program.succeed("run e.yaml --quiet")
        }
    }

    /// Damaged images of a shard are found before anything is written or moved.
    @Test func mergeOfDamagedImagesLeavesNothing() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            for shard in 1...2 { try program.succeed("run e.yaml --quiet --shard \(shard)/2") }
            let path = try #require(program.files.first { $0.hasPrefix("Results/shard-") && $0.hasSuffix("images.h5") })
            let images = try Data(contentsOf: URL(fileURLWithPath: program.path(path)))
            try program.write("garbage", to: path)
            let merge = "merge Results/shard-1-of-2/tiny Results/shard-2-of-2/tiny"
            let refused = try program.run(merge)
            #expect(refused.status == 2 && refused.errors.contains("images.h5"), "\(refused.errors)")
            #expect(!program.files.contains { $0.hasPrefix("Results/tiny/records") })
            try images.write(to: URL(fileURLWithPath: program.path(path)))
            try program.succeed(merge)
        }
    }

    @Test(arguments: ["0/2", "3/2", "1", "1/2/3", "a/b", "-1/2"]) func badShardsAreRefused(shard: String) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let result = try program.run("run e.yaml --shard=\(shard)")
            #expect(result.status == 2 && result.errors.contains("shard"))
        }
    }

    @Test func secondRunOnAFolderIsRefused() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment.replacing("trials: 2", with: "trials: 1000"))
            let output = Pipe()
            let process = try program.start("run e.yaml", output: output)
            _ = output.fileHandleForReading.availableData
            defer {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            for arguments in ["run e.yaml", "run e.yaml --force"] {
                let result = try program.run(arguments)
                #expect(result.status == 75)
                #expect(
                    result.errors
                        == "ldct: Results/tiny: another process is writing there (process \(process.processIdentifier) on "
                        + "\(ProcessInfo.processInfo.hostName)); try again when it is done, or name another folder\n")
            }
        }
    }

    /// What was measured is never thrown away.
    @Test func restartMovesAside() throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            for number in 1...2 {
                try program.succeed("run e.yaml --quiet")
                let old = try program.text("Results/tiny/records.jsonl")
                try program.succeed("run e.yaml --quiet --restart --set trials=\(number + 2)")
                #expect(try program.text("Results/tiny.old-\(number)/records.jsonl") == old)
                #expect(program.files.contains("Results/tiny.old-\(number)/images.h5"))
                try program.succeed("run e.yaml --quiet --restart")
                try FileManager.default.removeItem(atPath: program.path("Results/tiny.old-\(number + 1)"))
            }
            #expect(
                try program.succeed("report").contains("Results/tiny/table.md"), "old ones are no results"
            )
        }
    }

    @Test(arguments: [
        ("\"format\" : 1", "\"format\" : 0", "result format was 0, is 1"),
        ("\"shard\" : \"1\\/2\"", "", "shard was 1/2, is the whole"),
    ])
    func otherFormatIsRefused(old: String, new: String, change: String) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment)
            let isShard = new.isEmpty
            try program.succeed("run e.yaml --quiet\(isShard ? " --shard 1/2" : "")")
            if isShard {
                try FileManager.default.moveItem(
                    atPath: program.path("Results/shard-1-of-2/tiny"), toPath: program.path("Results/tiny"))
            } else {
                let manifest = try program.text("Results/tiny/cells.json")
                try #require(manifest.contains(old))
                try program.write(manifest.replacing(old, with: new), to: "Results/tiny/cells.json")
            }
            let result = try program.run("run e.yaml")
            #expect(result.status == 2)
            #expect(
                result.errors
                    == "ldct: Results/tiny: holds results made otherwise: \(change); --force moves them aside\n")
        }
    }

    /// On one processor, too, where every thread of the system's queues computes.
    @Test(arguments: [("", nil), ("--force ", nil), ("", 0)] as [(String, Int?)])
    func stoppedRunSaysHowToGoOn(flag: String, processor: Int?) throws {
        try Program.withFolder { program in
            try program.writeInputs(Self.experiment.replacing("trials: 2", with: "trials: 1000"))
            for (signal, status) in [(SIGINT, 130), (SIGTERM, 143), (SIGUSR1, 138)] as [(Int32, Int32)] {
                let (output, errors) = (Pipe(), Pipe())
                let process = try program.start(
                    "run e.yaml \(flag)", processor: processor, output: output, errors: errors)
                // The first finished cell says that the run listens.
                _ = output.fileHandleForReading.availableData
                kill(process.processIdentifier, signal)
                process.waitUntilExit()
                #expect(process.terminationStatus == status && process.terminationReason == .exit)
                let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
                #expect(
                    text
                        == "ldct: stopped; run the same command again\(flag.isEmpty ? "" : ", without --force,") to go on\n"
                )
                #expect(!program.files.contains { $0.hasSuffix(".tmp") })
            }
        }
    }
}
