package import Foundation
import Support

/// What is wrong with a record, result or reference file: one line that names file, line and what was expected.
package enum ReportingError: Error, Equatable {
    /// A line of `records.jsonl` is not a record of this schema.
    case malformedRecord(file: String, line: Int, problem: String)
    /// A whole file has the wrong content.
    case malformedFile(file: String, problem: String)
    /// A file cannot be read.
    case unreadable(file: String, reason: String)
    /// A measured value is infinite or not a number, so it has no place in a record.
    case nonFiniteValue(metric: String)
    /// A report asks for a field, metric, unit or image that nothing has. `asker` is the table, figure or text.
    case unmatchedPlan(asker: String, name: String, valid: [String])
    /// Nothing that a figure or a text asks for has been measured.
    case nothingToShow(asker: String)
    /// Records that a report would take together differ in a setting.
    case mixedRecords(asker: String, metric: String, field: String)
}

extension ReportingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformedRecord(let file, let line, let problem): "\(file):\(line): \(problem)"
        case .malformedFile(let file, let problem): "\(file): \(problem)"
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .unmatchedPlan(let asker, let name, let valid):
            "\(asker): nothing has '\(name)'; expected one of: \(valid.joined(separator: ", "))"
        case .nothingToShow(let asker): "\(asker): no record is like that; expected at least one"
        case .mixedRecords(let asker, let metric, let field):
            "\(asker): takes records of '\(metric)' together that differ in '\(field)'; expected it among the rows, series, "
                + "points or conditions, or under 'pool'"
        case .nonFiniteValue(let metric): "the value of '\(metric)' is not finite; expected a number"
        }
    }
}

/// A file of results, read whole.
package enum ResultFile {
    /// - Throws: `ReportingError.unreadable` with the cause.
    package static func contents(_ path: String) throws(ReportingError) -> Data {
        do {
            return try InputFile.contents(path, expected: "a file of results")
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }
}
