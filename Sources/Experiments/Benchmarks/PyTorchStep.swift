import Denoising
import Foundation

/// PyTorch's side of `TrainingBenchmark`: a Python that waits for a line, runs one step and answers with a line.
final class PyTorchStep {
    let version: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// Of this repository, wherever the program is called from.
    static var script: String {
        let script = "Experiments/pytorch-step.py"
        guard !FileManager.default.fileExists(atPath: script),
            let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            let build = program.range(of: "/.build/")
        else { return script }
        return "\(program[..<build.lowerBound])/\(script)"
    }

    /// nil where Python, the script or PyTorch is missing.
    init?(_ python: String, _ network: RandomNetwork, images: TensorShape, threads: Int) {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let numbers = [network.channels, network.depth, images.height, images.count, threads]
        process.arguments = [python, Self.script, network.decoder.rawValue] + numbers.map { "\($0)" }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil, let line = Self.line(output.fileHandleForReading) else { return nil }
        version = line
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// One step.
    func run() throws {
        // The other end may be gone: then no line comes, and no signal may end this process.
        let usual = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, usual) }
        try? input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        guard Self.line(output.fileHandleForReading) != nil else {
            throw BenchmarkError.option(name: "PyTorch's step", found: "not finished", expected: "an answer a step")
        }
    }

    /// nil at the end of the stream.
    private static func line(_ handle: FileHandle) -> String? {
        var bytes = Data()
        while let byte = try? handle.read(upToCount: 1), !byte.isEmpty {
            if byte == Data("\n".utf8) { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
