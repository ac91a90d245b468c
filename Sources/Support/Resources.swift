import Foundation

/// What this process may use, and has used, of the machine.
package enum Resources {
    /// Processors this process may run on.
    package static var threads: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// The largest resident set of this process so far, in bytes, as Linux counts it; nil where the system does not tell.
    package static var peakMemory: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes << 10
    }

    /// Forgets the past, so that the next reading is of what comes now. Where the system refuses, readings are of the whole process.
    package static func resetPeakMemory() { try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }
}
