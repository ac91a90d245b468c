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

    /// The files of the experiments named, or of `all` if none is.
    /// - Throws: `ResultsError.noResults` if that leaves none.
    package static func named(_ ids: [String], orAll all: [String], in root: String) throws(ResultsError)
        -> [ResultFiles]
    {
        var files: [ResultFiles] = []
        for id in ids.isEmpty ? all : ids { files.append(try ResultFiles(root: root, id: id)) }
        guard !files.isEmpty else { throw .noResults(folder: root) }
        return files
    }

    package var folder: String { "\(root)/\(id)" }
    package var records: String { "\(folder)/records.jsonl" }
    /// The resolved experiment file.
    package var configuration: String { "\(folder)/config.yaml" }
    package var environment: String { "\(folder)/environment.json" }
    package var images: String { "\(folder)/images.h5" }
    package var markdown: String { "\(folder)/table.md" }
    package var csv: String { "\(folder)/table.csv" }
    package var latex: String { "\(folder)/table.tex" }
    package var reference: String { "\(root)/reference/\(id).json" }

    /// Everything a run or a report makes.
    var all: [String] { [records, configuration, environment, images, markdown, csv, latex] }

    /// The experiments with records, in alphabetical order.
    package static func identifiers(in root: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: "\(root)/\($0)/records.jsonl") }.sorted()
    }

    /// The experiments with a reference, in alphabetical order.
    package static func references(in root: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/reference")) ?? []
        return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }.sorted()
    }
}
