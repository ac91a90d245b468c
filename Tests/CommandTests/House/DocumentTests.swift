import Foundation
import Support
import TestSupport
import Testing

/// What the documents at the top of the repository say of it.
@Suite("Documents")
struct DocumentTests {
    /// One version, in the program, the change log and the citation.
    @Test func versionIsTheSameEverywhere() throws {
        let version = ProgramVersion.current
        #expect(version.wholeMatch(of: #/\d+\.\d+\.\d+/#) != nil)
        let newest = try #require(try Repository.text("CHANGELOG.md").firstMatch(of: #/(?m)^## (\S+)/#))
        #expect(newest.1 == version)
        #expect(try Repository.text("CITATION.cff").contains("\nversion: \(version)\n"))
        try Program.withFolder { program in
            let said = try program.succeed("--version")
            #expect(said == "\(version)\n")
        }
    }

    /// Lines that a terminal and a diff can show.
    @Test(arguments: ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
    func linesAreShort(document: String) throws {
        for (index, line) in try Repository.text(document).components(separatedBy: "\n").enumerated() {
            #expect(line.count <= 160, "\(document):\(index + 1) has \(line.count) characters")
        }
    }

    /// Files and folders that a document names in code or links to are there.
    @Test(arguments: ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
    func namedFilesExist(document: String) throws {
        let text = try Repository.text(document)
        let linked = text.matches(of: #/\]\(([^)#:\s]+)(?:#[^)]*)?\)/#).map { String($0.1) }
        let named = text.matches(of: #/`((?:Sources|Tests|Experiments|Notebooks-md)/[\w\-./+]+)`/#).map { String($0.1) }
        try #require(!linked.isEmpty || !named.isEmpty)
        for path in linked + named {
            let place = Repository.root.appending(path: path).path
            #expect(FileManager.default.fileExists(atPath: place), "\(document) names \(path)")
        }
    }
}
