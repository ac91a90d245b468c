import Foundation
import Support

/// What the slices in an output folder were made of, in a hidden file there: an interrupted series goes on, and nothing of another
/// patient, network or setting is taken for its own.
package struct SeriesRecord {
    private struct Entry: Codable, Equatable {
        /// Network, settings and window.
        let run: String
        /// SHA-256 of the input's file.
        let source: String
        /// SHA-256 of what had the output's name before; nil if nothing had, or when it is replaced.
        var replaced: String?
    }

    package static let name = ".ldct-series.json"

    private let path: String
    private var entries: [String: Entry] = [:]

    /// - Throws: `FileError.unreadable` for a damaged file.
    package init(folder: String) throws {
        path = "\(folder)/\(Self.name)"
        guard FileManager.default.fileExists(atPath: path) else { return }
        let expected = "what 'ldct denoise' wrote about the folder's slices (delete it to start anew)"
        let data = try InputFile.contents(path, expected: expected, limit: 1 << 26)
        do { entries = try JSONDecoder().decode([String: Entry].self, from: data) } catch {
            throw FileError.unreadable(file: path, reason: "damaged", expected: expected)
        }
    }

    /// Whether the slice's output is there and was made by this run of this input.
    /// - Parameter run: What another result comes of: network, settings, window.
    package func isDone(_ item: SeriesInput.Item, run: String) throws -> Bool {
        guard FileManager.default.fileExists(atPath: item.output), let entry = entries[Self.key(item)],
            try entry.run == run && entry.source == Digest.ofFile(item.input)
        else { return false }
        // Begun is not done: what is there may still be the file that was to be replaced.
        return try Digest.ofFile(item.output) != entry.replaced
    }

    /// To be called before the output is written, which then appears as a whole.
    package mutating func begin(_ item: SeriesInput.Item, run: String) throws {
        let isThere = FileManager.default.fileExists(atPath: item.output)
        entries[Self.key(item)] = Entry(
            run: run, source: try Digest.ofFile(item.input), replaced: isThere ? try Digest.ofFile(item.output) : nil)
        try write()
    }

    /// To be called after the output is written, which may be what had its name before, byte for byte.
    package mutating func end(_ item: SeriesInput.Item) throws {
        guard entries[Self.key(item)]?.replaced != nil else { return }
        entries[Self.key(item)]?.replaced = nil
        try write()
    }

    private func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(entries), to: path)
    }

    private static func key(_ item: SeriesInput.Item) -> String { (item.output as NSString).lastPathComponent }
}
