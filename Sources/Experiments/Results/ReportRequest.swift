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

    /// - Parameters:
    ///   - names: Experiments, or experiment files ending in `.yaml`, whose report section then replaces the one of the run.
    ///   - publishedOnly: With no name, only what is published.
    package init(_ names: [String], results: String, publishedOnly: Bool) throws {
        var sections: [String: Experiment] = [:]
        ids = try names.map { name in
            guard name.hasSuffix(".yaml") else { return name }
            let experiment = try Experiment(path: name)
            sections[experiment.id] = experiment
            return experiment.id
        }
        self.sections = sections
        let root = publishedOnly && names.isEmpty ? ResultFiles.publishedRoot(of: results) : results
        files = try ResultFiles.reported(ids, in: root)
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
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ReportingError.unreadable(file: path, reason: "no such file, or no permission")
        }
        let url = URL(fileURLWithPath: path)
        folder = path.contains("/") ? (path as NSString).deletingLastPathComponent : "."
        figure = try LearningCurveFigure.make(
            data, name: url.deletingPathExtension().lastPathComponent, file: path)
    }

    /// Writes the script, and draws it if there is gnuplot. Returns one line per file.
    package func write(gnuplot: Gnuplot?) throws -> [String] {
        let script = "\(folder)/\(figure.name).gnuplot"
        for format in Figure.formats {
            try OutputPath.require("\(folder)/\(figure.name).\(format)", .figure(script: script), force: true)
        }
        try AtomicFile.write(figure.script, to: script)
        guard let gnuplot else {
            return ["\(folder)/\(figure.name).gnuplot", "not drawn, for want of gnuplot (Debian: \(Gnuplot.package))"]
        }
        try gnuplot.draw(figure, in: folder)
        return (["gnuplot"] + Figure.formats).map { "\(folder)/\(figure.name).\($0)" }
    }
}
