import Foundation

/// A figure of another system, reported by its authors or measured by us, that stands beside ours for orientation.
package struct Anchor: Decodable, Sendable {
    package enum Kind: String, Decodable, Sendable {
        case reported, measured
    }

    package var system: String
    /// What was computed, where the source says so on what, and how far it can be compared.
    package var task: String
    /// As text, because sources give bounds and ranges: `< 150`, `56-82`.
    package var seconds: String?
    package var megabytes: String?
    package var kind: Kind
    package var source: String

    private enum CodingKeys: String, CodingKey, CaseIterable { case system, task, seconds, megabytes, kind, source }

    /// Reads a file with one anchor a line, JSON.
    package static func read(_ path: String) throws(ReportingError) -> [Anchor] {
        let data = try ResultFile.contents(path)
        var anchors: [Anchor] = []
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            do {
                anchors.append(try JSONDecoder().decode(Strict<Anchor, CodingKeys>.self, from: line).value)
            } catch {
                throw .malformedRecord(file: path, line: index + 1, problem: JSON.problem(error))
            }
        }
        return anchors
    }

    /// What authors reported in one block, what we measured in the next.
    package static func table(_ anchors: [Anchor], caption: String?, label: String) -> Table {
        func rows(_ kind: Kind) -> [[Table.Cell]] {
            anchors.filter { $0.kind == kind }.map { anchor in
                [
                    .text(anchor.system), .text(anchor.task), Table.Cell(anchor.seconds), Table.Cell(anchor.megabytes),
                    .text(anchor.kind.rawValue), .text(anchor.source),
                ]
            }
        }
        let warning = "Other systems, other tasks and other machines than ours: for orientation, not for comparison."
        return Table(
            columns: [
                .text("system"), .text("task"), .init("time", unit: "s"), .init("traffic", unit: "MB"), .text("kind"),
                .text("source"),
            ],
            blocks: [rows(.reported), rows(.measured)],
            caption: Caption([caption, warning].compactMap { $0 }.joined(separator: " ")), label: label)
    }
}
