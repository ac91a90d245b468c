import Foundation
import Support
import TestSupport
import Testing

/// A folder that goes with the test.
struct Scratch {
    private let folder: TemporaryFolder
    var path: String { folder.path }

    init() {
        guard let folder = try? TemporaryFolder() else { preconditionFailure("no folder for temporary files") }
        self.folder = folder
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func text(_ name: String) -> String? { try? String(contentsOfFile: self(name), encoding: .utf8) }
}

func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

@Suite struct AtomicFileTests {
    private let folder = Scratch()

    @Test func replacesInOnePieceAndKeepsTheMode() throws {
        try AtomicFile.write("old", to: folder("a"))
        chmod(folder("a"), 0o640)
        try AtomicFile.write("new", to: folder("a"))
        #expect(folder.text("a") == "new" && mode(folder("a")) == 0o640 && folder.names == ["a"])
    }

    @Test func secretsAreTheirOwnersFromTheStart() throws {
        try AtomicFile.write("key", to: folder("k"), access: .secret)
        #expect(mode(folder("k")) == 0o600)
        var seen: mode_t = 0
        try AtomicFile.replace(folder("h"), access: .secret) { seen = mode($0) }
        #expect(seen == 0o600 && mode(folder("h")) == 0o600)
    }

    @Test func whatIsThereIsKeptWhereAskedFor() throws {
        try AtomicFile.write("old", to: folder("a"))
        #expect(throws: FileError.unwritable(file: folder("a"), reason: "file exists")) {
            try AtomicFile.write(Data("new".utf8), to: folder("a"), existing: .kept)
        }
        #expect(folder.text("a") == "old" && folder.names == ["a"])
    }

    @Test func aLinkStaysAndItsFileIsReplaced() throws {
        try AtomicFile.write("old", to: folder("file"))
        symlink("file", folder("link"))
        try AtomicFile.write("new", to: folder("link"))
        #expect(folder.text("file") == "new" && folder.names == ["file", "link"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == "file")
    }

    @Test func devicesAndPipesAreNeverReplaced() throws {
        mkfifo(folder("pipe"), 0o600)
        for path in [folder("pipe"), "/dev/null"] {
            #expect(throws: FileError.unwritable(file: path, reason: "not a file")) {
                try AtomicFile.write("x", to: path)
            }
        }
        #expect(folder.names == ["pipe"])
    }

    @Test func aFailureInsideLeavesNothing() throws {
        struct Failure: Error {}
        try AtomicFile.write("old", to: folder("a"))
        #expect(throws: Failure.self) {
            try AtomicFile.replace(folder("a")) { temporary in
                try Data("half".utf8).write(to: URL(fileURLWithPath: temporary))
                throw Failure()
            }
        }
        #expect(folder.text("a") == "old" && folder.names == ["a"])
    }

    /// What a killed process left beside the file goes with the next write; what a living one has there stays.
    @Test func leftoversOfTheDeadAreRemoved() throws {
        var seen = ""
        try AtomicFile.replace(folder("a")) { seen = $0 }
        let name = seen.dropFirst(folder.path.count + 1)
        #expect(
            AtomicFile.isLeftover(String(name)) && !AtomicFile.isLeftover("notes.tmp") && !AtomicFile.isLeftover("a"))
        let end = name.drop { $0 != "-" }
        try AtomicFile.write("half", to: folder("b"))
        #expect(rename(folder("b"), folder("a.4000001\(end)")) == 0)
        try AtomicFile.write("half", to: folder("b"))
        #expect(rename(folder("b"), folder("a.\(getppid())\(end)")) == 0)
        try AtomicFile.write("new", to: folder("a"))
        #expect(folder.names == ["a", "a.\(getppid())\(end)"])
    }

    @Test func manyWritersOfOneNameLeaveOneWhole() async throws {
        let path = folder("a")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<50 {
                group.addTask { try AtomicFile.write(String(repeating: "\(index % 10)", count: 5000), to: path) }
            }
            try await group.waitForAll()
        }
        let text = try #require(folder.text("a"))
        #expect(text.count == 5000 && Set(text).count == 1 && folder.names == ["a"])
    }

    @Test func wholeFilesWithinABound() throws {
        try AtomicFile.write(String(repeating: "x", count: 100), to: folder("a"))
        #expect(try InputFile.contents(folder("a"), expected: "a file", limit: 100).count == 100)
        #expect(throws: FileError.self) { try InputFile.contents(folder("a"), expected: "a file", limit: 99) }
        #expect(throws: FileError.self) { try InputFile.contents("/dev/zero", expected: "a file", limit: 1 << 16) }
        #expect(throws: FileError.unreadable(file: folder.path, reason: "is a folder", expected: "a file")) {
            try InputFile.contents(folder.path, expected: "a file")
        }
        #expect(throws: FileError.unreadable(file: "no", reason: "no such file or directory", expected: "a file")) {
            try InputFile.contents("no", expected: "a file")
        }
    }

    /// FIPS 180-4, "abc" and the empty message.
    @Test func digests() throws {
        #expect(Digest.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        try AtomicFile.write("", to: folder("empty"))
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(try Digest.ofFile(folder("empty")) == empty && Digest.of([UInt8]()) == empty)
        #expect([0, 15, 16, 255].hexadecimal == "000f10ff")
        var digest = Digest()
        digest.update(UInt16(0x6261))
        digest.update("c")
        #expect(digest.hexadecimal == Digest.of("abc"))
    }
}
