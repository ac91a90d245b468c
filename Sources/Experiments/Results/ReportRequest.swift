import Foundation
package import Reporting
import Support

/// Which result folders to report on, as a user names them.
package struct ReportRequest {
    /// Experiments named, none for all.
    package let ids: [String]
    private let files: [ResultFiles]
    /// Report sections of experiment files that were named, by experiment.
    private let sections: [String: Experiment]
    /// Whether published results are among them, which documents show.
    package let includesPublished: Bool

    /// - Parameters:
    ///   - names: Experiments by id or folder, or experiment files, whose report section then replaces the one of the run. An id means
    ///     the user's own run, and the published one where there is none.
    ///   - publishedOnly: Only what is published.
    package init(_ names: [String], results: String, publishedOnly: Bool) throws {
        let published = ResultFiles.publishedRoot(of: results)
        let root = publishedOnly ? published : results
        // Where nothing is published, what is there is the user's own, unless the folder of published results itself was named.
        guard !publishedOnly || published != results || (results as NSString).lastPathComponent == "reference" else {
            throw ResultsError.noResults(folder: "\(results)/reference")
        }
        var sections: [String: Experiment] = [:]
        var files: [ResultFiles] = []
        for name in names {
            let named = try ResultName(name, results: root)
            if let experiment = named.experiment { sections[named.id] = experiment }
            files.append(
                try ResultFiles.reported([named.id], in: named.root, published: named.root == root)[0])
        }
        ids = files.map(\.id)
        self.sections = sections
        self.files = names.isEmpty ? try ResultFiles.reported([], in: root) : files
        includesPublished = self.files.contains { $0.root == published }
    }

    /// - Throws: `ResultsError.changed` if an experiment file asks for other measurements than were made.
    package func reports() throws -> [Report] {
        try files.map { files in
            guard let experiment = sections[files.id] else { return try Report(files) }
            let changes = try ResultFolder.changes(from: files.configuration, to: experiment)
            guard changes.isEmpty else { throw ResultsError.changed(folder: files.folder, changes: changes) }
            return try Report(files, experiment: experiment)
        }
    }
}

/// The figure of a learning curve that a training wrote.
package struct LearningCurveReport {
    private let figure: Figure
    private let folder: String

    package init(_ path: String) throws {
        let data = try ResultFile.contents(path)
        let url = URL(fileURLWithPath: path)
        folder = path.contains("/") ? (path as NSString).deletingLastPathComponent : "."
        figure = try LearningCurveFigure.make(
            data, name: url.deletingPathExtension().lastPathComponent, file: path)
    }

    /// Writes the script, and draws it if there is gnuplot. Returns one line per file.
    package func write(gnuplot: Gnuplot?) throws -> [String] {
        let files = (["gnuplot"] + Figure.formats).map { "\(folder)/\(figure.name).\($0)" }
        for file in files { try OutputPath.require(file, .figure, force: true) }
        try AtomicFile.write(figure.script, to: files[0])
        guard let gnuplot else {
            return [files[0], "not drawn, for want of gnuplot (Debian: \(Gnuplot.package))"]
        }
        try gnuplot.draw(figure, in: folder)
        return files
    }
}
