import Foundation

/// What a user says about the jobs of a submission.
package struct BatchOptions: Sendable {
    /// Lines for every job, as sbatch takes them on its command line or after `#SBATCH`: `--partition=long`. They take the place of
    /// what is written by itself.
    package var lines: [String] = []
    /// Shell commands before the program is started: `module load ...`.
    package var setup: [String] = []
    /// Processors of a task.
    package var processors = 1
    /// What starts `ldct` on a node, as a shell takes it.
    package var program: String
    /// The largest array of the site, MaxArraySize.
    package var largestArray = BatchOptions.usualArray
    /// Seconds between Slurm's warning and a time limit.
    package var warning = 60
    /// Restarts of a task that did not finish a cell, or of a command.
    package var restarts = 20

    /// Slurm's default of MaxArraySize; the largest index is one less.
    package static let usualArray = 1001

    package init(program: String) { self.program = program }

    /// - Throws: `SubmissionError` naming the line that cannot be one, or that is written by the submission itself.
    func check() throws(SubmissionError) {
        for line in lines {
            guard line.hasPrefix("-"), !line.contains(where: \.isNewline) else {
                throw .badLine(line, reason: "is no option of sbatch", expected: "one as in --sbatch=--partition=long")
            }
            if let reserved = ["--array", "--dependency", "--chdir"].first(where: { Self.name(line) == $0 }) {
                throw .badLine(
                    line, reason: "is what ldct submit decides itself", expected: "another option than \(reserved)")
            }
        }
        guard processors >= 1 else {
            throw .badLine("--cpus \(processors)", reason: "is no number of processors", expected: "1 or more")
        }
    }

    /// `--partition` of `--partition=long` and of `-p long`.
    private static func name(_ line: String) -> String {
        let short = [
            "-a": "--array", "-d": "--dependency", "-D": "--chdir", "-c": "--cpus-per-task", "-t": "--time",
            "-N": "--nodes",
            "-n": "--ntasks", "-J": "--job-name", "-o": "--output",
        ]
        let long = String(line.prefix { $0 != "=" && $0 != " " })
        return short.first { line.hasPrefix($0.key) && !line.hasPrefix("--") }?.value ?? long
    }

    /// `#SBATCH` lines: the ones given here that the user did not replace, then the user's.
    func directives(_ own: [String]) -> String {
        let replaced = Set(lines.map(Self.name))
        // Memory has three names, of which a job may have one.
        let memory: Set = ["--mem", "--mem-per-cpu", "--mem-per-gpu"]
        let kept = own.filter { line in
            let name = Self.name(line)
            return !replaced.contains(name) && !(memory.contains(name) && !memory.isDisjoint(with: replaced))
        }
        return (kept + lines).map { "#SBATCH \($0)" }.joined(separator: "\n")
    }
}

/// Why something cannot be submitted.
package enum SubmissionError: Error, Equatable, CustomStringConvertible {
    case badLine(String, reason: String, expected: String)
    case badCount(shards: Int, cells: Int)
    case badList(file: String, line: Int, reason: String)
    /// No row of results tells what a slice takes.
    case nothingToPlan(folders: [String], reason: String)
    /// Tasks of an earlier submission are at work.
    case running(folder: String, tasks: [Int])
    /// sbatch is missing or refused.
    case notSubmitted(reason: String)

    package var description: String {
        switch self {
        case .badLine(let line, let reason, let expected): "'\(line)' \(reason); expected \(expected)"
        case .badCount(let shards, let cells):
            "--shards is \(shards); expected 1 to \(cells), the cells of the experiment"
        case .badList(let file, let line, let reason):
            "\(file):\(line): \(reason); expected a line of arguments of ldct: train Experiments/train-3-relu.yaml"
        case .nothingToPlan(let folders, let reason):
            "\(folders.joined(separator: ", ")): \(reason); expected encrypted runs that tell what a slice takes"
        case .running(let folder, let tasks):
            "\(folder): tasks \(tasks.map(String.init).joined(separator: ", ")) are at work; expected none, as a submission "
                + "changes what they do"
        case .notSubmitted(let reason): "nothing was submitted: \(reason); expected Slurm's sbatch to accept it"
        }
    }
}
