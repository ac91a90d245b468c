import Foundation
import TestSupport
import Testing

/// The folders of a module depend on each other one way: of any two, at most one names the other's types.
@Suite("Folders of modules")
struct FolderTests {
    private static let sources = Repository.root.appending(path: "Sources")

    /// Modules made of folders that are concepts of their own.
    static let modules = ["Experiments", "Preparation", "Configuration"]

    /// The text of every file without comments and strings, by folder.
    private func folders(_ module: String) throws -> [String: [String]] {
        let root = Self.sources.appending(path: module)
        let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        var folders: [String: [String]] = [:]
        for name in names where name.hasSuffix(".swift") {
            let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
            let folder = name.contains("/") ? String(name.prefix { $0 != "/" }) : "."
            folders[folder, default: []].append(Self.code(text))
        }
        return folders
    }

    private static func code(_ text: String) -> String {
        text.replacing(#/"""(?s:.*?)"""/#, with: "").split(separator: "\n").map { line in
            line.replacing(#/"(\\.|[^"\\])*"/#, with: "").replacing(#/\/\/.*/#, with: "")
        }.joined(separator: "\n")
    }

    /// Types declared at the top level.
    private static func types(_ files: [String]) -> Set<String> {
        let declaration =
            #/(?m)^(?:(?:package|public|private|fileprivate|final|indirect) )*(?:struct|enum|class|protocol|actor) (\w+)/#
        return Set(files.flatMap { $0.matches(of: declaration).map { String($0.1) } })
    }

    private static func words(_ files: [String]) -> Set<String> {
        Set(files.flatMap { $0.matches(of: #/\b[A-Z]\w*/#).map { String($0.0) } })
    }

    @Test(arguments: modules) func dependOneWay(module: String) throws {
        let folders = try folders(module)
        try #require(!folders.isEmpty, "\(module) has no files")
        let (types, words) = (folders.mapValues(Self.types), folders.mapValues(Self.words))
        func uses(_ user: String, _ owner: String) -> [String] {
            (words[user] ?? []).intersection(types[owner] ?? []).sorted()
        }
        var below: [String: Set<String>] = [:]
        for user in folders.keys.sorted() {
            for owner in folders.keys.sorted() where owner != user && !uses(user, owner).isEmpty {
                below[user, default: []].insert(owner)
                let back = uses(owner, user)
                #expect(
                    back.isEmpty,
                    "\(module)/\(user) names \(uses(user, owner)) of \(owner), which names \(back) of \(user)")
            }
        }
        #expect(Self.cycle(below) == nil)
    }

    /// A folder that depends on itself through others, or nil.
    private static func cycle(_ below: [String: Set<String>]) -> String? {
        below.keys.sorted().first { start in
            var (seen, open) = (Set<String>(), Array(below[start] ?? []))
            while let next = open.popLast() {
                if next == start { return true }
                if seen.insert(next).inserted { open += below[next] ?? [] }
            }
            return false
        }
    }

    /// The check sees what it looks for.
    @Test func aTwoWayDependencyIsSeen() {
        #expect(Self.types(["package struct A: B {\n    struct Inner {}\n}\nenum C {}"]) == ["A", "C"])
        #expect(Self.words([Self.code("let a = A(\"B\") // C\n/// D")]) == ["A"])
        #expect(Self.cycle(["a": ["b"], "b": ["c"], "c": ["a"]]) != nil && Self.cycle(["a": ["b"]]) == nil)
    }
}
