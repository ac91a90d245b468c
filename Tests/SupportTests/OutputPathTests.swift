import Foundation
import Support
import Testing

@Suite struct OutputPathTests {
    private let folder = Scratch()
    private let kind = OutputKind("a note") {
        (try? String(contentsOfFile: $0, encoding: .utf8))?.hasPrefix("note") == true
    }

    private func refusal(_ path: String, _ reason: String, _ expected: String) -> FileError {
        .refused(file: path, reason: reason, expected: expected)
    }

    @Test func aNewNameIsWelcome() throws {
        try OutputPath.require(folder("new"), kind, force: false)
        try OutputPath.requireNew(folder("new"), "a key")
    }

    @Test func unwritableOutputIsToldBeforeTheWork() {
        let target = folder("no/such/x.h5")
        #expect(
            throws: FileError.refused(
                file: target, reason: "cannot be written (no such file or directory)",
                expected: "a path in an existing, writable folder")
        ) {
            try OutputPath.require(target, kind, force: false)
        }
        mkdir(folder("sub"), 0o700)
        #expect(throws: FileError.refused(file: folder("sub"), reason: "is a folder", expected: "a file's name")) {
            try OutputPath.require(folder("sub"), kind, force: false)
        }
    }

    @Test func aResultIsReplacedOnlyWhenInsistedUpon() throws {
        try AtomicFile.write("note 1", to: folder("a"))
        #expect(throws: refusal(folder("a"), "exists", "a new name, or --force to replace it")) {
            try OutputPath.require(folder("a"), kind, force: false)
        }
        try OutputPath.require(folder("a"), kind, force: true)
    }

    @Test func anotherKindIsNeverReplaced() throws {
        try AtomicFile.write("{\"kty\": \"DAJ\"}", to: folder("key.json"))
        #expect(throws: refusal(folder("key.json"), "exists, and is not a note", "a new name for a note")) {
            try OutputPath.require(folder("key.json"), kind, force: true)
        }
    }

    /// Under whatever name: itself, through the folder, by links of both kinds.
    @Test func anInputIsNeverReplaced() throws {
        try AtomicFile.write("note", to: folder("in"))
        symlink("in", folder("soft"))
        link(folder("in"), folder("hard"))
        symlink(".", folder("here"))
        for name in ["in", "./in", "here/in", "soft", "hard"] {
            #expect(
                throws: refusal(
                    folder(name), "is the input \(folder("in"))",
                    "another file, as an output never replaces an input")
            ) {
                try OutputPath.require(folder(name), kind, inputs: ["/", folder("in")], force: true)
            }
        }
    }

    @Test func onlyFilesCanBeWritten() throws {
        mkfifo(folder("pipe"), 0o600)
        symlink("nowhere", folder("broken"))
        for path in [
            "/dev/full", "/dev/null", folder("pipe"), folder("broken"), folder.path, folder("x/"), "", folder("no/x"),
        ] {
            #expect(throws: FileError.self, "\(path)") { try OutputPath.require(path, kind, force: true) }
        }
    }

    @Test func twoOutputsAreTwoFiles() throws {
        symlink(".", folder("here"))
        #expect(throws: FileError.self) { try OutputPath.requireDifferent(folder("d.json"), folder("./d.json")) }
        #expect(throws: FileError.self) { try OutputPath.requireDifferent(folder("d.json"), folder("here/d.json")) }
        try OutputPath.requireDifferent(folder("d.json"), folder("e.json"))
    }
}

@Suite struct PrivateFolderTests {
    private let scratch = Scratch()
    struct Wrong: Error {}

    @Test func isItsOwnersAloneFromTheStart() throws {
        let folder = try PrivateFolder(scratch("p"))
        try folder.write(Data("salt".utf8), to: "plan")
        #expect(mode(folder.path) == 0o700 && mode(folder.file("plan")) == 0o600)
        #expect(folder.contents("plan") == Data("salt".utf8))
        let expected = FileError.locked(folder: folder.path, holder: LockHolder.current.description)
        #expect(throws: expected) { _ = try PrivateFolder(scratch("p")) }
    }

    @Test func whatOthersCanReadIsNotTakenUp() throws {
        for mode in [0o777, 0o755, 0o701] as [mode_t] {
            mkdir(scratch("p"), 0o700)
            chmod(scratch("p"), mode)
            #expect(throws: FileError.self) { _ = try PrivateFolder(scratch("p")) }
            rmdir(scratch("p"))
        }
        mkdir(scratch("q"), 0o700)
        symlink("q", scratch("p"))
        #expect(throws: FileError.self) { _ = try PrivateFolder(scratch("p")) }
    }

    @Test func isGoneAfterSuccessAndAfterWhatFailsAgain() throws {
        try PrivateFolder(scratch("a")).whileWorking {}
        #expect(throws: Wrong.self) { try PrivateFolder(scratch("b")).whileWorking { throw Wrong() } }
        let full = FileError.unwritable(file: "x", reason: "no space left on device")
        #expect(throws: full) { try PrivateFolder(scratch("c")).whileWorking { throw full } }
        #expect(scratch.names == ["c"])
        // Its lock went with the object: the next process goes on there.
        _ = try PrivateFolder(scratch("c"))
    }
}
