import Foundation
import Reporting

/// Compares results with the reference under version control.
package struct RegressionCheck: Sendable {
    /// What moved, one line each, failures and others, and a last line that sums up.
    package let lines: [String]
    package let isPassed: Bool

    /// Checks one experiment.
    /// - Throws: If there is no reference or no result, or if either file is malformed.
    package init(_ files: ResultFiles) throws {
        guard FileManager.default.fileExists(atPath: files.reference) else {
            throw ResultsError.noReference(file: files.reference)
        }
        let reference = try Reference(path: files.reference)
        let findings = reference.compare(try TableReport.measurements(files))
        let failures = findings.filter(\.isFailure).count
        isPassed = failures == 0
        lines =
            findings.map { "\(files.id): \($0)" } + [
                isPassed
                    ? "\(files.id): passed; \(reference.rows.count) rows agree with \(files.reference)"
                    : "\(files.id): FAILED; \(failures) of \(findings.count) differences are not allowed by \(files.reference)"
            ]
    }

    /// Makes the present results the reference. The rules of an existing reference are kept.
    package static func record(_ files: ResultFiles) throws {
        var reference = Reference(experiment: files.id, recording: try TableReport.measurements(files))
        if FileManager.default.fileExists(atPath: files.reference) {
            reference.rules.merge(try Reference(path: files.reference).rules) { _, kept in kept }
        }
        let folder = (files.reference as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ResultsError.notWritable(folder: folder, reason: "the folder cannot be made")
        }
        try reference.write(to: files.reference)
    }
}
