import Configuration
import Foundation

/// How a user names the results of an experiment: by its id, its file, or the folder they are in.
///
/// `quickstart`, `Experiments/quickstart.yaml` and `Results/quickstart` mean the same.
package struct ResultName {
    package let id: String
    /// The folder of all results that the experiment's is in.
    package let root: String
    /// The experiment as its file has it now, where a file was named.
    let experiment: Experiment?

    /// - Parameter results: The folder of all results, for names that do not say.
    /// - Throws: `ConfigurationError` of the file, `ResultsError.badIdentifier`.
    package init(_ name: String, results: String) throws {
        if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let experiment = try Experiment(path: name)
            (id, root, self.experiment) = (experiment.id, results, experiment)
            return
        }
        experiment = nil
        let parts = name.split(separator: "/").map(String.init)
        guard name.contains("/"), let last = parts.last else {
            guard name.isFolderName else { throw ResultsError.badIdentifier(name) }
            (id, root) = (name, results)
            return
        }
        guard last.isFolderName else { throw ResultsError.badIdentifier(name) }
        let parent = parts.dropLast().joined(separator: "/")
        id = last
        root = (name.hasPrefix("/") ? "/" : "") + (parent.isEmpty ? "." : parent)
    }

    /// The experiment file a user means: a file as it is, or the id of one in `Experiments/`.
    package static func experimentFile(_ name: String) -> String {
        let usual = "Experiments/\(name).yaml"
        guard !FileManager.default.fileExists(atPath: name), name.isFolderName,
            FileManager.default.fileExists(atPath: usual)
        else { return name }
        return usual
    }
}

extension ResultFiles {
    /// The files of results as a user names them.
    /// - Throws: As `ResultName`.
    init(named name: String, results: String, references: String? = nil) throws {
        let name = try ResultName(name, results: results)
        try self.init(root: name.root, id: name.id, references: references)
    }
}
