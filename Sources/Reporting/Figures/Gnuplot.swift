import Foundation
import Support

/// The program that draws figures. It is wanted, not needed: without it, data and scripts are still written.
package struct Gnuplot: Sendable {
    /// Debian's package of it.
    package static let package = "gnuplot-nox"

    private let program: String

    /// Nil if there is no `gnuplot` on the PATH.
    package init?() {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        guard let found = folders.map({ "\($0)/gnuplot" }).first(where: FileManager.default.isExecutableFile) else {
            return nil
        }
        program = found
    }

    /// Draws every format of a figure into `folder`; an old picture is replaced only by a complete new one.
    /// - Throws: `FileError.unwritable` with gnuplot's last complaint.
    package func draw(_ figure: Figure, in folder: String) throws {
        // What is drawn may be a patient's slice.
        let url = FileManager.default.temporaryDirectory.appending(path: "figure-\(UUID().uuidString)")
        let scratch: PrivateFolder
        do { scratch = try PrivateFolder(url.path) } catch {
            throw FileError.refused(
                file: url.path, reason: "cannot be made", expected: "a writable folder for temporary files")
        }
        defer { scratch.remove() }
        try scratch.write(Data(figure.csv.utf8), to: "\(figure.name).csv")
        try scratch.write(Data(figure.script.utf8), to: "\(figure.name).gnuplot")
        for format in Figure.formats {
            let picture = "\(figure.name).\(format)"
            let complaint = run(["-e", "format='\(format)'", "\(figure.name).gnuplot"], in: url)
            guard complaint == nil, let data = scratch.contents(picture), !data.isEmpty else {
                throw FileError.unwritable(
                    file: "\(folder)/\(picture)", reason: "gnuplot: \(complaint ?? "drew nothing")")
            }
            try AtomicFile.write(format == "svg" ? figure.titled(data) : data, to: "\(folder)/\(picture)")
        }
    }

    /// What gnuplot has to complain about, nil if nothing.
    private func run(_ arguments: [String], in folder: URL) -> String? {
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        do { try process.run() } catch { return "cannot be started" }
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let line = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy { $0 == " " || $0 == "^" } }
        if let line { return line.trimmingCharacters(in: .whitespaces) }
        return process.terminationStatus == 0 ? nil : "ended with status \(process.terminationStatus)"
    }
}
