import ArgumentParser
import Support

@main struct Root: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ldct",
        abstract: "Denoise low-dose CT on encrypted images, and measure what it costs, loses and leaks.",
        version: ProgramVersion.current,
        subcommands: [
            PrepareCommand.self, DataCommand.self, TrainCommand.self, WeightsCommand.self, RunCommand.self,
            SubmitCommand.self, StatusCommand.self, PlanCommand.self, MergeCommand.self,
            VerifyCommand.self, ReportCommand.self, CheckCommand.self, CompareCommand.self, HistoryCommand.self,
            DenoiseCommand.self, ServeCommand.self, AttackCommand.self,
            KeygenCommand.self, EncryptCommand.self, DecryptCommand.self, BenchCommand.self, StageCommand.self,
            ManualCommand.self,
        ])

    static func main() async {
        Resources.shareHeap()
        await InputFailure.run()
    }
}
