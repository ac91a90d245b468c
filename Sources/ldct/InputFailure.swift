import ArgumentParser
import Configuration
import Foundation
import Support

/// Runs the program so that every wrong input ends the same way: one line on standard error, exit status 2.
enum InputFailure {
    static let status: Int32 = 2

    /// Parses the arguments and runs the command they name.
    static func run<Command: ParsableCommand>(_ root: Command.Type) async {
        Console.occupyStandardDescriptors()
        // Past a limit on file sizes a write fails, as on a full disk, instead of ending the process.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try root.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            // A command that has said all there is to say.
            Foundation.exit(code.rawValue)
        } catch {
            if root.exitCode(for: error) == .success {
                // --help, --version
                say { () throws(FileError) in try print(root.fullMessage(for: error)) }
                Foundation.exit(0)
            }
            Console.error("ldct: \(line(error, in: root))\n")
            Foundation.exit((error as? any ExitStatusError)?.exitStatus ?? status)
        }
    }

    private static func say(_ body: () throws(FileError) -> Void) {
        do { try body() } catch {
            Console.error("ldct: \(error)\n")
            Foundation.exit(error.exitStatus)
        }
    }

    private static func line<Command: ParsableCommand>(_ error: any Error, in root: Command.Type) -> String {
        let isUsage = root.exitCode(for: error) == .validationFailure
        let text = Console.line(root.message(for: error))
        guard isUsage else { return text }
        return "\(text)\(hintAtNumbers(text))\(nearest(in: root)) (\(command(in: root)) --help tells what is expected)"
    }

    /// What looks like an option is a number more often than not.
    private static func hintAtNumbers(_ text: String) -> String {
        if text.firstMatch(of: /option '-[0-9.]/) != nil { return "; negative numbers go after --" }
        let arguments = CommandLine.arguments
        guard let missing = text.firstMatch(of: /Missing value for '(--[a-z0-9-]+)/),
            let place = arguments.firstIndex(of: String(missing.1)), place + 1 < arguments.count,
            arguments[place + 1].firstMatch(of: /^-[0-9.]/) != nil
        else { return "" }
        return "; a negative one is written \(missing.1)=\(arguments[place + 1])"
    }

    /// The command that was called, as far as it is one: `ldct weights convert`.
    private static func command<Command: ParsableCommand>(in root: Command.Type) -> String {
        ([root.configuration.commandName ?? "ldct"] + called(root).names).joined(separator: " ")
    }

    /// "; did you mean 'run'?" where a name stands that no command has.
    private static func nearest<Command: ParsableCommand>(in root: Command.Type) -> String {
        let path = called(root)
        let valid = path.last.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let next = CommandLine.arguments.dropFirst(1 + path.names.count).first, !next.hasPrefix("-"),
            let found = NearestName.find(next, in: valid)
        else { return "" }
        return "; did you mean '\(found)'?"
    }

    /// The commands that the arguments start with, and the last of them.
    private static func called<Command: ParsableCommand>(
        _ root: Command.Type
    ) -> (names: [String], last: any ParsableCommand.Type) {
        var names: [String] = []
        var current: any ParsableCommand.Type = root
        for argument in CommandLine.arguments.dropFirst() {
            let next = current.configuration.subcommands.first { $0.configuration.commandName == argument }
            guard let next else { break }
            names.append(argument)
            current = next
        }
        return (names, current)
    }
}
