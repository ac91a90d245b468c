import Foundation
import Reporting

/// The place of a generated table in a Markdown file, so that no figure in it is typed.
///
/// ```
/// <!-- table:quickstart -->
/// replaced by every report
/// <!-- /table -->
/// ```
package struct TableMarkers: Sendable {
    private let start: String
    private let end = "<!-- /table -->"

    /// - Parameter id: The experiment whose table goes there.
    package init(id: String) { start = "<!-- table:\(id) -->" }

    /// Replaces what stands between the markers. A missing file, or one without these markers, is left alone.
    /// - Throws: `ResultsError.brokenMarker` with the line; the file is unchanged then.
    package func fill(_ path: String, with table: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let data = FileManager.default.contents(atPath: path), let text = String(bytes: data, encoding: .utf8)
        else { throw ReportingError.unreadable(file: path, reason: "expected a UTF-8 text file") }
        let filled = try filled(text, with: table, file: path)
        if filled != text { try AtomicFile.write(filled, to: path) }
    }

    private func filled(_ text: String, with table: String, file: String) throws(ResultsError) -> String {
        var result: [String] = []
        var openedAt: Int?
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            if line == start {
                guard openedAt == nil else { throw .brokenMarker(file: file, line: index + 1, expected: end) }
                openedAt = index + 1
                result += [line, "", table]
            } else if openedAt == nil {
                result.append(line)
            } else if line == end {
                openedAt = nil
                result.append(line)
            } else if line.hasPrefix("<!-- table:") {
                throw .brokenMarker(file: file, line: index + 1, expected: end)
            }
        }
        if let openedAt { throw .brokenMarker(file: file, line: openedAt, expected: "\(start) ... \(end)") }
        return result.joined(separator: "\n")
    }
}
