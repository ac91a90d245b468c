import Foundation
import Testing

/// Compares text with a stored file. With `RECORD_SNAPSHOTS=1` it is stored instead, and the test still fails, so
/// that nobody records by accident.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let stored = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
        try Data(text.utf8).write(to: stored, options: .atomic)
        Issue.record("Golden/\(name) was recorded; look at the change, then run again", sourceLocation: sourceLocation)
        return
    }
    let expected = try String(contentsOf: stored, encoding: .utf8)
    #expect(text == expected, "differs from Golden/\(name)", sourceLocation: sourceLocation)
}
