import Foundation
import HDF5
import Support
import TestSupport
import Testing

@Suite struct BadFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func example() throws -> String {
        let path = folder.file("good.h5")
        try HDF5File.write(to: path) { file in
            try file.write((0..<6000).map(Float.init), shape: [10, 20, 30], to: "/g/x", storage: .compressed(rows: 2))
            try file.write(["text"], to: "/g/names")
            try file.setAttribute("text", to: "text")
            try file.setAttribute("list", to: [1, 2])
        }
        return path
    }

    @Test func missingFileAndFolder() {
        let path = folder.file("none.h5")
        #expect(throws: HDF5Error.unreadable(file: path)) { _ = try HDF5File(reading: path).members() }
        #expect(throws: HDF5Error.damaged(file: folder.path, reason: "a folder")) {
            _ = try HDF5File(reading: folder.path).members()
        }
    }

    @Test(arguments: [Data(), Data("not a file of ours".utf8), Data(repeating: 0, count: 5000)])
    func notHDF5(content: Data) throws {
        let path = folder.file("text.h5")
        try content.write(to: URL(fileURLWithPath: path))
        #expect(throws: HDF5Error.damaged(file: path, reason: "no HDF5 signature")) {
            _ = try HDF5File(reading: path).members()
        }
    }

    @Test func truncatedAnywhereIsAnError() throws {
        let path = try example()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in stride(from: 1, to: whole.count, by: max(1, whole.count / 40)) {
            let cut = folder.file("cut.h5")
            try whole.prefix(length).write(to: URL(fileURLWithPath: cut))
            #expect(throws: HDF5Error.self, "cut after \(length) of \(whole.count) bytes") {
                _ = try HDF5File(reading: cut).read(Float.self, from: "/g/x")
            }
        }
    }

    @Test func damagedChunkIsAnError() throws {
        let path = try example()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // zlib's header (78 5E) of the first chunk: overwritten, inflating must fail.
        let header = try #require(bytes.firstRange(of: Data([0x78, 0x5e])))
        bytes.replaceSubrange(header, with: [0xff, 0xff])
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: HDF5Error.self) {
            _ = try HDF5File(reading: path).read(Float.self, from: "/g/x")
        }
        guard case .library(path, "/g/x", "reading", _) = error else {
            Issue.record("expected a failed read of /g/x, not \(error.map(String.init(describing:)) ?? "none")")
            return
        }
    }

    /// A noncopyable file cannot be captured by `#expect(throws:)`'s closure: each case opens its own.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: @Sendable (borrowing HDF5File) throws -> Void
        let error: @Sendable (String) -> HDF5Error

        init(
            _ name: String, _ body: @escaping @Sendable (borrowing HDF5File) throws -> Void,
            _ error: @escaping @Sendable (String) -> HDF5Error
        ) {
            (testDescription, self.body, self.error) = (name, body, error)
        }
    }

    static let cases = [
        Case("missing dataset", { _ = try $0.read(Float.self, from: "/g/y") }) { .missing(file: $0, object: "/g/y") },
        Case("missing group", { _ = try $0.members(of: "/h") }) { .missing(file: $0, object: "/h") },
        Case("group read as dataset", { _ = try $0.shape(of: "/g") }) { .notADataset(file: $0, object: "/g") },
        Case("floats as integers", { _ = try $0.read(Int.self, from: "/g/x") }) {
            .wrongType(file: $0, object: "/g/x", expected: "int64", found: "float32")
        },
        Case("strings as floats", { _ = try $0.read(Float.self, from: "/g/names") }) {
            .wrongType(file: $0, object: "/g/names", expected: "float32", found: "strings")
        },
        Case("floats as strings", { _ = try $0.readStrings(from: "/g/x") }) {
            .wrongShape(file: $0, object: "/g/x", expected: "one axis", found: [10, 20, 30])
        },
        Case("rank", { _ = try $0.read(Float.self, from: "/g/x", rank: 2) }) {
            .wrongShape(file: $0, object: "/g/x", expected: "2 axes", found: [10, 20, 30])
        },
        Case("rows past the end", { _ = try $0.read(Float.self, from: "/g/x", rows: 9..<11) }) {
            .wrongShape(file: $0, object: "/g/x", expected: "rows 9..<11 to be there", found: [10, 20, 30])
        },
        Case("missing attribute", { _ = try $0.attribute("seed", as: Int.self) }) {
            .missing(file: $0, object: "/@seed")
        },
        Case("attribute of a missing object", { _ = try $0.attribute("seed", as: Int.self, on: "/h") }) {
            .missing(file: $0, object: "/h@seed")
        },
        Case("text as a number", { _ = try $0.attribute("text", as: Double.self) }) {
            .wrongType(file: $0, object: "/@text", expected: "float64", found: "strings")
        },
        Case("reals as an integer", { _ = try $0.attribute("list", as: Int.self) }) {
            .wrongShape(file: $0, object: "/@list", expected: "one value", found: [2])
        },
        Case("reals as text", { _ = try $0.attribute("list", as: String.self) }) {
            .wrongShape(file: $0, object: "/@list", expected: "one value", found: [2])
        },
    ]

    @Test(arguments: cases) func isRefusedByName(_ item: Case) throws {
        let path = try example()
        let file = try HDF5File(reading: path)
        do {
            try item.body(file)
            Issue.record("nothing was thrown")
        } catch let error as HDF5Error {
            #expect(error == item.error(path))
            #expect(!"\(error)".contains("\n") && "\(error)".contains("; expected"))
        }
    }

    @Test func countMustFillTheShape() throws {
        let path = folder.file("bad.h5")
        let expected = HDF5Error.wrongShape(
            file: path, object: "x", expected: "3 values, as were given", found: [2, 2])
        #expect(throws: expected) {
            try HDF5File.write(to: path) { try $0.write([Float(1), 2, 3], shape: [2, 2], to: "x") }
        }
        #expect(try folder.names() == [])
    }

    @Test func aNameCanBeWrittenOnce() throws {
        let path = folder.file("twice.h5")
        #expect(throws: HDF5Error.self) {
            try HDF5File.write(to: path) { file in
                for _ in 0..<2 { try file.write([Int32(1)], shape: [1], to: "x") }
            }
        }
        #expect(try folder.names() == [])
    }

    @Test func aFailedWriteLeavesTheOlderFileAlone() throws {
        struct Interruption: Error {}
        let path = try example()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: Interruption.self) {
            try HDF5File.write(to: path) { file in
                try file.write([Int32(1)], shape: [1], to: "x")
                throw Interruption()
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(try folder.names() == ["good.h5"])
    }

    @Test func unwritableFolder() {
        let path = folder.file("no/such/folder/x.h5")
        #expect(throws: FileError.unwritable(file: path, reason: "no such file or directory")) {
            try HDF5File.write(to: path) { _ in }
        }
    }

    /// A damaged header may claim any size: here 2^40 values.
    @Test func absurdSizesAreRefusedBeforeMemoryIsAskedFor() throws {
        let path = folder.file("huge.h5")
        try HDF5File.write(to: path) { file in
            try file.write(
                [Int16](repeating: 1, count: 0x1357), shape: [0x1357], to: "x", storage: .compressed(rows: 1))
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let length = Data([0x57, 0x13, 0, 0, 0, 0, 0, 0])
        while let place = bytes.firstRange(of: length) {
            bytes.replaceSubrange(place, with: [0, 0, 0, 0, 0, 1, 0, 0])
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let expected = HDF5Error.wrongShape(
            file: path, object: "x", expected: "at most 8589934592 values", found: [1 << 40])
        #expect(throws: expected) { _ = try HDF5File(reading: path).read(Int16.self, from: "x") }
    }
}
