import Foundation
import HDF5
import Imaging
import Numerics
import Testing

/// Killed at random points, `prepare` and `denoise` lose nothing, double nothing, and leave nothing half-written: the same command
/// again ends with the images that an undisturbed run gives.
///
/// `LDCT_KILLS` sets the number of kills of each (default 5).
@Suite(.serialized) struct KillTests {
    static let kills = ProcessInfo.processInfo.environment["LDCT_KILLS"].flatMap { Int($0) } ?? 5

    /// - Parameters:
    ///   - whole: checks the finished output.
    private func survive(
        _ program: Program, _ command: String, output: String, seed: UInt64, whole: (String) throws -> Void
    ) throws {
        let start = ContinuousClock.now
        try program.succeed(command)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let files = program.files
        try whole(program.path(output))
        var generator = SeededGenerator(seed: seed)
        for kill in 1...Self.kills {
            try FileManager.default.removeItem(atPath: program.path(output))
            // The same work may be killed more than once before it is done.
            for _ in 1...Int.random(in: 1...3, using: &generator) {
                let process = try program.start(command)
                Thread.sleep(forTimeInterval: seconds * Double.random(in: 0...1.1, using: &generator))
                Foundation.kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if program.files.contains(output) {
                    try whole(program.path(output))
                    break
                }
            }
            // Killed between the last two steps, it leaves its parts beside the finished output: the same command takes them away.
            let isDone = program.files.contains(output)
            try program.succeed(command + (isDone ? " --force" : ""))
            try whole(program.path(output))
            let left = program.files.filter { !files.contains($0) && !$0.contains(".tmp") }
            #expect(left == [], "kill \(kill) left \(left)")
        }
    }

    @Test func preparation() throws {
        try Program.withFolder { program in
            try program.arrange("plain", ["full"]) { _ in nil }
            let command =
                "prepare dicom plain --output p.h5 --patch-size 16 --stride 16 --views 6000 --salt-file .s --quiet"
            var expected: PatchDataset?
            try survive(program, command, output: "p.h5", seed: 41) { path in
                let found = try PatchDataset(reading: path)
                #expect(found == expected ?? found)
                expected = found
            }
        }
    }

    @Test func denoising() throws {
        try Program.withFolder { program in
            try RandomNetworkFile.write(to: program.path("w.h5"))
            let command =
                "denoise --input \(DICOMInputs.syntax("explicit-little")) --weights w.h5 --output o.h5 --key-bits 1024 --insecure "
                + "--threads 1 --quiet"
            var expected: [[Float]]?
            try survive(program, command, output: "o.h5", seed: 42) { path in
                let file = try HDF5File(reading: path)
                let found = [
                    try file.read(Float.self, from: "/input").values,
                    try file.read(Float.self, from: "/encrypted").values,
                ]
                #expect(found == expected ?? found)
                #expect(try file.attribute("mismatched_values", as: Int.self) == 0)
                expected = found
            }
        }
    }
}
