import Foundation
import Reporting
package import Support

/// Which shard measures which cell: `shards.json`, written once and read by every task, so that all agree whatever their machines
/// predict.
package struct ShardPlan: Codable, Equatable, Sendable {
    package struct Entry: Codable, Equatable, Sendable {
        package let cell: CellKey
        /// Expected, of one task.
        package let seconds: Double
        /// From 1.
        package internal(set) var shard: Int
    }

    /// The experiment's id.
    package let experiment: String
    /// Shards.
    package let count: Int
    /// In the order of the run.
    package private(set) var entries: [Entry]

    /// Balances shards: the longest cells first, each to the shard that has the least to do so far (Graham, SIAM J. Appl. Math. 17,
    /// 1969: at most 4/3 of the best possible).
    /// - Precondition: as many seconds as cells, and 1 to as many shards as cells.
    package init(experiment: String, cells: [CellKey], seconds: [Double], count: Int) {
        precondition(cells.count == seconds.count && (1...max(1, cells.count)).contains(count))
        self.experiment = experiment
        self.count = count
        entries = zip(cells, seconds).map { Entry(cell: $0, seconds: $1, shard: 1) }
        var loads = [Double](repeating: 0, count: count)
        let longestFirst = entries.indices.sorted { (-seconds[$0], $0) < (-seconds[$1], $1) }
        for index in longestFirst {
            let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
            loads[least] += seconds[index]
            entries[index].shard = least + 1
        }
    }

    /// Cells of a shard, from 1.
    package func entries(ofShard number: Int) -> [Entry] { entries.filter { $0.shard == number } }

    /// Expected seconds of every shard.
    package var loads: [Double] {
        entries.reduce(into: [Double](repeating: 0, count: count)) { $0[$1.shard - 1] += $1.seconds }
    }

    /// - Throws: `FileError.refused` for what is no plan.
    package init(path: String) throws(FileError) {
        let data: Data
        do {
            data = try InputFile.contents(path, expected: "shards.json")
        } catch {
            throw .refused(file: path, reason: error.reason, expected: "shards.json as 'ldct submit' writes it")
        }
        guard let plan = try? JSONDecoder().decode(Self.self, from: data), plan.isSound else {
            throw .refused(file: path, reason: "is no plan of shards", expected: "it as 'ldct submit' writes it")
        }
        self = plan
    }

    /// Whether there are no more shards than cells, and every cell has one of them, a name and seconds that can be told.
    private var isSound: Bool {
        (1...max(1, entries.count)).contains(count)
            && entries.allSatisfy {
                (1...count).contains($0.shard) && (0...1e12).contains($0.seconds) && $0.cell.patches?.count ?? 3 == 3
            }
    }

    package func write(to path: String) throws {
        try AtomicFile.write(SortedJSON.file(self), to: path)
    }

    /// The cells of a shard of a run.
    /// - Throws: `FileError.refused` if it is not the plan of these cells in so many shards.
    func cells(of shard: Shard, among all: [CellKey], file: String) throws(FileError) -> [CellKey] {
        guard shard.count == count else {
            throw .refused(file: file, reason: "has \(count) shards", expected: "as many as --shard \(shard) names")
        }
        guard entries.map(\.cell) == all else {
            throw .refused(
                file: file, reason: "lists other cells than the experiment has",
                expected: "the plan of this experiment and these settings")
        }
        return entries(ofShard: shard.index).map(\.cell)
    }
}
