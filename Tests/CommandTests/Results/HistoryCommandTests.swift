import Foundation
import Reporting
import Testing

/// `ldct history`: exact counts over commits and over result folders.
@Suite struct HistoryCommandTests {
    private func git(_ program: Program, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["git", "-C", program.folder.path, "-c", "user.name=t", "-c", "user.email=t@example.org"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "git \(arguments)")
    }

    /// A reference with a count, a quality and seconds.
    private func write(_ program: Program, products: Int, psnr: Double = 40, row: String = "encrypted") throws {
        let folder = program.path("Results/reference")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Reference(
            experiment: "e",
            rows: [
                .init(
                    row: row, patches: 1,
                    values: ["products": Double(products), "psnr": psnr, "seconds.total": Double.random(in: 1...2)])
            ]
        ).write(to: "\(folder)/e.json")
    }

    private func commit(_ program: Program, _ message: String) throws {
        try git(program, "add", "-A")
        try git(program, "commit", "--quiet", "--no-verify", "-m", message)
    }

    @Test func commitsWithAndWithoutANote() throws {
        try Program.withFolder { program in
            try git(program, "init", "--quiet")
            try write(program, products: 100)
            try commit(program, "First")
            // Quality and seconds are no counts.
            try write(program, products: 100, psnr: 41)
            try commit(program, "Better")
            #expect(try program.succeed("history").contains("0 steps, 0 not explained"))
            try write(program, products: 50)
            try commit(program, "Half\n\nA reason.\nCounts: tables are shared by rows")
            let explained = try program.succeed("history e")
            #expect(explained.contains("tables are shared by rows") && explained.contains("x 0.5"), "\(explained)")
            try write(program, products: 75)
            let open = try program.run("history e")
            #expect(open.status == 1 && open.output.contains("not committed"), "\(open.output)")
            try commit(program, "Careless")
            let found = try program.run("history e --json")
            #expect(found.status == 1)
            let steps = found.output.split(separator: "\n").map { Data($0.utf8) }
                .compactMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
            #expect(steps.count == 2 && steps.map { $0["after"] as? Double } == [50, 75])
            #expect(steps[0]["note"] as? String == "tables are shared by rows" && steps[1]["note"] is NSNull)
            #expect(try program.run("history --since HEAD~1").status == 1)
            #expect(try program.run("history --since HEAD").status == 0)
            // Said later, without changing the commit.
            try git(program, "notes", "add", "-m", "a mistake, mended in the next commit")
            #expect(try program.succeed("history").contains("2 steps, 0 not explained"))
        }
    }

    /// A file names its experiment.
    @Test func experimentsByTheirFile() throws {
        try Program.withFolder { program in
            try git(program, "init", "--quiet")
            try write(program, products: 100)
            try commit(program, "First")
            try program.write(SurvivalTests.experiment.replacing("id: tiny", with: "id: e"), to: "some.yaml")
            #expect(try program.succeed("history some.yaml") == program.succeed("history e"))
            let result = try program.run("history none.yaml")
            #expect(result.status == 2 && result.errors.contains("none.yaml"), "\(result.errors)")
        }
    }

    @Test func anotherRowIsNoStep() throws {
        try Program.withFolder { program in
            try git(program, "init", "--quiet")
            try write(program, products: 100, row: "a")
            try commit(program, "First")
            try write(program, products: 50, row: "b")
            try commit(program, "Second")
            #expect(try program.succeed("history").contains("0 steps"))
        }
    }

    @Test func foldersInTheOrderNamed() throws {
        try Program.withFolder { program in
            try program.writeInputs(
                """
                id: tiny
                title: "What does it cost?"
                data: {file: d.h5, patches: 1}
                seed: 1
                cases: [{mode: client-aided, scheme: cleartext, weights: relu.h5}]

                """)
            try program.succeed("run e.yaml --results A --quiet")
            try program.succeed("run e.yaml --results B --quiet")
            #expect(try program.succeed("history A/tiny B/tiny").contains("0 steps"))
            #expect(try program.run("history A/tiny nothing/here").status == 2)
            let records = try program.text("B/tiny/records.jsonl")
            let key = try #require(records.firstMatch(of: #/"metric":"bytes.up"[^\n]*?"value":(\d+)/#))
            try program.write(
                records.replacing(
                    String(key.0), with: String(key.0).replacing("\"value\":\(key.1)", with: "\"value\":7")),
                to: "B/tiny/records.jsonl")
            let stepped = try program.run("history A/tiny B/tiny")
            #expect(stepped.status == 1 && stepped.output.contains("bytes.up"), "\(stepped.output)")
            try program.write("seven is enough\n", to: "B/tiny/note.txt")
            #expect(try program.succeed("history A/tiny B/tiny").contains("seven is enough"))
        }
    }

    @Test func whatCannotBeReadIsToldInOneLine() throws {
        try Program.withFolder { program in
            try write(program, products: 1)
            let outside = try program.run("history", environment: ["GIT_CEILING_DIRECTORIES": "/"])
            #expect(outside.status == 2 && outside.errors.contains("not in a git clone"), "\(outside.errors)")
            #expect(try program.run("history missing").status == 2)
            #expect(try program.run("history e A/tiny").status == 2)
            try git(program, "init", "--quiet")
            try commit(program, "First")
            let unknown = try program.run("history --since nothing")
            #expect(unknown.status == 2 && unknown.errors.contains("'nothing' is no commit"), "\(unknown.errors)")
        }
    }
}
