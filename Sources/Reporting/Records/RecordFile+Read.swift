import Foundation
import Support

extension RecordFile {
    /// What a record file holds.
    package struct Contents: Equatable, Sendable {
        /// All records in file order, those of unfinished cells and the closing ones included.
        package var records: [ResultRecord] = []
        /// Whether the last line lacks its newline, as an interrupted run leaves it. If it was cut off before its end
        /// too, it is not among `records`.
        package var endsMidLine = false

        /// What a file holds before the first run.
        package init() {}

        /// Names of the cells whose closing record counts exactly the records present.
        package var finishedCells: Set<String> {
            var counts: [String: Int] = [:]
            var finished: Set<String> = []
            for record in records {
                guard let cell = record.cell else { continue }
                if record.metric != Metric.cellRecords.rawValue {
                    counts[cell, default: 0] += 1
                } else if record.value == Double(counts[cell, default: 0]) {
                    finished.insert(cell)
                }
            }
            return finished
        }

        /// The measurements of finished cells, without the closing records: what tables are made from.
        ///
        /// Where cells were measured on machines of several kinds, each record names its own, so that no row mixes their times.
        package var measurements: [ResultRecord] {
            let finished = finishedRecords
            let closing = finished.filter { $0.metric == Metric.cellRecords.rawValue }
            let machines = Dictionary(closing.map { ($0.cell, $0.parameters[ParameterName.machine]) }) { first, _ in
                first
            }
            let areMixed = Set(machines.values).count > 1
            return finished.filter { $0.metric != Metric.cellRecords.rawValue }.map { record in
                guard areMixed, let machine = machines[record.cell] else { return record }
                var named = record
                named.parameters[ParameterName.machine] = machine ?? "unknown"
                return named
            }
        }

        var finishedRecords: [ResultRecord] {
            let finished = finishedCells
            return records.filter { $0.cell.map(finished.contains) == true }
        }
    }

    /// Reads a whole file.
    ///
    /// A compressed file beside the path is read where there is no plain one. Only a last line without its newline may be malformed: that
    /// is what an interrupted write leaves. Anything else that is not a record is an error with its line number.
    package static func read(_ path: String) throws(ReportingError) -> Contents {
        let (path, data) = try lines(path)
        var contents = Contents()
        contents.endsMidLine = data.last.map { $0 != UInt8(ascii: "\n") } ?? false
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var places: [ResultRecord: Int] = [:]
        // Splitting leaves one empty piece after the last newline.
        for (index, line) in lines.enumerated() where !(line.isEmpty && index == lines.count - 1) {
            do throws(ReportingError) {
                let record = try ResultRecord(jsonLine: line, file: path, line: index + 1)
                if let first = places.updateValue(index + 1, forKey: record.identity) {
                    throw .malformedRecord(
                        file: path, line: index + 1,
                        problem: "is measured in line \(first), too; expected every record once")
                }
                contents.records.append(record)
            } catch {
                guard index == lines.count - 1, contents.endsMidLine else { throw error }
            }
        }
        return contents
    }

    /// Whether there is a file to read, compressed or not.
    /// - Parameter empty: Whether a file without a record counts, too.
    package static func exists(_ path: String, empty: Bool = true) -> Bool {
        [path, compressed(path)].contains {
            let size = try? FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int
            return size.map { $0 > 0 || empty } ?? false
        }
    }

    /// Published records are compressed: `records.jsonl.gz`.
    private static func compressed(_ path: String) -> String { path + ".gz" }

    /// What a file may come to: far more than any run writes.
    private static let largest = 1 << 32

    private static func lines(_ path: String) throws(ReportingError) -> (path: String, data: Data) {
        let isPlain = FileManager.default.fileExists(atPath: path)
        guard !isPlain, FileManager.default.fileExists(atPath: compressed(path)) else {
            return (path, try ResultFile.contents(path))
        }
        let path = compressed(path)
        do {
            return (path, try Compression.contents(ofGzip: path, largest: largest, expected: "records"))
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }

    /// Makes a plain file of a compressed one, for a run that goes on.
    static func unpack(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path), exists(path) else { return }
        try AtomicFile.write(try lines(path).data, to: path)
        try? FileManager.default.removeItem(atPath: compressed(path))
    }
}

extension ResultRecord {
    /// The record but for its value: what must be there once.
    fileprivate var identity: ResultRecord {
        var identity = self
        identity.value = 0
        return identity
    }

    /// The cell of its experiment this record belongs to.
    package var cell: String? { parameters[ParameterName.cell]?.text }
}
