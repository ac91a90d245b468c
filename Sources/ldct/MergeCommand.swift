import ArgumentParser
import Experiments

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Join the results of shards into those of the whole run.",
        discussion: """
            The shards must be of one experiment, with the same settings, data, weights and kind of machine. What no shard has \
            finished is named, and ends this with status 1; ldct run measures it in the merged folder.

            Example:
              ldct merge Results/shard-1-of-2/precision Results/shard-2-of-2/precision
            """)

    @Argument(help: "Result folders of shards.")
    var folders: [String]

    @Option(help: "Folder of all results; the merged ones go to RESULTS/<experiment>.")
    var results = "Results"

    @Flag(
        name: [.long, .customLong("restart")],
        help: "Move the results there are to a folder of another name, RESULTS/<id>.old-<n>.")
    var force = false

    func validate() throws { try GivenOptions.refuseEmpty(("--results", results)) }

    func run() throws {
        let merge = try ShardMerge(folders, into: results, force: force)
        let finished = merge.total - merge.missing.count
        try print("\(merge.files.folder): \(finished) of \(merge.total) cells")
        for cell in merge.missing { try print("  missing: \(cell)") }
        guard merge.missing.isEmpty else { throw ExitCode(1) }
    }
}
