import Foundation
import Reporting

/// Two result folders of one experiment side by side.
package struct FolderComparison {
    /// What differs beside the numbers, the table, and rows that only one folder has.
    package let text: String

    /// - Throws: `ResultsError.otherExperiment` if the folders hold results of different experiments or settings.
    package init(_ first: String, _ second: String) throws {
        let (left, right) = (try ResultFiles(folder: first), try ResultFiles(folder: second))
        let (leftRecords, rightRecords) = (try Report.measurements(left), try Report.measurements(right))
        let (leftExperiment, rightExperiment) = (
            try Experiment(path: left.configuration), try Experiment(path: right.configuration)
        )
        guard leftExperiment.id == rightExperiment.id else {
            throw ResultsError.otherExperiment(
                first: left.folder, second: right.folder,
                changes: ["'\(leftExperiment.id)' and '\(rightExperiment.id)'"])
        }
        let changes = try ResultFolder.changes(from: left.configuration, to: rightExperiment)
        guard changes.isEmpty else {
            throw ResultsError.otherExperiment(first: left.folder, second: right.folder, changes: changes)
        }
        let environments = (try RunEnvironment(path: left.environment), try RunEnvironment(path: right.environment))
        let differences =
            environments.0.described(against: environments.1)
            + Self.inputs(leftRecords, rightRecords)
        let comparison = Comparison(
            leftRecords, rightRecords, names: (left.folder, right.folder),
            bootstrap: leftExperiment.report.plan.bootstrap)
        let head = differences.isEmpty ? ["same machine, commit, data and weights"] : differences
        text = (head + ["", comparison.table.markdown()] + comparison.missing).joined(separator: "\n")
    }

    private static func inputs(_ first: [ResultRecord], _ second: [ResultRecord]) -> [String] {
        func names(_ artifacts: [Artifact]) -> String {
            Set(artifacts.map(\.shortDescription)).sorted().joined(separator: ", ")
        }
        let pairs = [
            ("data", names(first.map(\.dataset)), names(second.map(\.dataset))),
            ("weights", names(first.compactMap(\.weights)), names(second.compactMap(\.weights))),
        ]
        return pairs.filter { $0.1 != $0.2 }.map { "\($0.0): \($0.1) | \($0.2)" }
    }
}

extension ResultFiles {
    /// The files of a result folder given by its path.
    fileprivate init(folder: String) throws(ResultsError) {
        let url = URL(fileURLWithPath: folder).standardized
        let parent = folder.split(separator: "/").dropLast().joined(separator: "/")
        let root = (folder.hasPrefix("/") ? "/" : "") + parent
        try self.init(root: root.isEmpty ? "." : root, id: url.lastPathComponent)
    }
}
