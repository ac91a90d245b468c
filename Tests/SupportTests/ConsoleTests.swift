import Support
import Testing

@Suite struct ConsoleTests {
    /// What comes from a file or a peer cannot move the cursor, forge a line or fill the screen.
    @Test(arguments: [
        ("plain, \u{e9} and \u{1f600}", "plain, \u{e9} and \u{1f600}"),
        ("two\nlines\r\nmore\u{2028}end", "two lines more end"),
        ("\u{1b}]0;title\u{7}\u{1b}[2J", "?]0;title??[2J"), ("a\tb\u{0}c\u{7f}\u{9b}1m", "a b?c??1m"), ("", ""),
        ("scan\u{202e}5h.exe\u{2066}", "scan?5h.exe?"),
    ])
    func aLineHasNoControlCharacters(text: String, line: String) {
        #expect(Console.line(text) == line)
    }

    @Test func longLinesAreCut() {
        #expect(Console.line(String(repeating: "x", count: 2000)).count == 2000)
        let cut = Console.line(String(repeating: "x", count: 2001))
        #expect(cut.count == 2003 && cut.hasSuffix("x..."))
    }
}
