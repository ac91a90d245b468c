import Foundation
import Reporting
import Support
import TestSupport
import Testing

@Suite("Record file")
struct RecordFileTests {
    private let first = [
        Sample.record(.float, patch: 0, metric: .psnr, 40), Sample.record(.float, patch: 1, metric: .psnr, 41),
    ]
    private let second = [Sample.record(.lowDose, patch: 0, metric: .psnr, 38)]

    private func inFolder(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { try body("\($0)/records.jsonl") }
    }

    /// A file with two finished cells, as bytes.
    private func twoCells(at path: String) throws -> Data {
        let file = try RecordFile(appendingTo: path)
        try file.append(cell: "a", first)
        try file.append(cell: "b", second)
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    @Test func cellsAccumulate() throws {
        try inFolder { path in
            _ = try twoCells(at: path)
            let contents = try RecordFile.read(path)
            #expect(contents.finishedCells == ["a", "b"])
            #expect(contents.measurements.map(\.value) == [40, 41, 38])
            #expect(contents.measurements.map(\.cell) == ["a", "a", "b"])
            #expect(!contents.endsMidLine)
        }
    }

    /// Cut the file around every line end and at places in between: reading never fails, a cell is finished only if its last line is whole,
    /// and resuming gives the same bytes as an uninterrupted run.
    @Test func everyInterruptionResumes() throws {
        try inFolder { path in
            let whole = try twoCells(at: path)
            let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
            let cuts = Set(ends.flatMap { $0 - 1...$0 + 1 } + stride(from: 0, to: whole.count, by: 101))
            for length in cuts.sorted() {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                let done = try RecordFile.read(path).finishedCells
                let file = try RecordFile(appendingTo: path)
                if !done.contains("a") { try file.append(cell: "a", first) }
                if !done.contains("b") { try file.append(cell: "b", second) }
                try #require(try Data(contentsOf: URL(fileURLWithPath: path)) == whole, "cut after \(length) bytes")
            }
        }
    }

    @Test func damageInsideIsRefused() throws {
        try inFolder { path in
            var bytes = try twoCells(at: path)
            bytes[bytes.startIndex] = UInt8(ascii: "!")
            try bytes.write(to: URL(fileURLWithPath: path))
            let expected = ReportingError.malformedRecord(
                file: path, line: 1, problem: "not valid JSON, or a fraction where an integer is expected")
            #expect(throws: expected) { try RecordFile.read(path) }
            #expect(throws: expected) { try RecordFile(appendingTo: path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        }
    }

    @Test(arguments: ["\n", "{}\n", "null\n"])
    func malformedLastLineWithItsNewlineIsRefused(tail: String) throws {
        try inFolder { path in
            let bytes = try twoCells(at: path) + Data(tail.utf8)
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(throws: ReportingError.self) { try RecordFile.read(path) }
        }
    }

    /// Published records are compressed; a run that goes on unpacks them.
    @Test func compressedRecordsAreReadAndUnpacked() throws {
        try inFolder { path in
            let bytes = try twoCells(at: path)
            let plain = try RecordFile.read(path)
            let gzip = Process()
            gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            gzip.arguments = ["gzip", "-9n", path]
            try gzip.run()
            gzip.waitUntilExit()
            #expect(!FileManager.default.fileExists(atPath: path) && RecordFile.exists(path))
            #expect(try RecordFile.read(path) == plain)
            _ = try RecordFile(appendingTo: path)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
            #expect(!FileManager.default.fileExists(atPath: path + ".gz"))
        }
    }

    @Test func damagedCompressedRecordsAreRefused() throws {
        try inFolder { path in
            for bytes in [Data([31, 139, 8, 0, 1]), Data([31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75, 76])] {
                try bytes.write(to: URL(fileURLWithPath: path + ".gz"))
                #expect(throws: ReportingError.self) { try RecordFile.read(path) }
            }
        }
    }

    @Test func aRecordIsThereOnce() throws {
        try inFolder { path in
            let lines = try twoCells(at: path).split(separator: UInt8(ascii: "\n"))
            let twice = (lines + [lines[1]]).reduce(Data()) { $0 + $1 + Data("\n".utf8) }
            try twice.write(to: URL(fileURLWithPath: path))
            let expected = ReportingError.malformedRecord(
                file: path, line: lines.count + 1,
                problem: "is measured in line 2, too; expected every record once")
            #expect(throws: expected) { try RecordFile.read(path) }
        }
    }

    /// Machines of two kinds are named in every record; one goes without saying.
    @Test(arguments: [["a", "a"], ["a", "b"], [nil, "b"]])
    func machinesAreNamedWhereTheyDiffer(machines: [String?]) throws {
        try inFolder { path in
            let file = try RecordFile(appendingTo: path)
            for (index, machine) in machines.enumerated() {
                var record = Sample.record(.float, metric: .psnr, 40)
                record.trial = index + 1
                try file.append(cell: "\(index)", machine: machine, [record])
            }
            let named = try RecordFile.read(path).measurements.map { $0.parameters["machine"] }
            let expected =
                machines[0] == machines[1] ? [nil, nil] : machines.map { ParameterValue.text($0 ?? "unknown") }
            #expect(named == expected)
        }
    }

    @Test func missingFolderIsNamed() throws {
        try inFolder { path in
            let lost = path + "/records.jsonl"
            #expect(throws: FileError.unwritable(file: lost, reason: "no such file or directory")) {
                try RecordFile(appendingTo: lost)
            }
        }
    }
}
