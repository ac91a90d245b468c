import ArgumentParser
import Experiments

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell how far submissions are: done, running, failed, time left.",
        discussion: """
            Reads files alone, on any machine that sees them; asks no queue. Exit status 1 if a task has failed.
            """)

    @Argument(help: "Folder of all results.")
    var results = "Results"

    @Flag(help: "A JSON object a submission.")
    var json = false

    func run() throws {
        var all: [SubmissionStatus] = []
        var damage: (any Error)?
        for files in SubmissionFiles.all(in: results) {
            // What is wrong with one submission is told after the others.
            do { if let status = try SubmissionStatus(files) { all.append(status) } } catch { damage = damage ?? error }
        }
        for status in all { try print(json ? try status.json() : status.text) }
        if let damage { throw damage }
        guard !all.isEmpty else {
            throw ValidationError("\(results) holds no submission; expected <id>.cluster as ldct submit writes it.")
        }
        guard all.allSatisfy(\.failed.isEmpty) else { throw ExitCode(1) }
    }
}
