package import Foundation

/// A folder of its own for one test, removed with all it holds. The one maker of temporary folders in the tests.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ldct-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    package var url: URL { URL(fileURLWithPath: path) }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }
}

/// Runs a test in a folder that is gone afterwards.
package func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try body(folder.path)
}
