import Foundation

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
        package var measurements: [ResultRecord] {
            records(ofFinishedCells: true).filter { $0.metric != Metric.cellRecords.rawValue }
        }

        /// Records of cells that are finished, or of those that are not.
        func records(ofFinishedCells isFinished: Bool) -> [ResultRecord] {
            let finished = finishedCells
            return records.filter { record in record.cell.map(finished.contains) == isFinished }
        }
    }

    /// Reads a whole file.
    ///
    /// Only a last line without its newline may be malformed: that is what an interrupted write leaves. Anything else
    /// that is not a record is an error with its line number.
    package static func read(_ path: String) throws(ReportingError) -> Contents {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(file: path, reason: "no such file, or no permission")
        }
        var contents = Contents()
        contents.endsMidLine = data.last.map { $0 != UInt8(ascii: "\n") } ?? false
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Splitting leaves one empty piece after the last newline.
        for (index, line) in lines.enumerated() where !(line.isEmpty && index == lines.count - 1) {
            do throws(ReportingError) {
                contents.records.append(try ResultRecord(jsonLine: line, file: path, line: index + 1))
            } catch {
                guard index == lines.count - 1 else { throw error }
            }
        }
        return contents
    }
}

extension ResultRecord {
    /// The cell of its experiment this record belongs to.
    package var cell: String? { parameters[ParameterName.cell]?.text }
}
