import Foundation
package import Reporting
import Support

extension Report {
    /// Everything that is text, by the name of its file: tables in three formats, and of every figure data and script.
    package var texts: [(file: String, text: String)] {
        tables.flatMap { name, table in
            [("\(name).md", table.markdown()), ("\(name).csv", table.csv()), ("\(name).tex", table.latex())]
        } + figures.flatMap { [("\($0.name).csv", $0.csv), ("\($0.name).gnuplot", $0.script)] }
    }

    /// Writes what is not there yet or differs.
    /// - Returns: One line per file that was written, and what could not be drawn.
    package func write(gnuplot: Gnuplot?) throws -> [String] {
        var lines: [String] = []
        var undrawn: [String] = []
        for figure in figures where isStale(figure) {
            // Pictures first: they are stale for as long as the text beside them is old.
            if let gnuplot {
                try gnuplot.draw(figure, in: files.folder)
                lines += Figure.formats.map { "\(files.folder)/\(figure.name).\($0)" }
            } else {
                undrawn.append(figure.name)
                for format in Figure.formats {
                    try? FileManager.default.removeItem(atPath: "\(files.folder)/\(figure.name).\(format)")
                }
            }
        }
        for (file, text) in texts where !holds(file, text) {
            try AtomicFile.write(text, to: "\(files.folder)/\(file)")
            lines.append("\(files.folder)/\(file)")
        }
        if let experiment {
            let configuration = try experiment.yaml()
            if FileManager.default.contents(atPath: files.configuration) != Data(configuration.utf8) {
                try AtomicFile.write(configuration, to: files.configuration)
            }
        }
        if !undrawn.isEmpty {
            lines.append(
                "not drawn, for want of gnuplot (Debian: \(Gnuplot.package)): \(undrawn.joined(separator: ", ")); "
                    + "their data and scripts are written")
        }
        return lines + unmade
    }

    /// One line per file that is missing, or is not what the records give. A picture is as good as the data and script beside it,
    /// for other versions of gnuplot draw other bytes.
    package func stale() -> [String] {
        let texts = texts.filter { !holds($0.file, $0.text) }.map { "\(files.folder)/\($0.file): stale" }
        let pictures = (figures.map(\.name) + keptFigures.map(\.name)).flatMap { name in
            Figure.formats.map { "\(name).\($0)" }
        }
        let missing = pictures.filter { !exists($0) }
        return texts + missing.map { "\(files.folder)/\($0): missing" }
    }

    /// Figures that no images are there for, nor pictures made of them earlier.
    private var unmade: [String] {
        keptFigures.map { "\($0.name).svg" }.filter { !exists($0) }
            .map { "\(files.folder)/\($0): not drawn; images.h5, which it is made from, is not there" }
    }

    private func isStale(_ figure: Figure) -> Bool {
        !holds("\(figure.name).csv", figure.csv) || !holds("\(figure.name).gnuplot", figure.script)
            || Figure.formats.contains { !exists("\(figure.name).\($0)") }
    }

    private func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: "\(files.folder)/\(file)") }

    private func holds(_ file: String, _ text: String) -> Bool {
        FileManager.default.contents(atPath: "\(files.folder)/\(file)") == Data(text.utf8)
    }
}
