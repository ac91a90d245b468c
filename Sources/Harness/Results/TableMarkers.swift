import Foundation
package import Reporting

/// Puts generated tables between markers of a Markdown file, so that no figure in it is typed.
///
/// ```
/// <!-- table:quickstart -->
/// replaced on every report
/// <!-- /table -->
/// ```
package enum TableMarkers {
    private static let end = "<!-- /table -->"

    private static func start(_ id: String) -> String { "<!-- table:\(id) -->" }

    /// Replaces what stands between the markers of `table.label`. A file without these markers is left alone.
    /// - Throws: `ResultsError.brokenMarker` with the line, and nothing is changed.
    package static func fill(_ path: String, with table: Table) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let data = FileManager.default.contents(atPath: path), let text = String(bytes: data, encoding: .utf8)
        else {
            throw ReportingError.unreadable(file: path, reason: "expected a UTF-8 text file")
        }
        let filled = try fill(text, with: table, file: path)
        if filled != text { try AtomicFile.write(filled, to: path) }
    }

    static func fill(_ text: String, with table: Table, file: String) throws(ResultsError) -> String {
        var result: [String] = []
        var opened: Int?
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            if line == end, opened != nil {
                opened = nil
            } else if opened != nil {
                guard !line.hasPrefix("<!-- table:") else {
                    throw .brokenMarker(file: file, line: index + 1, expected: end)
                }
                continue
            }
            result.append(line)
            if line == start(table.label) {
                opened = index + 1
                result += ["", table.markdown()]
            }
        }
        if let opened { throw .brokenMarker(file: file, line: opened, expected: "\(start(table.label)) ... \(end)") }
        return result.joined(separator: "\n")
    }
}
