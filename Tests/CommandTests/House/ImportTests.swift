import Foundation
import TestSupport
import Testing

/// Package.swift says exactly what the sources import.
///
/// The compiler's own check (`--explicit-target-dependency-import-check` in Tests/run.sh) finds what is imported and depended on in no
/// way. What is imported and reached through a dependency alone, and what is declared and not imported, nobody else finds.
@Suite("Imports")
struct ImportTests {
    private struct Target {
        let name: String
        let path: String
        /// Targets and products.
        let dependencies: Set<String>
    }

    /// The targets that Package.swift declares, without those of C libraries.
    private static func targets(_ package: String) -> [Target] {
        let kinds = #/\.(target|executableTarget|testTarget|systemLibrary)\(\s*name: "(\w+)"/#
        let starts = package.matches(of: kinds)
        return starts.indices.compactMap { index in
            let kind = String(starts[index].1)
            let name = String(starts[index].2)
            guard kind != "systemLibrary" else { return nil }
            let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : package.endIndex
            let text = package[starts[index].range.upperBound..<end]
            let path = text.firstMatch(of: #/path: "([^"]+)"/#).map { String($0.1) }
            return Target(
                name: name, path: path ?? "\(kind == "testTarget" ? "Tests" : "Sources")/\(name)",
                dependencies: Set(dependencies(text)))
        }
    }

    /// The names in the list `dependencies: [...]`.
    private static func dependencies(_ text: Substring) -> [String] {
        guard let start = text.firstRange(of: "dependencies: [") else { return [] }
        var depth = 1
        let list = text[start.upperBound...].prefix { character in
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            return depth > 0
        }
        return list.replacing(#/package: "[^"]*"/#, with: "").matches(of: #/"(\w+)"/#).map { String($0.1) }
    }

    private static func imports(_ source: String) -> [String] {
        let statement =
            #/(?m)^\s*(?:@\w+(?:\(\w+\))? )*(?:(?:public|package|internal|private|fileprivate) )?import (?:(?:struct|func|enum|class|protocol|typealias) )?(\w+)/#
        return source.matches(of: statement).map { String($0.1) }
    }

    @Test func declaredIsImportedAndImportedIsDeclared() throws {
        let package = try Repository.text("Package.swift")
        let targets = Self.targets(package)
        try #require(targets.count > 30)
        // Whatever any target depends on; what else is imported comes with the toolchain.
        let known = Set(package.matches(of: #/name: "(\w+)"/#).map { String($0.1) }).union(["Yams"])
        for target in targets {
            let files = Repository.swiftFiles(below: target.path)
            guard !files.isEmpty else { continue }
            let imported = Set(try files.flatMap { Self.imports(try Repository.text($0)) }).intersection(known)
                .subtracting([target.name])
            // The tests start the program without importing it.
            let declared = target.dependencies.subtracting(["ldct"])
            #expect(imported.subtracting(declared).isEmpty, "\(target.name) imports what Package.swift does not say")
            #expect(declared.subtracting(imported).isEmpty, "\(target.name) declares what it does not import")
        }
    }

    /// Each C module has one Swift importer outside the tests, which does not pass it on.
    @Test func cModulesHaveOneImporter() throws {
        let modules = try Repository.text("Package.swift").matches(of: #/name: "(C[A-Z]\w+)"/#).map { String($0.1) }
            .filter { $0 != "CommandTests" }
        try #require(modules.count >= 10)
        var importers: [String: Set<String>] = [:]
        for path in Repository.swiftFiles(below: "Sources") {
            let text = try Repository.text(path)
            for module in Self.imports(text) where modules.contains(module) {
                importers[module, default: []].insert(String(path.split(separator: "/")[1]))
                #expect(
                    !text.contains("public import \(module)") && !text.contains("package import \(module)"), "\(path)")
            }
        }
        for (module, targets) in importers {
            #expect(targets.count == 1, "\(module) is imported by \(targets.sorted())")
        }
    }

    /// The check sees what it looks for.
    @Test func importsAndDependenciesAreRead() {
        let source = "import A\n@_spi(X) public import B\nimport func C.f\n// import D\ninternal import E\n"
        #expect(Self.imports(source) == ["A", "B", "C", "E"])
        let text = """
            .target(
                name: "T", dependencies: ["A", .product(name: "P", package: "q")], resources: [.copy("R")]),
            .testTarget(name: "U", dependencies: ["T"], path: "Elsewhere"),
            """
        let targets = Self.targets(text)
        #expect(targets.map(\.name) == ["T", "U"] && targets.map(\.path) == ["Sources/T", "Elsewhere"])
        #expect(targets.map(\.dependencies) == [["A", "P"], ["T"]])
    }
}
