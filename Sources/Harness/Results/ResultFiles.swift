import Foundation

/// The names of the files under `Results/`.
package struct ResultFiles: Sendable, Equatable {
    /// The folder of all results, `Results` by default.
    package let root: String
    package let id: String

    /// - Throws: `ResultsError.badIdentifier` for an id that could lead out of `root`.
    package init(root: String, id: String) throws(ResultsError) {
        guard Experiment.isFolderName(id) else { throw .badIdentifier(id) }
        self.root = root
        self.id = id
    }

    package var folder: String { "\(root)/\(id)" }
    package var records: String { "\(folder)/records.jsonl" }
    /// The resolved experiment file.
    package var configuration: String { "\(folder)/config.yaml" }
    /// All cells of the run.
    package var manifest: String { "\(folder)/cells.json" }
    package var environment: String { "\(folder)/environment.json" }
    package var images: String { "\(folder)/images.h5" }
    package var markdown: String { "\(folder)/table.md" }
    package var csv: String { "\(folder)/table.csv" }
    package var latex: String { "\(folder)/table.tex" }
    package var reference: String { "\(root)/reference/\(id).json" }

    /// The experiments named, or all with records in alphabetical order if none is named.
    /// - Throws: `ResultsError.noResults` if that leaves none.
    package static func reported(_ ids: [String], in root: String) throws(ResultsError) -> [ResultFiles] {
        let withRecords = contents(of: root).filter {
            Experiment.isFolderName($0) && FileManager.default.fileExists(atPath: "\(root)/\($0)/records.jsonl")
        }
        let files = try named(ids.isEmpty ? withRecords : ids, in: root)
        guard !files.isEmpty else { throw .noResults(folder: root) }
        return files
    }

    /// The experiments named, or all with a reference in alphabetical order if none is named.
    /// - Throws: `ResultsError.noReference` if that leaves none.
    package static func checked(_ ids: [String], in root: String) throws(ResultsError) -> [ResultFiles] {
        let references = contents(of: "\(root)/reference").filter { $0.hasSuffix(".json") }
        let files = try named(ids.isEmpty ? references.map { String($0.dropLast(".json".count)) } : ids, in: root)
        guard !files.isEmpty else { throw .noReference(file: "\(root)/reference/*.json") }
        return files
    }

    private static func contents(of folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private static func named(_ ids: [String], in root: String) throws(ResultsError) -> [ResultFiles] {
        var files: [ResultFiles] = []
        for id in ids { files.append(try ResultFiles(root: root, id: id)) }
        return files
    }
}
