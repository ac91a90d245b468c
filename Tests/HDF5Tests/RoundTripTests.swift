import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct RoundTripTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func roundTrip<Element: HDF5Element & Equatable>(
        _ values: [Element], shape: [Int], storage: HDF5Storage = .contiguous
    ) throws {
        let path = folder.file("values.h5")
        try HDF5File.write(to: path) { file in
            try file.write(values, shape: shape, to: "/a/b/values", storage: storage)
        }
        let file = try HDF5File(reading: path)
        let back = try file.read(Element.self, from: "/a/b/values")
        #expect(back.shape == shape)
        #expect(back.values == values)
        #expect(try file.elementType(of: "/a/b/values") == Element.elementType)
    }

    @Test(arguments: [HDF5Storage.contiguous, .compressed(rows: 1), .compressed(rows: 3), .compressed(rows: 100)])
    func everyElementAtItsLimits(storage: HDF5Storage) throws {
        try roundTrip(
            [Float.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude, .infinity], shape: [4], storage: storage)
        try roundTrip([Double.pi, -.greatestFiniteMagnitude], shape: [2], storage: storage)
        try roundTrip([UInt8.min, 128, .max], shape: [3], storage: storage)
        try roundTrip([Int16.min, -1, 0, .max], shape: [4, 1], storage: storage)
        try roundTrip([Int32.min, .max], shape: [1, 2], storage: storage)
        try roundTrip([Int64.min, .max], shape: [2], storage: storage)
        try roundTrip([Int.min, .max], shape: [2], storage: storage)
    }

    /// Written piece by piece or at once: the same bytes.
    @Test(arguments: [1, 4, 8, 100])
    func piecesGiveTheSameFile(rows: Int) throws {
        let values = (0..<19 * 600).map { Int16(truncatingIfNeeded: $0 * $0) }
        func write(to name: String, _ body: (borrowing HDF5Output) throws -> Void) throws -> Data {
            try HDF5File.write(to: folder.file(name), body)
            return try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        }
        for storage in [HDF5Storage.contiguous, .compressed(rows: 4)] {
            let whole = try write(to: "whole.h5") {
                try $0.write(values, shape: [19, 600], to: "/v", storage: storage)
            }
            var asked: [Range<Int>] = []
            let pieces = try write(to: "pieces.h5") { file in
                try file.write(shape: [19, 600], to: "/v", storage: storage, rows: rows) { range in
                    asked.append(range)
                    return Array(values[range.lowerBound * 600..<range.upperBound * 600])
                }
            }
            #expect(pieces == whole)
            #expect(asked.first?.lowerBound == 0 && asked.last?.upperBound == 19)
        }
        #expect(throws: HDF5Error.self) {
            _ = try write(to: "short.h5") { file in
                try file.write(shape: [2, 2], to: "/v", storage: .contiguous, rows: 2) { _ in [Int16(1)] }
            }
        }
    }

    @Test(arguments: [[], [0], [0, 3], [1], [2, 3], [4, 1, 5], [2, 3, 2, 2]])
    func everyShape(shape: [Int]) throws {
        let values = (0..<shape.reduce(1, *)).map { Int32($0 * 7 - 50) }
        try roundTrip(values, shape: shape)
        try roundTrip(values, shape: shape, storage: .compressed(rows: 2))
    }

    @Test func nanKeepsItsPlace() throws {
        let path = folder.file("nan.h5")
        try HDF5File.write(to: path) { try $0.write([1, Float.nan, 3], shape: [3], to: "x") }
        let back = try HDF5File(reading: path).read(Float.self, from: "x").values
        #expect(back[0] == 1 && back[1].isNaN && back[2] == 3)
    }

    @Test(arguments: [0..<5, 0..<1, 2..<4, 4..<5, 3..<3], [HDF5Storage.contiguous, .compressed(rows: 2)])
    func rowsOfTheFirstAxis(rows: Range<Int>, storage: HDF5Storage) throws {
        let path = folder.file("rows.h5")
        let values = (0..<5 * 2 * 3).map { Int16($0) }
        try HDF5File.write(to: path) { try $0.write(values, shape: [5, 2, 3], to: "x", storage: storage) }
        let part = try HDF5File(reading: path).read(Int16.self, from: "x", rows: rows)
        #expect(part.shape == [rows.count, 2, 3])
        #expect(part.values == Array(values[rows.lowerBound * 6..<rows.upperBound * 6]))
    }

    @Test func smallerTypesWiden() throws {
        let path = folder.file("wide.h5")
        try HDF5File.write(to: path) { file in
            try file.write([Int16(-7), 9], shape: [2], to: "i")
            try file.write([Float(0.5)], shape: [1], to: "f")
            try file.write([UInt8(255)], shape: [1], to: "u")
        }
        let file = try HDF5File(reading: path)
        #expect(try file.read(Int.self, from: "i").values == [-7, 9])
        #expect(try file.read(Double.self, from: "f").values == [0.5])
        #expect(try file.read(Int16.self, from: "u").values == [255])
    }

    @Test(arguments: [["a", "", "Müller-1"], [""], [], ["one"]])
    func strings(list: [String]) throws {
        let path = folder.file("strings.h5")
        try HDF5File.write(to: path) { try $0.write(list, to: "/train/patient") }
        #expect(try HDF5File(reading: path).readStrings(from: "/train/patient") == list)
    }

    @Test func attributesOnRootGroupAndDataset() throws {
        let path = folder.file("attributes.h5")
        try HDF5File.write(to: path) { file in
            try file.write([1.0], shape: [1], to: "/g/x")
            for object in ["/", "/g", "/g/x"] {
                try file.setAttribute("text", to: "µ = 0.02 /mm of \(object)", on: object)
                try file.setAttribute("empty", to: "", on: object)
                try file.setAttribute("count", to: -3, on: object)
                try file.setAttribute("real", to: 0.1, on: object)
                try file.setAttribute("spacing", to: [1.5, 0.957, 0.957], on: object)
            }
        }
        let file = try HDF5File(reading: path)
        for object in ["/", "/g", "/g/x"] {
            #expect(try file.attribute("text", as: String.self, on: object) == "µ = 0.02 /mm of \(object)")
            #expect(try file.attribute("empty", as: String.self, on: object) == "")
            #expect(try file.attribute("count", as: Int.self, on: object) == -3)
            #expect(try file.attribute("real", as: Double.self, on: object) == 0.1)
            #expect(try file.attribute("count", as: Double.self, on: object) == -3)
            #expect(try file.attribute("spacing", as: [Double].self, on: object) == [1.5, 0.957, 0.957])
            #expect(try file.attributeNames(of: object) == ["count", "empty", "real", "spacing", "text"])
            // `#expect` copies the receiver of a call that returns Bool; a file cannot be copied.
            let found = (file.hasAttribute("real", on: object), file.hasAttribute("unreal", on: object))
            #expect(found == (true, false))
        }
    }

    @Test func membersAndExistence() throws {
        let path = folder.file("members.h5")
        try HDF5File.write(to: path) { file in
            for name in ["/test/b", "/test/a", "/train/c/d"] { try file.write([Int32(1)], shape: [], to: name) }
        }
        let file = try HDF5File(reading: path)
        #expect(try file.members() == ["test", "train"])
        #expect(try file.members(of: "/test") == ["a", "b"])
        var found: [Bool] = []
        for name in ["/", "/train/c/d", "train/c", "/train/x/d", "/test/a/b"] { found.append(file.contains(name)) }
        #expect(found == [true, true, true, false, false])
        #expect(try file.shape(of: "/train/c/d") == [])
    }

    @Test func equalContentsAreEqualBytes() throws {
        func write(_ name: String) throws -> Data {
            try HDF5File.write(to: folder.file(name)) { file in
                try file.write((0..<5000).map(Float.init), shape: [50, 100], to: "/g/x", storage: .compressed(rows: 8))
                try file.write(["p1", "patient 2"], to: "/g/patient")
                try file.setAttribute("source", to: "phantom")
                try file.setAttribute("spacing", to: [1, 1], on: "/g/x")
            }
            return try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        }
        let first = try write("1.h5")
        // HDF5 stores times in seconds: they would differ only after one.
        Thread.sleep(forTimeInterval: 1.1)
        #expect(try write("a longer name.h5") == first)
    }

    @Test func threadsMayEachHaveAFile() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                let path = folder.file("\(task).h5")
                group.addTask {
                    let values = (0..<1000).map { $0 * (task + 1) }
                    for _ in 0..<20 {
                        try HDF5File.write(to: path) {
                            try $0.write(values, shape: [10, 100], to: "x", storage: .compressed(rows: 1))
                        }
                        #expect(try HDF5File(reading: path).read(Int.self, from: "x").values == values)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
