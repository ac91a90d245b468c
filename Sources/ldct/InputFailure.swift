import ArgumentParser
import Configuration
import Foundation
import Support

/// Runs the program so that every wrong input ends the same way: one line on standard error, exit status 2.
enum InputFailure {
    /// Parses the arguments and runs the command they name.
    static func run() async {
        Console.occupyStandardDescriptors()
        // Past a limit on file sizes a write fails, as on a full disk, instead of ending the process.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try Root.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            // A command that has said all there is to say.
            Foundation.exit(code.rawValue)
        } catch {
            guard Root.exitCode(for: error) == .success else { end(error) }
            // --help, --version
            do { try print(Root.fullMessage(for: error)) } catch { end(error) }
        }
    }

    private static func end(_ error: any Error) -> Never {
        Console.error("ldct: \(line(error))\n")
        Foundation.exit((error as? any ExitStatusError)?.exitStatus ?? 2)
    }

    private static func line(_ error: any Error) -> String {
        let text = Console.line(Root.message(for: error))
        guard Root.exitCode(for: error) == .validationFailure else { return text }
        let called = called()
        let command = (["ldct"] + called.names).joined(separator: " ")
        return "\(text)\(hintAtNumbers(text))\(nearest(called)) (\(command) --help tells what is expected)"
    }

    /// What looks like an option is a number more often than not.
    private static func hintAtNumbers(_ text: String) -> String {
        if text.firstMatch(of: /option '-[0-9.]/) != nil { return "; negative numbers go after --" }
        let arguments = CommandLine.arguments
        guard let missing = text.firstMatch(of: /Missing value for '(--[a-z0-9-]+)/),
            let place = arguments.firstIndex(of: String(missing.1)), place + 1 < arguments.count,
            arguments[place + 1].firstMatch(of: /^-[0-9.]/) != nil
        else { return "" }
        return "; a negative one is written \(missing.1)=\(Console.line(arguments[place + 1]))"
    }

    /// "; did you mean 'run'?" where a name stands that no command has.
    private static func nearest(_ path: (names: [String], last: any ParsableCommand.Type)) -> String {
        let valid = path.last.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let next = CommandLine.arguments.dropFirst(1 + path.names.count).first, !next.hasPrefix("-"),
            let found = NearestName.find(next, in: valid)
        else { return "" }
        return "; did you mean '\(found)'?"
    }

    /// The commands that the arguments start with, and the last of them.
    private static func called() -> (names: [String], last: any ParsableCommand.Type) {
        var names: [String] = []
        var current: any ParsableCommand.Type = Root.self
        for argument in CommandLine.arguments.dropFirst() {
            let next = current.configuration.subcommands.first { $0.configuration.commandName == argument }
            guard let next else { break }
            names.append(argument)
            current = next
        }
        return (names, current)
    }
}
