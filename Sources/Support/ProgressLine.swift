import Foundation
import Synchronization

/// How far a piece of work is, on standard error. A terminal shows one line that changes: a bar, share, rate, time left; a log gets
/// a line a minute.
///
/// Any task may call `advance`.
package final class ProgressLine: Sendable {
    private struct State {
        var done: Int
        /// Of work that is measured by its share.
        var share = 0.0
        var lastShown = ContinuousClock.Instant.now
    }

    private let label: String
    private let unit: String
    private let total: Int
    /// Of an earlier run; not counted in the rate.
    private let before: Int
    private let isShown: Bool
    private let isTerminal: Bool
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
        isShown = !isQuiet
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Of work whose parts are expected to take different times: told in percent of the whole.
    package convenience init(_ label: String, isQuiet: Bool = false) {
        self.init(label, total: Self.whole, unit: Self.percent, isQuiet: isQuiet)
    }

    /// - Parameter note: What else is to be told, at the end of the line.
    package func advance(by count: Int = 1, note: String = "") {
        show(note) { $0.done += count }
    }

    /// - Parameter share: Of the whole, 0 to 1.
    package func advance(share: Double) {
        show { state in
            state.share += share
            state.done = Int(state.share * Double(Self.whole))
        }
    }

    private func show(_ note: String = "", after change: (inout State) -> Void) {
        guard isShown else { return }
        state.withLock { state in
            change(&state)
            let now = ContinuousClock.now
            let isDue = now - state.lastShown > (isTerminal ? .milliseconds(100) : .seconds(60))
            guard isDue || (isTerminal && state.done >= total) else { return }
            state.lastShown = now
            let text =
                Self.text(label, state.done, of: total, unit, since: before, after: (now - start) / .seconds(1))
                + (note.isEmpty ? "" : ", \(note)")
            Console.error(isTerminal ? "\r\u{1b}[K\(text)" : "\(text)\n")
        }
    }

    /// Wipes the line, so that what follows starts at the margin; another advance draws it again.
    package func finish() {
        guard isShown, isTerminal else { return }
        Console.error("\r\u{1b}[K")
    }

    /// "simulating [===>                ] 12/76 slices, 8.4 slices/s, 8 s left"
    package static func text(
        _ label: String, _ done: Int, of total: Int, _ unit: String, since before: Int = 0, after seconds: Double
    ) -> String {
        let filled = total > 0 ? barWidth * min(done, total) / total : barWidth
        let tip = filled < barWidth ? ">" : ""
        let bar = String(repeating: "=", count: filled) + tip
        let amount = unit == percent ? "\(done * 100 / total) %" : "\(done)/\(total) \(unit)"
        let head = "\(label) [\(bar)\(String(repeating: " ", count: barWidth - bar.count))] \(amount)"
        guard done > before, seconds > 0 else { return head }
        let rate = Double(done - before) / seconds
        let left = Double(max(0, total - done)) / rate
        guard unit != percent else { return "\(head), \(duration(left)) left" }
        return "\(head), \(String(format: rate < 10 ? "%.2g" : "%.0f", rate)) \(unit)/s, \(duration(left)) left"
    }

    /// "8 s", "12 min", rounded up.
    package static func duration(_ seconds: Double) -> String {
        // What no clock shows may be no integer either.
        let seconds = seconds < 1e15 ? seconds : 1e15
        return seconds < 90 ? "\(Int(seconds.rounded(.up))) s" : "\(Int((seconds / 60).rounded(.up))) min"
    }

    private static let barWidth = 20
    /// Steps of a share.
    private static let whole = 1000
    private static let percent = "%"
}
