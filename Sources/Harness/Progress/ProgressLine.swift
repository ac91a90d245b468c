import Foundation
import Synchronization

/// One line on standard error that tells how far a piece of work is: share, rate, time left. Silent unless that is a
/// terminal.
///
/// Any task may call `advance`.
public final class ProgressLine: Sendable {
    private struct State {
        var done = 0
        var lastShown = ContinuousClock.Instant.now
    }

    private let label: String
    private let unit: String
    private let total: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    /// - Parameters:
    ///   - label: What is done ("simulating").
    ///   - unit: What is counted, in the plural ("slices").
    ///   - isQuiet: Shows nothing whatever standard error is.
    public init(_ label: String, total: Int, unit: String, isQuiet: Bool = false) {
        self.label = label
        self.unit = unit
        self.total = total
        isShown = !isQuiet && isatty(STDERR_FILENO) == 1
    }

    public func advance(by count: Int = 1) {
        guard isShown else { return }
        state.withLock { state in
            state.done += count
            let now = ContinuousClock.now
            guard state.done >= total || now - state.lastShown > .milliseconds(100) else { return }
            state.lastShown = now
            Self.write("\r\u{1b}[K" + Self.text(label, state.done, of: total, unit, after: (now - start) / .seconds(1)))
        }
    }

    /// Wipes the line, so that what follows starts at the margin.
    public func finish() {
        guard isShown else { return }
        Self.write("\r\u{1b}[K")
    }

    /// "simulating 12/76 slices, 8.4 slices/s, 8 s left"
    package static func text(_ label: String, _ done: Int, of total: Int, _ unit: String, after seconds: Double)
        -> String
    {
        let head = "\(label) \(done)/\(total) \(unit)"
        guard done > 0, seconds > 0 else { return head }
        let rate = Double(done) / seconds
        let left = Double(total - done) / rate
        let time = left < 90 ? "\(Int(left.rounded(.up))) s" : "\(Int((left / 60).rounded(.up))) min"
        return "\(head), \(String(format: rate < 10 ? "%.1f" : "%.0f", rate)) \(unit)/s, \(time) left"
    }

    private static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
