package import Dispatch
import Foundation

/// Ends the process when it is told to stop, but never in the middle of a write.
///
/// Nothing else has to be done: what is finished is on disk, and the next run goes on from there.
package enum Interruption {
    /// Recursive, as a write in one piece may be a step of another.
    private static let writing = NSRecursiveLock()
    /// A thread of its own: on one processor the system's shared queues have one thread, which is busy computing.
    private static let queue = DispatchQueue(label: "ldct.signals")

    /// From now on Ctrl-C, SIGTERM and SIGUSR1, with which Slurm warns of a time limit, end the process with one line and status
    /// 128 + signal, as a shell reports it.
    /// - Parameter advice: What the line says after "stopped": how to go on.
    /// - Returns: What listens; stops listening when it goes.
    package static func handle(_ advice: String) -> [any DispatchSourceSignal] {
        listen(to: [SIGINT, SIGTERM, SIGUSR1]) { number in
            writing.withLock {
                let start = isatty(STDERR_FILENO) == 1 ? "\r\u{1b}[K" : ""
                Console.error("\(start)ldct: stopped; \(advice)\n")
                _exit(128 + number)
            }
        }
    }

    /// From now on `action` is what these signals do.
    /// - Returns: What listens; stops listening when it goes.
    package static func listen(
        to signals: [Int32], _ action: @escaping @Sendable (Int32) -> Void
    ) -> [any DispatchSourceSignal] {
        signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { action(number) }
            source.resume()
            return source
        }
    }

    /// Runs a write that a signal waits for. `AtomicFile` does so by itself.
    package static func whileWriting<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        writing.lock()
        defer { writing.unlock() }
        return try body()
    }
}
