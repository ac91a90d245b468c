import ArgumentParser
import Foundation
import Support

/// Runs the program so that every wrong input ends the same way: one line on standard error, exit status 2.
enum InputFailure {
    static let status: Int32 = 2

    /// Parses the arguments and runs the command they name.
    static func run<Command: ParsableCommand>(_ root: Command.Type) async {
        Console.occupyStandardDescriptors()
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
                root.exit(withError: error)  // --help, --version
            }
            Console.error("ldct: \(line(error, in: root))\n")
            Foundation.exit((error as? any ExitStatusError)?.exitStatus ?? status)
        }
    }

    private static func line<Command: ParsableCommand>(_ error: any Error, in root: Command.Type) -> String {
        let isUsage = root.exitCode(for: error) == .validationFailure
        let text = root.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        return isUsage ? "\(text) (ldct --help tells what is expected)" : text
    }
}
