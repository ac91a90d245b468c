import Foundation

/// The largest resident set of this process, as Linux counts it.
enum PeakMemory {
    /// Forgets the past, so that the next reading is of what comes now. Where the system refuses, readings are of the whole process.
    static func reset() { try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }

    /// Bytes; nil where the system does not tell.
    static var bytes: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes << 10
    }
}
