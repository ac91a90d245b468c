import Foundation
import Support

/// The files of what was submitted to a cluster: `<results>/<id>.cluster/`.
package struct SubmissionFiles: Sendable, Equatable {
    package let root: String
    package let id: String

    private static let ending = ".cluster"

    /// All submissions below a folder of results, by name.
    package static func all(in root: String) -> [SubmissionFiles] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map {
            SubmissionFiles(root: root, id: String($0.dropLast(ending.count)))
        }
    }

    package var folder: String { "\(root)/\(id)\(Self.ending)" }
    /// The experiment as it was when it was submitted.
    var experiment: String { "\(folder)/\(id).yaml" }
    package var plan: String { "\(folder)/shards.json" }
    /// A line of arguments a task, where there is no experiment.
    var commands: String { "\(folder)/commands.txt" }
    var task: String { "\(folder)/task.sbatch" }
    var last: String { "\(folder)/last.sbatch" }
    package var submit: String { "\(folder)/submit.sh" }
    var logs: String { "\(folder)/logs" }
    /// How each task ended: its exit status, in a file of its number.
    var ends: String { "\(folder)/ends" }

    /// The exit status a task ended with; nil if it has not ended, or was requeued.
    func end(ofTask number: Int) -> Int? {
        (try? String(contentsOfFile: "\(ends)/\(number)", encoding: .utf8)).flatMap {
            Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}
