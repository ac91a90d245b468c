import CIsolation
import Foundation

/// What this process may use, and has used, of the machine.
package enum Resources {
    /// Processors this process may run on when it starts: those of its affinity mask, which cpusets narrow, and no more than a Slurm
    /// job was given. The threads of everything that is not told a number, and the `cores` of its records.
    package static let threads = allowed(
        mask: mask(statusOf: "/proc/self/status") ?? ProcessInfo.processInfo.activeProcessorCount,
        environment: ProcessInfo.processInfo.environment)

    package static func allowed(mask: Int, environment: [String: String]) -> Int {
        max(1, min(mask, SlurmAllocation.processors(environment) ?? mask))
    }

    /// Processors in the affinity mask, `Cpus_allowed` of `/proc/<process>/status` (proc(5)): hexadecimal words and commas. What the
    /// system counts as online takes no notice of it.
    package static func mask(statusOf path: String) -> Int? {
        guard let digits = statusValue("Cpus_allowed:", in: path) else { return nil }
        let count = digits.compactMap { $0.hexDigitValue?.nonzeroBitCount }.reduce(0, +)
        return count > 0 ? count : nil
    }

    /// The largest resident set of this process so far, in bytes, as Linux counts it; nil where the system does not tell.
    package static var peakMemory: Int? {
        statusValue("VmHWM:", in: "/proc/self/status").flatMap { Int($0) }.map { $0 << 10 }
    }

    /// The first word of a line of `/proc/<process>/status`.
    private static func statusValue(_ name: String, in path: String) -> Substring? {
        guard let status = try? String(contentsOfFile: path, encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) })
        else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first
    }

    /// Forgets the past, free memory included, so that the next reading is of what comes now. Where the system refuses, readings are of
    /// the whole process.
    package static func resetPeakMemory() {
        giveBackMemory()
        try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    }

    /// Hands memory that is free back to the system, which the allocator keeps otherwise.
    package static func giveBackMemory() { isolation_give_back() }

    /// Lets what one thread frees serve the next one. To be called before there is a second thread.
    package static func shareHeap() { isolation_share_heap() }

    /// Whether freed memory waits for its next use. The tensors and messages of a layer are as large as those of the one before, and
    /// fresh pages for them took a tenth of a run; but the holes they leave between them take memory, a tenth and more.
    package static func keepFreedMemory(_ keeps: Bool) { isolation_keep_freed(keeps ? 1 : 0) }
}
