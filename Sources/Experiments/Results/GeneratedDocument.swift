import Foundation
import Reporting

/// A Markdown file with generated blocks, as it is and as it should be.
struct GeneratedDocument {
    let path: String
    let text: String
    private(set) var filled = ""
    /// Blocks that hold something else than they should: line and marker.
    private(set) var stale: [(line: Int, marker: String)] = []

    private static var opening: Regex<(Substring, Substring)> { #/<!-- ((?:table|figure|value):.*?) -->/# }
    private static var inline: Regex<(Substring, Substring, Substring)> { #/<!-- (value:.*?) -->(.*?)<!-- /value -->/# }

    /// - Parameter content: What belongs into a block, nil to leave it alone. Called with the line it starts at.
    /// - Throws: `ResultsError.brokenMarker` with the line, or what `content` throws.
    init(path: String, content: (GeneratedBlock, Int) throws -> String?) throws {
        self.path = path
        guard let text = String(bytes: try ResultFile.contents(path), encoding: .utf8) else {
            throw ReportingError.unreadable(file: path, reason: "expected a UTF-8 text file")
        }
        self.text = text
        try fill(content)
    }

    private mutating func fill(_ content: (GeneratedBlock, Int) throws -> String?) throws {
        // A document keeps its own line ends.
        let lineEnd = text.contains("\r\n") ? "\r\n" : "\n"
        let lines = text.replacing("\r\n", with: "\n").components(separatedBy: "\n")
        var result: [String] = []
        var isCode = false
        var open: Block?
        for (index, line) in lines.enumerated() {
            let number = index + 1
            if var block = open {
                if line == block.end {
                    result += try close(block, content) + [line]
                    open = nil
                } else if line.firstMatch(of: Self.opening) != nil {
                    throw ResultsError.brokenMarker(file: path, line: number, expected: block.end)
                } else {
                    block.body.append(line)
                    open = block
                }
                continue
            }
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode, let match = line.firstMatch(of: Self.opening) else {
                result.append(line)
                continue
            }
            let marker = String(match.1)
            if marker.hasPrefix("value:") {
                result.append(try filledLine(line, number, content))
            } else {
                guard line == String(match.0), let parsed = GeneratedBlock(marker: marker) else {
                    throw ResultsError.brokenMarker(
                        file: path, line: number,
                        expected: "<!-- table:ID[/NAME[/PART]] --> or <!-- figure:ID/NAME --> on a line of its own")
                }
                let kind = marker.prefix { $0 != ":" }
                open = Block(block: parsed, marker: marker, line: number, end: "<!-- /\(kind) -->", body: [])
                result.append(line)
            }
        }
        if let open {
            throw ResultsError.brokenMarker(
                file: path, line: open.line, expected: "<!-- \(open.marker) --> ... \(open.end)")
        }
        filled = result.joined(separator: lineEnd)
    }

    private struct Block {
        let block: GeneratedBlock
        let marker: String
        let line: Int
        let end: String
        var body: [String]
    }

    private mutating func close(
        _ block: Block, _ content: (GeneratedBlock, Int) throws -> String?
    ) throws -> [String] {
        guard let wanted = try content(block.block, block.line) else { return block.body }
        let body = ("\n" + wanted).components(separatedBy: "\n")
        if body != block.body { stale.append((block.line, block.marker)) }
        return body
    }

    /// A line with every value in it replaced.
    private mutating func filledLine(
        _ line: String, _ number: Int, _ content: (GeneratedBlock, Int) throws -> String?
    ) throws -> String {
        var result = ""
        var rest = line[...]
        while let match = rest.firstMatch(of: Self.inline) {
            let marker = String(match.1)
            guard let block = GeneratedBlock(marker: marker) else {
                throw ResultsError.brokenMarker(file: path, line: number, expected: Self.valueForm)
            }
            let wanted = try content(block, number) ?? String(match.2)
            if wanted != match.2 { stale.append((number, marker)) }
            result += rest[..<match.range.lowerBound] + "<!-- \(marker) -->\(wanted)<!-- /value -->"
            rest = rest[match.range.upperBound...]
        }
        guard rest.firstMatch(of: Self.opening) == nil else {
            throw ResultsError.brokenMarker(file: path, line: number, expected: Self.valueForm)
        }
        return result + rest
    }

    private static let valueForm = "<!-- value:ID METRIC [field=value ...] -->...<!-- /value --> on one line"
}
