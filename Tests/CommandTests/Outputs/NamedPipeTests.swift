import Foundation
import TestSupport
import Testing

/// A named pipe where a file is expected: refused where nobody writes to it, never waited for without end.
struct NamedPipeTests {
    /// `PIPE` has no writer. Commands that need other files find committed ones.
    static let commands = [
        "run PIPE", "train PIPE", "report PIPE", "report --document PIPE", "check PIPE", "compare PIPE",
        "data check PIPE", "submit PIPE --shards 2", "submit --each PIPE",
        "prepare volume PIPE --shape 1,64,64 --dtype int16 --spacing 1,1,1 --output out.h5",
        "weights inspect PIPE", "weights convert PIPE out.h5", "weights calibrate WEIGHTS --data PIPE",
        "weights compare PIPE --data PIPE", "weights compare WEIGHTS --data PIPE",
        "denoise --input PIPE --weights WEIGHTS --mode linear --output out.h5",
        "denoise --input PIPE --weights PIPE --mode linear --output out.h5",
        "encrypt --key PIPE 1", "decrypt --key PIPE PIPE",
        "serve --weights PIPE --listen 127.0.0.1:0 --insecure-plain-text",
        "serve --weights WEIGHTS --listen 127.0.0.1:0 --ca PIPE --certificate PIPE --key PIPE",
        "attack filters --transcript FOLDER",
    ]

    @Test(arguments: commands) func isRefused(command: String) throws {
        try Program.withFolder { program in
            try #require(mkfifo(program.path("pipe"), 0o600) == 0)
            try FileManager.default.createDirectory(
                at: program.folder.appending(path: "folder"), withIntermediateDirectories: false)
            try #require(mkfifo(program.path("folder/header.json"), 0o600) == 0)
            let weights = Repository.root.appending(path: "Experiments/weights/3-linear.h5").path
            let arguments = command.replacing("PIPE", with: "pipe").replacing("FOLDER", with: "folder")
                .replacing("WEIGHTS", with: weights)
            let (output, errors) = (Pipe(), Pipe())
            let process = try program.start(arguments, output: output, errors: errors)
            let watchdog = DispatchWorkItem { process.terminate() }
            DispatchQueue.global().asyncAfter(deadline: .now() + 10, execute: watchdog)
            let result = try Program.result(of: process, output, errors)
            watchdog.cancel()
            #expect(process.terminationReason == .exit, "ended only because it was told to")
            #expect(result.status == 2, "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }

    /// As in `ldct run <(make-experiment)`, with a writer that takes its time.
    @Test func whatSomebodyWritesIsRead() throws {
        try Program.withFolder { program in
            let pipe = program.path("pipe")
            try #require(mkfifo(pipe, 0o600) == 0)
            let writer = Process()
            writer.executableURL = URL(fileURLWithPath: "/bin/sh")
            writer.arguments = ["-c", "sleep 0.5; { sleep 3; echo 'unknown: 1'; } > '\(pipe)'"]
            try writer.run()
            let result = try program.run("run pipe")
            writer.waitUntilExit()
            #expect(result.status == 2)
            #expect(result.errors.contains("unknown"), "\(result.errors)")
        }
    }
}
