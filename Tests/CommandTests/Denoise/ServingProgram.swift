import Foundation
import Synchronization
import Testing

/// `ldct serve` as a child process, and what it says.
final class ServingProgram {
    private let process: Process
    private let text: Collected
    let port: Int

    private final class Collected: Sendable {
        let text = Mutex("")
    }

    /// Starts the program and waits until it listens.
    init(_ program: Program, _ arguments: String) throws {
        let errors = Pipe()
        let text = Collected()
        errors.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard !data.isEmpty else {
                handle.readabilityHandler = nil
                return
            }
            text.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
        }
        process = try program.start("serve \(arguments)", errors: errors)
        self.text = text
        let deadline = Date.now.addingTimeInterval(60)
        while true {
            let log = text.text.withLock { $0 }
            if let match = log.firstMatch(of: /serving .* on [^ ]*:([0-9]+)\n/), let port = Int(match.1) {
                self.port = port
                break
            }
            try #require(process.isRunning && Date.now < deadline, "\(log)")
            usleep(10_000)
        }
    }

    var identifier: Int32 { process.processIdentifier }
    var log: String { text.text.withLock { $0 } }

    /// Sends a signal and waits for the end. - Returns: the exit status, of a signal if that ended it.
    @discardableResult func end(_ signal: Int32 = SIGTERM) -> Int32 {
        kill(identifier, signal)
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits for words in the log.
    func waitFor(_ words: String, seconds: Double = 20) -> Bool {
        let deadline = Date.now.addingTimeInterval(seconds)
        while Date.now < deadline {
            if log.contains(words) { return true }
            usleep(10_000)
        }
        return false
    }

    /// Resident memory, bytes.
    var memory: Int? {
        let status = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
        return status?.firstMatch(of: /VmRSS:\s+([0-9]+) kB/).flatMap { Int($0.1) }.map { $0 << 10 }
    }
}
