import Foundation
import HDF5
import Testing

/// Files of other programs, made by `Foreign/make_foreign.py` with h5py.
@Suite struct ForeignFileTests {
    static func path(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: name, withExtension: "h5", subdirectory: "Foreign")).path
    }

    /// What every dataset of numbers holds.
    static let whole = (0..<24).map { $0 * 37 - 400 }

    @Test(arguments: [
        "int16", "int32", "int64", "float16", "float32", "float64", "big-i2", "big-f4", "big-f8", "longdouble",
    ])
    func everyPlainNumberIsRead(type: String) throws {
        let file = try HDF5File(reading: Self.path("numbers"))
        #expect(try file.read(Float.self, from: type).values == Self.whole.map(Float.init))
        #expect(try file.read(Double.self, from: type).values == Self.whole.map(Double.init))
        #expect(try file.read(Float.self, from: type, rows: 1..<3).values == Self.whole[6..<18].map(Float.init))
        if ["int16", "int32", "int64", "big-i2"].contains(type) {
            #expect(try file.read(Int.self, from: type).values == Self.whole)
            #expect(try file.read(Int16.self, from: type).values == Self.whole.map(Int16.init))
        }
    }

    @Test(arguments: ["uint8", "uint16", "uint32", "uint64"]) func unsignedNumbers(type: String) throws {
        let file = try HDF5File(reading: Self.path("numbers"))
        let values = Self.whole.map { (($0 % 256) + 256) % 256 }
        #expect(try file.read(Int.self, from: type).values == values)
        #expect(try file.read(Float.self, from: type).values == values.map(Float.init))
    }

    /// A value is what it was, or refused.
    @Test func aValueThatDoesNotFitIsRefused() throws {
        let path = try Self.path("numbers")
        let file = try HDF5File(reading: path)
        #expect(throws: HDF5Error.lossy(file: path, object: "beyond-int64")) {
            try file.read(Int.self, from: "beyond-int64")
        }
        #expect(throws: HDF5Error.lossy(file: path, object: "beyond-float32-whole")) {
            try file.read(Float.self, from: "beyond-float32-whole")
        }
        #expect(try file.read(Double.self, from: "beyond-float32-whole").values == [16_777_217])
        #expect(throws: HDF5Error.lossy(file: path, object: "beyond-float32")) {
            try file.read(Float.self, from: "beyond-float32")
        }
        #expect(throws: HDF5Error.lossy(file: path, object: "int16")) { try file.read(UInt8.self, from: "int16") }
        let special = try file.read(Float.self, from: "infinite").values
        #expect(special[0] == .infinity && special[1].isNaN)
        for (name, found) in [("bool", "an enumeration (Python's bool?)"), ("compound", "compound values")] {
            #expect(throws: HDF5Error.wrongType(file: path, object: name, expected: "float32", found: found)) {
                try file.read(Float.self, from: name)
            }
        }
        #expect(try file.read(Float.self, from: "empty").values == [])
    }

    @Test func attributesOfPython() throws {
        let path = try Self.path("numbers")
        let file = try HDF5File(reading: path)
        #expect(try file.attribute("int", as: Int.self) == 7)
        #expect(try file.attribute("int", as: Double.self) == 7)
        #expect(try file.attribute("half", as: Double.self) == 0.5)
        #expect(try file.attribute("text", as: String.self) == "seven")
        #expect(try file.attribute("bytes", as: String.self) == "seven")
        #expect(try file.attribute("list", as: [Double].self) == [1, 2, 3])
        #expect(throws: HDF5Error.lossy(file: path, object: "/@uint64")) { try file.attribute("uint64", as: Int.self) }
        #expect(throws: HDF5Error.self) { try file.attribute("flag", as: Int.self) }
    }

    @Test func filtersAreUndoneOrNamed() throws {
        let path = try Self.path("filters")
        let file = try HDF5File(reading: path)
        for name in ["gzip", "scaleoffset"] {
            #expect(try file.read(Float.self, from: name).values == Self.whole.map(Float.init), "\(name)")
        }
        for (name, filter) in [
            ("lzf", "lzf, number 32000"), ("zstd", "zstd, number 32015"),
            ("blosc", "blosc, number 32001"),
        ] {
            #expect(throws: HDF5Error.filter(file: path, object: name, filter: filter)) {
                try file.read(Float.self, from: name)
            }
        }
    }

    /// The checksum of a file covers what is read from it.
    @Test func valuesOfOtherFilesAreRefused() throws {
        let path = try Self.path("elsewhere")
        let file = try HDF5File(reading: path)
        for name in ["soft", "hard", "group/inside"] {
            #expect(try file.read(Float.self, from: name).values == Self.whole.map(Float.init), "\(name)")
        }
        for name in ["external", "absent", "softly-external", "by-group/x"] {
            #expect(
                throws: HDF5Error.elsewhere(file: path, object: name, how: "behind a link to another file"), "\(name)"
            ) { try file.read(Float.self, from: name) }
            let isThere = file.contains(name)
            #expect(!isThere)
        }
        #expect(throws: HDF5Error.elsewhere(file: path, object: "raw", how: "in a raw file outside this one")) {
            try file.read(Float.self, from: "raw")
        }
        #expect(throws: HDF5Error.missing(file: path, object: "dangling")) { try file.shape(of: "dangling") }
        #expect(
            try file.members() == [
                "absent", "by-group", "dangling", "external", "group", "hard", "raw", "soft", "softly-external",
            ])
        let other = try Self.path("virtual")
        let virtual = try HDF5File(reading: other)
        #expect(
            throws: HDF5Error.elsewhere(file: other, object: "virtual", how: "a virtual dataset, made of others")
        ) { try virtual.read(Float.self, from: "virtual") }
    }

    /// Memory follows what is stored: 32 GB of floats are declared in these 5 kB.
    @Test(arguments: [
        ("contiguous", "96 bytes of values, 0 of them stored"), ("chunked", "96 bytes of values, 0 of them stored"),
    ]) func whatIsNotStoredIsNotRead(name: String, found: String) throws {
        let path = try Self.path("unwritten")
        let file = try HDF5File(reading: path)
        #expect(throws: HDF5Error.notStored(file: path, object: name, found: found)) {
            try file.read(Float.self, from: name)
        }
    }

    @Test func partsAndStringsThatAreNotStored() throws {
        let path = try Self.path("unwritten")
        let file = try HDF5File(reading: path)
        for name in ["64-gigabytes-of-strings", "wide-strings"] {
            #expect(throws: HDF5Error.self, "\(name)") { try file.readStrings(from: name) }
        }
        // More than half of a small machine's memory, or not stored on a large one.
        #expect(throws: HDF5Error.self) { try file.read(Float.self, from: "32-gigabytes") }
        do {
            _ = try file.read(Float.self, from: "part")
            Issue.record("half of the chunks are missing")
        } catch .notStored(_, let object, _) { #expect(object == "part") }
        // The file still answers.
        #expect(try file.shape(of: "part") == [4, 6])
    }

    @Test func compressionIsBounded() throws {
        let path = try Self.path("bomb")
        let file = try HDF5File(reading: path)
        #expect(try file.read(Float.self, from: "zeros").values.count == 1 << 20)
        do {
            _ = try file.read(Float.self, from: "twice")
            Issue.record("a bomb")
        } catch .notStored(_, let object, _) { #expect(object == "twice") }
    }

    @Test func stringsOfEveryKind() throws {
        let file = try HDF5File(reading: Self.path("strings"))
        for name in ["variable", "fixed", "compressed"] {
            #expect(try file.readStrings(from: name) == ["a", "", "Müller"], "\(name)")
        }
    }

    @Test func theLatestFormatBehindAUserBlock() throws {
        let file = try HDF5File(reading: Self.path("latest"))
        #expect(try file.read(Float.self, from: "x").values == Self.whole.map(Float.init))
        #expect(try file.attribute("source", as: String.self) == "latest")
    }
}
