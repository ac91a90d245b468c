package import Dispatch
import Foundation

/// Ends the process when it is told to stop, but never in the middle of a write.
///
/// Nothing else has to be done: what is finished is on disk, and the next run goes on from there.
package enum Interruption {
    private static let writing = NSLock()

    /// From now on Ctrl-C and SIGTERM end the process with one line and status 128 + signal, as a shell reports it.
    /// - Parameter advice: What the line says after "stopped": how to go on.
    /// - Returns: What listens; stops listening when it goes.
    package static func handle(_ advice: String) -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                writing.withLock {
                    let start = isatty(STDERR_FILENO) == 1 ? "\r\u{1b}[K" : ""
                    FileHandle.standardError.write(Data("\(start)ldct: stopped; \(advice)\n".utf8))
                    _exit(128 + number)
                }
            }
            source.resume()
            return source
        }
    }

    /// Runs a write that a signal waits for.
    static func whileWriting<Result>(_ body: () throws -> Result) rethrows -> Result {
        try writing.withLock(body)
    }
}
