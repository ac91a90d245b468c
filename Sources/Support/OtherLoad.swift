import Foundation

/// How much of the machine other processes took while something ran, as Linux counts it: seconds measured beside them are too long.
package struct OtherLoad {
    private let start = ContinuousClock.now
    private let busy: Double
    private let own: Double

    /// Starts to count; nil where the system does not tell.
    package init?() {
        guard let busy = Self.busySeconds, let own = Self.ownSeconds else { return nil }
        self.busy = busy
        self.own = own
    }

    /// Cores kept busy by others since the start, on average.
    package var cores: Double? {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        guard elapsed > 0, let busy = Self.busySeconds, let own = Self.ownSeconds else { return nil }
        return max(0, (busy - self.busy - (own - self.own)) / elapsed)
    }

    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    /// Of all processors together since the system started; time stolen by a host counts, idle time and waiting do not.
    private static var busySeconds: Double? {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first, line.hasPrefix("cpu ")
        else { return nil }
        // user, nice, system, idle, iowait, irq, softirq, steal
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        return (ticks.reduce(0, +) - ticks[3] - ticks[4]) / ticksPerSecond
    }

    /// Of this process, all threads.
    private static var ownSeconds: Double? {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
