import Denoising
import Foundation

/// PyTorch's side of `TrainingBenchmark`: a Python that waits for a line, runs one step and answers with a line.
final class PyTorchStep {
    let version: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// nil where Python, the script or PyTorch is missing.
    init?(_ parameters: TrainingBenchmark.Parameters, threads: Int) {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let numbers = [
            parameters.network.channels, parameters.network.depth, parameters.size, parameters.batch, threads,
        ]
        process.arguments =
            [parameters.python, parameters.script, parameters.network.decoder.rawValue] + numbers.map { "\($0)" }
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
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
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
