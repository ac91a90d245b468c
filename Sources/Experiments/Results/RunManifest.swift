import Foundation
import Reporting
import Support

/// What a result folder is the results of: `cells.json`, written before the first cell.
struct RunManifest: Codable, Equatable {
    /// Version of what a run writes, raised whenever old and new records must not meet in one table.
    static let currentFormat = 1

    var format = RunManifest.currentFormat
    /// `1/2` for a part of a run; nil for all of it.
    var shard: Shard?
    /// All cells of the run in words, those of other shards included, in the order of the table.
    private(set) var cells: [String]
    /// The same as data; nil in the manifests of earlier versions, whose cells are known by their words.
    private(set) var keys: [CellKey]?

    init(cells: [CellKey], shard: Shard?) {
        self.cells = cells.map(\.description)
        keys = cells
        self.shard = shard
    }

    /// The cells among `wanted` whose words `finished` holds: the words of a version that may have named them otherwise.
    func finished(_ finished: Set<String>, among wanted: [CellKey]) -> Set<CellKey> {
        guard let keys, keys.count == cells.count else {
            return Set(wanted.filter { finished.contains($0.description) })
        }
        let known = Set(zip(keys, cells).filter { finished.contains($1) }.map(\.0))
        return known.intersection(wanted)
    }

    /// Nil if there is no such file.
    init?(path: String) throws(ReportingError) {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let data = try ResultFile.contents(path)
        do {
            self = try JSONDecoder().decode(RunManifest.self, from: data)
        } catch {
            throw .malformedFile(file: path, problem: "expected format, shard and cells as 'ldct run' writes them")
        }
    }

    func write(to path: String) throws {
        try AtomicFile.write(SortedJSON.file(self), to: path)
    }
}

/// Every `count`-th cell of a run, from cell `index` on.
package struct Shard: Sendable, Hashable {
    /// From 1.
    package let index: Int
    package let count: Int

    func cells<Element>(of all: [Element]) -> [Element] {
        stride(from: index - 1, to: all.count, by: count).map { all[$0] }
    }

    /// Where the shard's result folder is: beside those of other shards, apart from whole runs.
    func root(in results: String) -> String { "\(results)/shard-\(index)-of-\(count)" }
}

extension Shard: RawRepresentable, Codable, CustomStringConvertible {
    /// Reads `1/2`; nil for anything else, and for an index beyond the count.
    package init?(rawValue: String) {
        let parts = rawValue.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1], (1...10_000).contains(count),
            (1...count).contains(index)
        else { return nil }
        self.init(index: index, count: count)
    }

    package var rawValue: String { "\(index)/\(count)" }
    package var description: String { rawValue }
}
