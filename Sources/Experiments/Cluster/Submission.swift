package import Configuration
import Foundation
import Support

/// Work for a cluster: an array of tasks and a job after it, as files that `bash submit.sh` submits.
package struct Submission {
    package let files: SubmissionFiles
    /// What is to come, for people.
    package let summary: String
    private let scripts: BatchScripts
    private let contents: [(path: String, text: String)]
    private let plan: ShardPlan?

    /// Seconds that count for a cell without a prediction, beside what every cell needs.
    static let unpredictedAttack = 600.0, unpredictedCell = 10.0
    /// A task's time limit: so many times what is expected, and minutes for reading, keys and a slow file system.
    static let margin = 2.0, minutesOfGrace = 10.0

    /// An experiment in shards that take about equally long.
    /// - Parameters:
    ///   - file: The experiment, settings of the command line included; a copy is what runs.
    ///   - workFolder: What its paths are relative to.
    /// - Throws: As `RunPrediction`; `SubmissionError`.
    package init(
        _ file: ConfigurationFile, shards: Int, results: String, workFolder: String, options: BatchOptions
    ) throws {
        try options.check()
        let experiment = try Experiment(file)
        let prediction = try RunPrediction(file)
        let keys = prediction.rows.compactMap(\.key)
        guard (1...keys.count).contains(shards) else {
            throw SubmissionError.badCount(shards: shards, cells: keys.count)
        }
        files = SubmissionFiles(root: results, id: experiment.id)
        let scale = Self.scale(experiment, processors: options.processors)
        let fresh = ShardPlan(
            experiment: experiment.id, cells: keys,
            seconds: prediction.rows.map { Self.seconds($0) * scale }, count: shards)
        // What was shared out before stays so: shards go on where they stopped.
        let old = try? ShardPlan(path: files.plan)
        let plan = old.flatMap { $0.count == shards && $0.entries.map(\.cell) == keys ? $0 : nil } ?? fresh
        self.plan = plan
        var scripts = BatchScripts(files: files, options: options, tasks: shards, workFolder: workFolder)
        scripts.memory = Self.memory(prediction, inputs: Self.inputBytes(experiment))
        let longest = plan.loads.max() ?? 0
        scripts.minutes = Int((longest * Self.margin / 60 + Self.minutesOfGrace).rounded(.up))
        self.scripts = scripts
        contents = [
            (files.experiment, try experiment.yaml()), (files.task, scripts.shard),
            (files.last, scripts.merge), (files.submit, scripts.submit),
        ]
        summary = Self.summary(plan, prediction, scripts)
    }

    /// A list of commands, a task each: preparations, trainings, slices.
    /// - Parameter list: File with a line of arguments of `ldct` a task; empty lines and those that begin with # do not count.
    /// - Parameter isCommand: Whether a word is a command of `ldct`.
    /// - Throws: `SubmissionError`, `FileError`.
    package init(
        list: String, isCommand: (String) -> Bool, results: String, workFolder: String, options: BatchOptions
    ) throws {
        try options.check()
        let name = URL(fileURLWithPath: list).deletingPathExtension().lastPathComponent
        guard name.isFolderName else { throw ResultsError.badIdentifier(name) }
        files = SubmissionFiles(root: results, id: name)
        let commands = try Self.commands(list, isCommand)
        plan = nil
        scripts = BatchScripts(files: files, options: options, tasks: commands.count, workFolder: workFolder)
        contents = [
            (files.commands, commands.joined(separator: "\n") + "\n"), (files.task, scripts.command),
            (files.last, scripts.roll), (files.submit, scripts.submit),
        ]
        summary = "\(commands.count) commands, a task each; memory and time limit as the site or --sbatch says"
    }

    private static func commands(_ list: String, _ isCommand: (String) -> Bool) throws -> [String] {
        let data = try InputFile.contents(list, expected: "a list of commands", limit: 1 << 24)
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw SubmissionError.badList(file: list, line: 1, reason: "is not UTF-8 text")
        }
        var commands: [String] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let command = line.trimmingCharacters(in: .whitespaces)
            guard !command.isEmpty, !command.hasPrefix("#") else { continue }
            let word = String(command.prefix { !$0.isWhitespace })
            guard isCommand(word) else {
                throw SubmissionError.badList(
                    file: list, line: index + 1, reason: "begins with '\(word)', which is no command of ldct")
            }
            commands.append(command)
        }
        guard !commands.isEmpty else { throw SubmissionError.badList(file: list, line: 1, reason: "holds no command") }
        return commands
    }

    /// Writes the files, and nothing else.
    /// - Throws: `SubmissionError.running` while tasks of an earlier submission are at work.
    package func write() throws {
        let running = try SubmissionStatus(files)?.tasks.filter { $0.state == .running }.map(\.number) ?? []
        guard running.isEmpty else { throw SubmissionError.running(folder: files.folder, tasks: running) }
        try clear()
        for folder in [files.folder, files.logs, files.ends] { try ResultFolder.create(folder) }
        try plan?.write(to: files.plan)
        for (path, text) in contents { try AtomicFile.write(text, to: path) }
    }

    /// Takes away what an earlier submission of the name says of other tasks than these: their list, and how they ended.
    private func clear() throws(FileError) {
        let commands = contents.first { $0.path == files.commands }?.text
        let isSame =
            commands == (try? String(contentsOfFile: files.commands, encoding: .utf8))
            && plan == (try? ShardPlan(path: files.plan))
        guard !isSame else { return }
        for path in [files.plan, files.commands, files.ends] where FileManager.default.fileExists(atPath: path) {
            do { try FileManager.default.removeItem(atPath: path) } catch {
                throw .unwritable(file: path, reason: "what an earlier submission left cannot be removed")
            }
        }
    }

    /// Submits what `write` wrote. - Returns: the jobs' numbers, as sbatch gave them. - Throws: `SubmissionError.notSubmitted`.
    package func submit() throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [files.submit]
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let lines = String(decoding: complaint, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
            throw SubmissionError.notSubmitted(reason: lines)
        }
        return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: What a task needs

    private static func seconds(_ row: RunPrediction.Row) -> Double {
        if let seconds = row.seconds { return seconds + 1 }
        return row.key?.kind == .attack ? unpredictedAttack : unpredictedCell
    }

    /// Predictions are of this machine's threads; a task has its own number.
    private static func scale(_ experiment: Experiment, processors: Int) -> Double {
        let here = experiment.settings.workers
        let there = experiment.threads == 0 ? processors : min(experiment.threads, processors)
        return Double(min(here, Resources.threads)) / Double(there)
    }

    /// MiB: the largest cell with a quarter for what is kept between its layers, the inputs twice, and a GiB for the program and what is
    /// not predicted.
    private static func memory(_ prediction: RunPrediction, inputs: Int) -> Int {
        let largest = prediction.rows.compactMap(\.memoryBytes).max() ?? 0
        return (largest + largest / 4 + 2 * inputs) >> 20 + 1024
    }

    private static func inputBytes(_ experiment: Experiment) -> Int {
        let weights = experiment.cases.compactMap { item -> String? in
            if case .weights(let path) = item.network { path } else { nil }
        }
        return Set(weights + [experiment.data.path].compactMap(\.self)).reduce(0) { sum, path in
            let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
            return sum + (size ?? 0)
        }
    }

    private static func summary(_ plan: ShardPlan, _ prediction: RunPrediction, _ scripts: BatchScripts) -> String {
        let loads = plan.loads
        let unpredicted = prediction.rows.count { $0.seconds == nil }
        var lines = [
            "\(plan.entries.count) cells in \(plan.count) shards of \(ProgressLine.duration(loads.min() ?? 0)) to "
                + "\(ProgressLine.duration(loads.max() ?? 0)) expected; a task: \(scripts.options.processors) processors, "
                + "\(scripts.memory ?? 0) MiB, time limit \(scripts.minutes ?? 0) min"
        ]
        if scripts.parts.count > 1 {
            lines.append(
                "\(scripts.parts.count) arrays, as the site allows \(scripts.options.largestArray - 1) tasks in one")
        }
        if unpredicted > 0 {
            lines.append(
                "\(unpredicted) cells have no prediction and count as \(Int(unpredictedCell)) s, attacks as "
                    + "\(Int(unpredictedAttack)) s; a task whose time is too short requeues itself and goes on")
        }
        return lines.joined(separator: "\n")
    }
}
