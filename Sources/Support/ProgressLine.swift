import Foundation
import Synchronization

/// One line on standard error that tells how far a piece of work is: a bar, share, rate, time left. Silent unless that is
/// a terminal.
///
/// Any task may call `advance`.
package final class ProgressLine: Sendable {
    private struct State {
        var done: Int
        var lastShown = ContinuousClock.Instant.now
    }

    private let label: String
    private let unit: String
    private let total: Int
    /// Of an earlier run; not counted in the rate.
    private let before: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameters:
    ///   - label: What is done ("simulating").
    ///   - unit: What is counted, in the plural ("slices").
    ///   - done: What an earlier run has done of it.
    ///   - isQuiet: Shows nothing whatever standard error is.
    package init(_ label: String, total: Int, unit: String, done: Int = 0, isQuiet: Bool = false) {
        self.label = label
        self.unit = unit
        self.total = total
        before = done
        state = Mutex(State(done: done))
        isShown = !isQuiet && isatty(STDERR_FILENO) == 1
    }

    /// - Parameter note: What else is to be told, at the end of the line.
    package func advance(by count: Int = 1, note: String = "") {
        guard isShown else { return }
        state.withLock { state in
            state.done += count
            let now = ContinuousClock.now
            guard state.done >= total || now - state.lastShown > .milliseconds(100) else { return }
            state.lastShown = now
            let text = Self.text(
                label, state.done, of: total, unit, since: before, after: (now - start) / .seconds(1))
            Self.write("\r\u{1b}[K" + text + (note.isEmpty ? "" : ", \(note)"))
        }
    }

    /// Wipes the line, so that what follows starts at the margin; another advance draws it again.
    package func finish() {
        guard isShown else { return }
        Self.write("\r\u{1b}[K")
    }

    /// "simulating [===>                ] 12/76 slices, 8.4 slices/s, 8 s left"
    package static func text(
        _ label: String, _ done: Int, of total: Int, _ unit: String, since before: Int = 0, after seconds: Double
    ) -> String {
        let filled = total > 0 ? barWidth * min(done, total) / total : barWidth
        let tip = filled < barWidth ? ">" : ""
        let bar = String(repeating: "=", count: filled) + tip
        let head = "\(label) [\(bar)\(String(repeating: " ", count: barWidth - bar.count))] \(done)/\(total) \(unit)"
        guard done > before, seconds > 0 else { return head }
        let rate = Double(done - before) / seconds
        let left = Double(total - done) / rate
        return "\(head), \(String(format: rate < 10 ? "%.2g" : "%.0f", rate)) \(unit)/s, \(duration(left)) left"
    }

    /// "8 s", "12 min", rounded up.
    package static func duration(_ seconds: Double) -> String {
        seconds < 90 ? "\(Int(seconds.rounded(.up))) s" : "\(Int((seconds / 60).rounded(.up))) min"
    }

    private static let barWidth = 20

    private static func write(_ text: String) {
        Console.error(text)
    }
}
