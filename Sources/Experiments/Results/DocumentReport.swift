import Foundation
import Reporting
import Support

/// Fills the documents of a repository, its README and notebooks, from published results.
///
/// Published are the results in `<results>/reference`, which are under version control. A block of an experiment that has not been
/// published yet is left alone.
package struct DocumentReport {
    private let documents: [GeneratedDocument]
    /// One line per block that nothing published can fill.
    package let unfilled: [String]

    /// The documents of the current folder, `README.md` and `Notebooks-md/*.md` as far as they exist, if `results` has published
    /// ones: results elsewhere have no business in them.
    package static func usual(results: String) -> [String] {
        guard ResultFiles.publishedRoot(of: results) != results else { return [] }
        let notebooks = (try? FileManager.default.contentsOfDirectory(atPath: "Notebooks-md")) ?? []
        return (["README.md"] + notebooks.filter { $0.hasSuffix(".md") }.sorted().map { "Notebooks-md/\($0)" })
            .filter { FileManager.default.fileExists(atPath: $0) }
    }

    /// - Parameters:
    ///   - ids: Experiments whose blocks are looked at; all if empty.
    ///   - reports: Those that have been made already, which are not made again.
    package init(_ paths: [String], ids: [String], results: String, reports: [Report]) throws {
        let published = ResultFiles.publishedRoot(of: results)
        var known = Dictionary(reports.map { ($0.files.folder, $0) }) { first, _ in first }
        var unfilled: [String] = []
        documents = try paths.map { path in
            try GeneratedDocument(path: path) { block, line in
                guard ids.isEmpty || ids.contains(block.id) else { return nil }
                let files = try ResultFiles(root: published, id: block.id)
                guard RecordFile.exists(files.records) else {
                    unfilled.append("\(path):\(line): \(block.id) has no published records in \(files.folder)")
                    return nil
                }
                let report = try known[files.folder] ?? Report(files)
                known[files.folder] = report
                return try report.text(of: block, in: path, asker: "\(path):\(line)")
            }
        }
        self.unfilled = unfilled
    }

    /// Writes the documents that change. Returns their paths.
    package func write() throws -> [String] {
        let changed = documents.filter { $0.filled != $0.text }
        for document in changed { try AtomicFile.write(document.filled, to: document.path) }
        return changed.map(\.path)
    }

    /// One line per block that is not what the records give.
    package var stale: [String] {
        documents.flatMap { document in
            document.stale.map { "\(document.path):\($0.line): stale: \($0.marker)" }
        }
    }
}

extension Report {
    /// What belongs into a block.
    /// - Parameters:
    ///   - document: The file the block stands in, from which pictures are linked.
    ///   - asker: The block's place, for messages.
    fileprivate func text(of block: GeneratedBlock, in document: String, asker: String) throws -> String {
        switch block {
        case .table(_, let name, let part):
            guard let table = tables.first(where: { $0.name == name })?.table else {
                throw ReportingError.unmatchedPlan(asker: asker, name: "table \(name)", valid: tables.map(\.name))
            }
            guard let part else { return Self.broken(table.markdown(), for: document) }
            guard let text = table.markdown(part: part) else {
                throw ReportingError.unmatchedPlan(
                    asker: asker, name: "part \(part) of table \(name)", valid: table.parts().compactMap(\.name))
            }
            return Self.broken(text, for: document)
        case .figure(_, let name):
            let folder = Self.relativePath(from: document, to: files.folder)
            let known = figures.map { ($0.name, $0.title, $0.caption) } + keptFigures
            guard let (_, title, caption) = known.first(where: { $0.0 == name }) else {
                throw ReportingError.unmatchedPlan(asker: asker, name: "figure \(name)", valid: known.map(\.0))
            }
            let text = Figure.markdown(name: name, title: title, caption: caption, folder: folder)
            return Self.broken(text, for: document)
        case .value(_, let value):
            return try value.text(records, bootstrap: plan.bootstrap, asker: asker)
        }
    }

    /// A README is read as text, too: list items there are broken into lines of at most 130 characters.
    private static func broken(_ text: String, for document: String) -> String {
        guard (document as NSString).lastPathComponent == "README.md" else { return text }
        return text.components(separatedBy: "\n").map { $0.hasPrefix("- ") ? broken(item: $0) : $0 }
            .joined(separator: "\n")
    }

    private static func broken(item: String) -> String {
        var lines: [String] = []
        var current = ""
        for word in item.split(separator: " ", omittingEmptySubsequences: false) {
            if !current.isEmpty, current.count + word.count >= 130 {
                lines.append(current)
                current = "  \(word)"
            } else {
                current += (current.isEmpty ? "" : " ") + word
            }
        }
        return (lines + [current]).joined(separator: "\n")
    }

    /// `../Results/reference/quickstart` for a document in `Notebooks-md`.
    private static func relativePath(from document: String, to folder: String) -> String {
        func parts(_ path: String) -> [String] { URL(fileURLWithPath: path).standardized.pathComponents }
        let from = parts(document).dropLast()
        let to = parts(folder)
        let shared = zip(from, to).prefix { $0 == $1 }.count
        return (Array(repeating: "..", count: from.count - shared) + to.dropFirst(shared)).joined(separator: "/")
    }
}
