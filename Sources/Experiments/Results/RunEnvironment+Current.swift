import Foundation
package import Reporting
import Support

extension RunEnvironment {
    /// The machine this process runs on. It asks nothing that names a user, a host or a folder.
    /// - Parameters:
    ///   - kernel: Path of the modular arithmetic in use.
    ///   - libraries: Versions of linked libraries, by name.
    package static func current(kernel: String, libraries: [String: String]) -> RunEnvironment {
        RunEnvironment(
            processor: value(of: "model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown processor",
            cores: Resources.threads, memoryBytes: ProcessInfo.processInfo.physicalMemory,
            system: "\(systemName), \(architecture)", swift: swiftVersion, kernel: kernel, commit: commit,
            libraries: libraries,
            // `2026-11-25`, UTC.
            date: Date().formatted(.iso8601.year().month().day()), version: ProgramVersion.current)
    }

    private static var systemName: String {
        value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=")?.trimmingCharacters(in: ["\""])
            ?? "unknown system"
    }

    /// The value of the first `name<separator>value` line of a text file.
    private static func value(of name: String, in path: String, separator: Character) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: separator, maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, parts[0] == name { return parts[1] }
        }
        return nil
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "other architecture"
        #endif
    }

    /// The compiler this program was built with; the language offers no patch number.
    private static var swiftVersion: String {
        #if compiler(>=6.5)
            "6.5 or later"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    /// The commit of the clone the process runs in, with `+` if tracked files had been changed.
    private static var commit: String? {
        guard let commit = Git.text(["rev-parse", "--short=12", "HEAD"]), !commit.isEmpty else { return nil }
        let isChanged = Git.text(["status", "--porcelain", "--untracked-files=no"])?.isEmpty == false
        return isChanged ? commit + "+" : commit
    }
}
