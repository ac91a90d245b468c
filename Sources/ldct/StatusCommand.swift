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
        let all = try SubmissionFiles.all(in: results).compactMap { try SubmissionStatus($0) }
        guard !all.isEmpty else {
            throw ValidationError("\(results) holds no submission; expected <id>.cluster as ldct submit writes it.")
        }
        for status in all { try print(json ? try status.json() : status.text) }
        guard all.allSatisfy(\.failed.isEmpty) else { throw ExitCode(1) }
    }
}
