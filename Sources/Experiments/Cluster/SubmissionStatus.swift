import Foundation
import Reporting
import Support

/// How far a submission is, from its files alone: no queue is asked.
package struct SubmissionStatus: Sendable {
    package enum State: String, Sendable, Encodable {
        /// Somebody writes there now.
        case running
        /// Everything is measured, or the command ended with status 0.
        case done
        /// It ended with another status.
        case failed
        /// Begun and nobody there: requeued, preempted, or its node is gone.
        case stopped
        case waiting
    }

    package struct Task: Sendable, Encodable {
        package let number: Int
        package let state: State
        /// Cells; of a command 1.
        package let done, total: Int
        /// How a failed one ended.
        package let status: Int?
        /// Who writes there.
        package let holder: String?
        /// Expected for what is left, at the speed of what is done; nil of commands.
        package let secondsLeft: Double?

        enum CodingKeys: String, CodingKey {
            case number, state, done, total, status, holder
            case secondsLeft = "seconds_left"
        }
    }

    package let files: SubmissionFiles
    package let tasks: [Task]

    /// Nil if there is no submission. - Throws: `FileError` of the plan, `ReportingError` of a shard's records.
    package init?(_ files: SubmissionFiles) throws {
        self.files = files
        if FileManager.default.fileExists(atPath: files.plan) {
            let plan = try ShardPlan(path: files.plan)
            tasks = try (1...plan.count).map { try Self.shard($0, of: plan, files) }
        } else if let list = try? String(contentsOfFile: files.commands, encoding: .utf8) {
            tasks = list.split(whereSeparator: \.isNewline).indices.enumerated().map {
                Self.command($0.offset + 1, files)
            }
        } else {
            return nil
        }
    }

    private static func shard(_ number: Int, of plan: ShardPlan, _ files: SubmissionFiles) throws -> Task {
        let root = Shard(index: number, count: plan.count).root(in: files.root)
        let results = try ResultFiles(root: root, id: files.id)
        let entries = plan.entries(ofShard: number)
        let finished =
            RecordFile.exists(results.records) ? try RecordFile.read(results.records).finishedCells : []
        let left = entries.filter { !finished.contains($0.cell.description) }
        let done = entries.count - left.count
        let holder = FolderLock.holder(of: results.folder)
        let end = files.end(ofTask: number)
        let isBegun = FileManager.default.fileExists(atPath: results.folder)
        let state = state(isHeld: holder != nil, end: end, isBegun: isBegun, isComplete: left.isEmpty)
        let expected = left.reduce(0) { $0 + $1.seconds }
        return Task(
            number: number, state: state, done: done, total: entries.count, status: state == .failed ? end : nil,
            holder: holder?.description,
            secondsLeft: expected * speed(results, entries.reduce(0) { $0 + $1.seconds } - expected))
    }

    private static func state(isHeld: Bool, end: Int?, isBegun: Bool, isComplete: Bool) -> State {
        if isHeld { return .running }
        if let end, end != 0 { return .failed }
        if isComplete { return .done }
        return isBegun ? .stopped : .waiting
    }

    /// What seconds took of what was expected, by the times of the first and the last line of a shard; 1 before the first cell.
    private static func speed(_ results: ResultFiles, _ expected: Double) -> Double {
        func time(_ path: String) -> Double? {
            ((try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date)?
                .timeIntervalSince1970
        }
        guard expected > 1e-6, let start = time(results.manifest), let last = time(results.records), last > start else {
            return 1
        }
        return (last - start) / expected
    }

    private static func command(_ number: Int, _ files: SubmissionFiles) -> Task {
        let end = files.end(ofTask: number)
        let state: State = end.map { $0 == 0 ? .done : .failed } ?? .waiting
        return Task(
            number: number, state: state, done: state == .done ? 1 : 0, total: 1, status: state == .failed ? end : nil,
            holder: nil, secondsLeft: nil)
    }

    package var failed: [Task] { tasks.filter { $0.state == .failed } }

    /// Until all is measured if what runs now goes on, and nothing more is started than runs now; nil where nothing tells.
    package var secondsLeft: Double? {
        let left = tasks.compactMap(\.secondsLeft)
        guard !left.isEmpty else { return nil }
        let atWork = Double(max(1, tasks.count { $0.state == .running }))
        return max(left.max() ?? 0, left.reduce(0, +) / atWork)
    }

    /// A line, and one per task that failed or stopped.
    package var text: String {
        func count(_ state: State) -> Int { tasks.count { $0.state == state } }
        let cells = tasks.reduce(0) { $0 + $1.done }
        let total = tasks.reduce(0) { $0 + $1.total }
        var line = "\(files.folder): \(cells) of \(total) done; tasks: "
        line += [State.running, .done, .failed, .stopped, .waiting].map { "\(count($0)) \($0.rawValue)" }
            .joined(separator: ", ")
        if cells < total, let left = secondsLeft { line += "; about \(ProgressLine.duration(left)) left" }
        let details = tasks.compactMap { task -> String? in
            switch task.state {
            case .running: "  task \(task.number): \(task.done) of \(task.total), \(task.holder ?? "")"
            case .failed: "  task \(task.number): \(task.done) of \(task.total), ended with status \(task.status ?? 0)"
            case .stopped: "  task \(task.number): \(task.done) of \(task.total), stopped; waits to be started again"
            case .done, .waiting: nil
            }
        }
        return ([line] + details).joined(separator: "\n")
    }

    /// A JSON object.
    package func json() throws -> String {
        struct All: Encodable {
            let folder: String
            let tasks: [Task]
        }
        return try SortedJSON.line(All(folder: files.folder, tasks: tasks))
    }
}
