/// Why a result folder cannot be used: one line that names the folder and what to do.
package enum ResultsError: Error, Equatable {
    case notWritable(folder: String, reason: String)
    /// The folder holds results of other settings, data, weights or another machine. `changes` names each.
    case changed(folder: String, changes: [String])
    /// A folder to merge belongs to another run than the first.
    case otherRun(folder: String, first: String, changes: [String])
    case measuredTwice(cell: String, folders: [String])
    /// Two folders cannot be compared.
    case otherExperiment(first: String, second: String, changes: [String])
    /// There is nothing to report on or to check.
    case noResults(folder: String)
    case noReference(file: String)
    /// The identifier is not the name of an experiment.
    case badIdentifier(String)
    case badCommit(String)
    /// Folders and ids, or folders and a commit.
    case mixedHistory(names: [String])
    /// A table marker without its end, or an end without its beginning.
    case brokenMarker(file: String, line: Int, expected: String)
}

extension ResultsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notWritable(let folder, let reason):
            "\(folder): results cannot be written: \(reason)"
        case .changed(let folder, let changes):
            "\(folder): holds results made otherwise: \(changes.joined(separator: "; ")); --force moves them aside"
        case .otherRun(let folder, let first, let changes):
            "\(folder): belongs to another run than \(first): "
                + (changes.isEmpty ? "another experiment" : changes.joined(separator: "; "))
        case .measuredTwice(let cell, let folders):
            "\(folders.joined(separator: " and ")) both hold the cell '\(cell)'; expected shards of one run"
        case .otherExperiment(let first, let second, let changes):
            "\(first) and \(second): expected results of one experiment; they differ: \(changes.joined(separator: "; "))"
        case .noResults(let folder):
            "\(folder): no finished results; expected records.jsonl as 'ldct run' writes it"
        case .noReference(let file):
            "\(file): no such reference; 'ldct check ID --record' makes one from the present results"
        case .badIdentifier(let id):
            "'\(id)' is not an experiment; expected lowercase letters, digits and hyphens"
        case .badCommit(let name):
            "'\(name)' is no commit of this clone; expected a branch, a tag or a hash"
        case .mixedHistory(let names):
            "\(names.joined(separator: ", ")): expected experiments by id, or result folders (with a '/') without --since"
        case .brokenMarker(let file, let line, let expected):
            "\(file):\(line): expected '\(expected)'"
        }
    }
}
