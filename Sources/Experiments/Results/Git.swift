import Foundation

/// What the clone that the process runs in says.
enum Git {
    /// Standard output of a command that succeeded, without surrounding white space; nil of any other, and outside a clone.
    static func text(_ arguments: [String], in folder: String = ".") -> String? {
        data(arguments, in: folder).map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    static func data(_ arguments: [String], in folder: String = ".") -> Data? {
        Process.output(of: ["git", "-C", folder] + arguments)
    }
}

extension Process {
    /// Standard output of a program on the PATH that succeeded; nil of any other, and where there is none.
    static func output(of words: [String]) -> Data? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : nil
    }
}
