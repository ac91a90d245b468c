import ArgumentParser
import Foundation
import Reporting

/// How a command prints a table.
enum TableFormat: String, CaseIterable, ExpressibleByArgument {
    case text, markdown, csv, latex

    /// Aligned text on a terminal, Markdown in a file or pipe.
    static var usual: TableFormat { isatty(STDOUT_FILENO) == 1 ? .text : .markdown }

    func text(of table: Table, notes: Bool = false) -> String {
        switch self {
        case .text: table.text(width: Terminal.width, notes: notes)
        case .markdown: table.markdown()
        case .csv: table.csv()
        case .latex: table.latex()
        }
    }
}

enum Terminal {
    /// Characters of a line on standard output; 120 where it is no terminal.
    static var width: Int {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 120
        }
        return max(40, Int(size.ws_col))
    }
}
