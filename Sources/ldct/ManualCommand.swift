import ArgumentParser
import Support

/// The manual page, made of the help of every command.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print a manual page of all commands, for man.",
        discussion: """
            Example:
              mkdir -p ~/.local/share/man/man1 && ldct manual > ~/.local/share/man/man1/ldct.1
            """)

    func run() throws {
        let commands = Self.commands(below: Root.self, name: "ldct")
        try print(
            ([".TH LDCT 1 \"\" ldct", ".SH NAME", "ldct \\- \(Root.configuration.abstract)"]
                + commands.flatMap(Self.section)).joined(separator: "\n"))
    }

    private static func commands(
        below command: any ParsableCommand.Type, name: String
    ) -> [(name: String, type: any ParsableCommand.Type)] {
        [(name, command)]
            + command.configuration.subcommands.flatMap { inner in
                commands(below: inner, name: "\(name) \(inner.configuration.commandName ?? "\(inner)".lowercased())")
            }
    }

    /// The help as it stands on a terminal, line by line: neither filled nor read as roff.
    private static func section(_ command: (name: String, type: any ParsableCommand.Type)) -> [String] {
        let help = Root.helpMessage(for: command.type, columns: 78)
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let text = String(line).replacing("\\", with: "\\e").replacing("-", with: "\\-")
            return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&\(text)" : text
        }
        return [".SH \(command.name)", ".nf"] + lines + [".fi"]
    }
}
