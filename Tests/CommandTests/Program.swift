import Foundation
import Synchronization
import TestSupport
import Testing

/// The built `ldct`, run as a user runs it, in a folder of its own that is gone after the test.
struct Program {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    let folder: URL

    static func withFolder(_ body: (Program) throws -> Void) throws {
        try withTemporaryFolder { try body(Program(folder: URL(fileURLWithPath: $0))) }
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// All files below the folder, without hidden ones.
    var files: [String] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: path(name), isDirectory: &isFolder)
            return isThere && !isFolder.boolValue && !name.split(separator: "/").contains { $0.hasPrefix(".") }
        }.sorted()
    }

    /// Starts the program; words of `arguments` are separated by spaces.
    /// - Parameter processor: The only one it may run on; nil leaves it all.
    func start(
        _ arguments: String, environment: [String: String] = [:], processor: Int? = nil, output: Pipe = Pipe(),
        errors: Pipe = Pipe()
    ) throws -> Process {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "ldct")
        let words = arguments.split(separator: " ").map(String.init)
        process.executableURL = processor == nil ? program : URL(fileURLWithPath: "/usr/bin/taskset")
        process.arguments = (processor.map { ["-c", "\($0)", program.path] } ?? []) + words
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = errors
        try process.runUnmasked()
        return process
    }

    func run(_ arguments: String, environment: [String: String] = [:]) throws -> Result {
        let (output, errors) = (Pipe(), Pipe())
        return try Self.result(
            of: start(arguments, environment: environment, output: output, errors: errors), output, errors)
    }

    /// Waits for a program that was started.
    static func result(of process: Process, _ output: Pipe, _ errors: Pipe) throws -> Result {
        // A program that fills a pipe waits for its reader: both are read while it runs.
        let complaints = PipeText(errors)
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: text, errors: complaints.text)
    }

    /// Runs what must succeed, and returns its standard output.
    @discardableResult func succeed(_ arguments: String) throws -> String {
        let result = try run(arguments)
        try #require(result.status == 0, "ldct \(arguments): \(result.errors)")
        return result.output
    }
}

extension Process {
    /// Starts it with no signal blocked. A child inherits the mask of the thread that starts it, and the threads tests run on block
    /// nearly all signals: a shell started there never runs its traps.
    func runUnmasked() throws {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}

/// What comes out of a pipe, read as it comes.
final class PipeText: Sendable {
    private let data = Mutex(Data())
    private let isDone = DispatchSemaphore(value: 0)

    init(_ pipe: Pipe) {
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread { [self] in
            let all = (try? handle.readToEnd()) ?? nil
            data.withLock { $0 = all ?? Data() }
            isDone.signal()
        }
    }

    /// Waits for the other end to be closed. To be asked for once.
    var text: String {
        isDone.wait()
        return data.withLock { String(decoding: $0, as: UTF8.self) }
    }
}
