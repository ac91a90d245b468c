import Foundation
import Support

/// `records.jsonl`: one record per line, grouped into cells.
///
/// A cell is the smallest unit of work that is never half done (one case of an experiment in one trial). Its records
/// carry its name in `parameters["cell"]`; after them comes one record of the metric `cell.records` that counts
/// them. A cell without that last record was interrupted: the next run drops its records and measures it again.
package struct RecordFile {
    private let path: String
    private let handle: FileHandle

    /// Opens a file for appending and creates it if it is missing. What an interrupted run left behind is removed
    /// first: a truncated last line and the records of unfinished cells.
    /// - Throws: `ReportingError` if the file holds anything that is not a record, `FileError` if it cannot be written.
    package init(appendingTo path: String) throws {
        try Self.unpack(path)
        let contents = FileManager.default.fileExists(atPath: path) ? try Self.read(path) : Contents()
        let kept = contents.finishedRecords
        if contents.endsMidLine || kept.count != contents.records.count || contents.records.isEmpty {
            try AtomicFile.write(try Self.lines(kept), to: path)
        }
        guard let handle = FileHandle(forWritingAtPath: path), (try? handle.seekToEnd()) != nil else {
            throw FileError.unwritable(file: path, reason: "no permission, or the disk is read-only")
        }
        self.path = path
        self.handle = handle
    }

    /// Appends the records of one finished cell and the line that closes it, and waits until they are on disk.
    /// - Throws: `FileError.unwritable`, and the file has no part of the cell.
    /// - Precondition: `records` is not empty.
    package func append(cell: String, machine: String? = nil, _ records: [ResultRecord]) throws {
        let data = try Self.lines(Self.closed(cell: cell, machine: machine, records))
        let end = lseek(handle.fileDescriptor, 0, SEEK_END)
        let isWritten = data.withUnsafeBytes { AtomicFile.writeAll($0, to: handle.fileDescriptor) }
        guard isWritten, fsync(handle.fileDescriptor) == 0 else {
            let reason = systemReason(errno)
            ftruncate(handle.fileDescriptor, max(0, end))
            throw FileError.unwritable(file: path, reason: reason)
        }
    }

    private static func closed(cell: String, machine: String?, _ records: [ResultRecord]) -> [ResultRecord] {
        precondition(!records.isEmpty, "a cell without records has nothing to resume from")
        let named = records.map { record in
            var named = record
            named.parameters[ParameterName.cell] = .text(cell)
            return named
        }
        let first = named[0]
        var last = ResultRecord(
            experiment: first.experiment, parameters: first.parameters, method: first.method, mode: first.mode,
            dataset: first.dataset, weights: first.weights, metric: Metric.cellRecords, value: Double(records.count),
            trial: first.trial)
        last.parameters[ParameterName.machine] = machine.map(ParameterValue.text)
        return named + [last]
    }

    private static func lines(_ records: [ResultRecord]) throws -> Data {
        try records.reduce(into: Data()) { $0 += try $1.jsonLine() + Data("\n".utf8) }
    }
}
