import Foundation
import Reporting

/// Compares results with the reference under version control.
package struct RegressionCheck: Sendable {
    /// What the check fails over, one line each, then what else there is to know, and a last line that sums up.
    package let lines: [String]
    /// Moves that are allowed, one line each: timings of another moment or machine.
    package let moves: [String]
    package let isPassed: Bool

    /// What is compared with a reference of its own.
    package struct Subject: Sendable {
        /// What messages call it: the experiment's id, or the file of the benchmark.
        package let name: String
        package let reference: String
        /// Nil of a benchmark.
        private let files: ResultFiles?

        /// Records of an experiment.
        package static func results(_ files: ResultFiles) -> Subject {
            Subject(name: files.id, reference: files.reference, files: files)
        }

        /// Lines that `ldct bench --json` printed, of which the counts are compared.
        private static func benchmark(_ file: String, references: String) -> Subject {
            let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            return Subject(name: file, reference: "\(references)/\(stem).json", files: nil)
        }

        /// The subjects named, or every experiment that has both results and a reference.
        /// - Parameters:
        ///   - names: Experiments by id, file or result folder, or benchmark lines.
        ///   - references: The folder of the references; nil for `<results>/reference`.
        /// - Throws: `ResultsError.noReference` or `.noResults` if that leaves none.
        package static func all(_ names: [String], results: String, references: String?) throws -> [Subject] {
            guard !names.isEmpty else {
                let known = try ResultFiles.checked([], in: results, references: references)
                let present = known.filter { RecordFile.exists($0.records) }
                guard !present.isEmpty else {
                    // Throws where there are no results at all.
                    let unknown = try ResultFiles.reported([], in: results, published: false)[0].id
                    let files = try ResultFiles(root: results, id: unknown, references: references)
                    throw ResultsError.noReference(file: files.reference)
                }
                return present.map(Subject.results)
            }
            return try names.map { name in
                name.hasSuffix(".jsonl")
                    ? benchmark(name, references: references ?? "\(results)/reference")
                    : .results(try ResultFiles(named: name, results: results, references: references))
            }
        }

        /// What is missing of a run that has not ended.
        fileprivate func gap() throws -> String? { try files.flatMap(Report.gap) }

        fileprivate func measured() throws -> Reference {
            guard let files else { return try Reference(benchmark: name) }
            return Reference(experiment: files.id, recording: try Report.measurements(files))
        }
    }

    /// - Throws: If there is no reference or no result, or if either file is malformed.
    package init(_ subject: Subject) throws {
        guard FileManager.default.fileExists(atPath: subject.reference) else {
            throw ResultsError.noReference(file: subject.reference)
        }
        let reference = try Reference(path: subject.reference)
        let findings = reference.compare(try subject.measured())
        let failures = findings.filter(\.isFailure)
        let gap = try subject.gap()
        isPassed = failures.isEmpty && gap == nil
        moves = findings.filter { if case .moved = $0 { !$0.isFailure } else { false } }.map {
            "\(subject.name): \($0)"
        }
        let news = Set(findings.compactMap { if case .unexpectedMetric(_, let metric) = $0 { metric } else { nil } })
        let note = "new metrics, which the reference does not hold: \(news.sorted().joined(separator: ", "))"
        let moved = moves.isEmpty ? "" : "; \(moves.count) moved as far as they may"
        lines =
            [gap].compactMap(\.self) + failures.map { "\(subject.name): \($0)" }
            + (news.isEmpty ? [] : ["\(subject.name): \(note)"]) + [
                isPassed
                    ? "\(subject.name): passed; \(reference.rows.count) rows agree with \(subject.reference)\(moved)"
                    : "\(subject.name): FAILED; \(failures.count) of \(findings.count) differences are not allowed by "
                        + subject.reference + (gap == nil ? "" : ", and the run has not ended")
            ]
    }

    /// Makes the present results the reference. The rules of an existing reference are kept.
    package static func record(_ subject: Subject) throws {
        var reference = try subject.measured()
        if FileManager.default.fileExists(atPath: subject.reference) {
            reference.rules.merge(try Reference(path: subject.reference).rules) { _, kept in kept }
        }
        let folder = (subject.reference as NSString).deletingLastPathComponent
        try ResultFolder.create(folder)
        try reference.write(to: subject.reference)
    }
}

extension Reference {
    /// The counts among the lines of a benchmark: what no machine may change. Times and rates have no place in a reference.
    fileprivate init(benchmark file: String) throws {
        let data = try ResultFile.contents(file)
        var rows: [Row] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let record = try? JSONDecoder().decode(BenchmarkRecord.self, from: line) else {
                throw ReportingError.malformedRecord(
                    file: file, line: index + 1, problem: "expected a line of 'ldct bench --json'")
            }
            guard Rule.usual(for: record.metric) == .exact else { continue }
            let setting = [record.keyBits.map { "\($0) bits" }, record.layout].compactMap { $0 }
            let name = setting.isEmpty ? "benchmark" : setting.joined(separator: " ")
            let row = rows.firstIndex { $0.row == name } ?? rows.count
            if row == rows.count { rows.append(Row(row: name, patches: 0, values: [:])) }
            guard rows[row].values.updateValue(record.value, forKey: record.metric) == nil else {
                throw ReportingError.malformedRecord(
                    file: file, line: index + 1,
                    problem: "\(record.metric) of \(name) a second time; expected the lines of one benchmark")
            }
        }
        guard !rows.isEmpty else {
            throw ReportingError.malformedFile(
                file: file, problem: "holds no counts; expected those of 'ldct bench client, layer or network'")
        }
        self.init(experiment: URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent, rows: rows)
    }
}
