import Configuration
import Foundation
import Reporting

/// The names of the files under `Results/`.
package struct ResultFiles: Sendable, Equatable {
    /// The folder of all results, `Results` by default.
    package let root: String
    package let id: String
    /// The folder of what results are checked against, `<root>/reference` by default.
    package let references: String

    /// - Throws: `ResultsError.badIdentifier` for an id that could lead out of `root`.
    package init(root: String, id: String, references: String? = nil) throws(ResultsError) {
        guard id.isFolderName else { throw .badIdentifier(id) }
        self.root = root
        self.id = id
        self.references = references ?? "\(root)/reference"
    }

    package var folder: String { "\(root)/\(id)" }
    package var records: String { "\(folder)/records.jsonl" }
    /// The resolved experiment file.
    package var configuration: String { "\(folder)/config.yaml" }
    /// All cells of the run.
    package var manifest: String { "\(folder)/cells.json" }
    package var environment: String { "\(folder)/environment.json" }
    package var images: String { "\(folder)/images.h5" }
    package var reference: String { "\(references)/\(id).json" }

    /// Where published results are: `<root>/reference`, or `root` itself without such a folder.
    package static func publishedRoot(of root: String) -> String {
        let published = "\(root)/reference"
        return FileManager.default.fileExists(atPath: published) ? published : root
    }

    /// The experiments named; or all with finished cells in alphabetical order, those of `root` before published ones.
    /// - Parameter published: Whether published results count, too.
    /// - Throws: `ResultsError.noResults` if that leaves none.
    package static func reported(
        _ ids: [String], in root: String, published: Bool = true
    ) throws(ResultsError) -> [ResultFiles] {
        var files: [ResultFiles] = []
        for folder in root == publishedRoot(of: root) || !published ? [root] : [root, publishedRoot(of: root)] {
            let named = ids.isEmpty ? contents(of: folder) : ids
            for id in named
            where id.isFolderName && RecordFile.exists("\(folder)/\(id)/records.jsonl", empty: !ids.isEmpty) {
                files.append(try ResultFiles(root: folder, id: id))
            }
        }
        if let missing = ids.first(where: { id in !files.contains { $0.id == id } }) {
            throw .noResults(folder: try ResultFiles(root: root, id: missing).folder)
        }
        guard !files.isEmpty else { throw .noResults(folder: root) }
        return files
    }

    /// The experiments named, or all with a reference in alphabetical order if none is named.
    /// - Throws: `ResultsError.noReference` if that leaves none.
    package static func checked(
        _ ids: [String], in root: String, references: String? = nil
    ) throws(ResultsError) -> [ResultFiles] {
        let folder = references ?? "\(root)/reference"
        // A file of another kind of name is nobody's reference.
        let known = contents(of: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }
        var files: [ResultFiles] = []
        for id in ids.isEmpty ? known.filter(\.isFolderName) : ids {
            files.append(try ResultFiles(root: root, id: id, references: references))
        }
        guard !files.isEmpty else { throw .noReference(file: "\(folder)/*.json") }
        return files
    }

    private static func contents(of folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}
