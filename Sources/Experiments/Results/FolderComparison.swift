package import Reporting
import Support

/// Two result folders of one experiment side by side.
package struct FolderComparison {
    /// What differs beside the numbers: machine, commit, data, weights.
    package let differences: [String]
    package let comparison: Comparison

    /// - Parameters:
    ///   - first: An experiment, by id or result folder.
    ///   - second: What is compared with it; nil compares with what is published.
    /// - Throws: `ResultsError.otherExperiment` if the folders hold results of different experiments or settings.
    package init(_ first: String, _ second: String?, results: String) throws {
        let left = try ResultFiles(named: first, results: results)
        let right = try ResultFiles(
            named: second ?? "\(ResultFiles.publishedRoot(of: results))/\(left.id)", results: results)
        if second == nil, !OutputPath.areDifferent(left.folder, right.folder) {
            throw ResultsError.noResults(folder: "\(results)/reference/\(left.id)")
        }
        let (leftRecords, rightRecords) = (try Report.measurements(left), try Report.measurements(right))
        let (leftExperiment, rightExperiment) = (
            try Experiment(path: left.configuration), try Experiment(path: right.configuration)
        )
        guard leftExperiment.id == rightExperiment.id else {
            throw ResultsError.otherExperiment(
                first: left.folder, second: right.folder,
                changes: ["'\(leftExperiment.id)' and '\(rightExperiment.id)'"])
        }
        // How often something was measured is no other experiment: a user's run has fewer trials than a published one.
        let (repetitions, changes) = try ResultFolder.changes(from: left.configuration, to: rightExperiment)
            .reduce(into: ([String](), [String]())) {
                if $1.hasPrefix("trials was ") { $0.0.append($1) } else { $0.1.append($1) }
            }
        guard changes.isEmpty else {
            throw ResultsError.otherExperiment(first: left.folder, second: right.folder, changes: changes)
        }
        let environments = (try RunEnvironment(path: left.environment), try RunEnvironment(path: right.environment))
        let gaps = [try Report.gap(left), try Report.gap(right)].compactMap(\.self)
        differences =
            environments.0.described(against: environments.1)
            + Self.inputs(leftRecords, rightRecords) + repetitions + gaps
        comparison = Comparison(
            leftRecords, rightRecords, names: (left.folder, right.folder),
            bootstrap: leftExperiment.report.plan.bootstrap)
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
