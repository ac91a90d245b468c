import Foundation

/// Text and attributes of HTML.
package enum HTML {
    /// Text that stands for itself, in an element or in a quoted attribute.
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// A folded part of a page.
    static func details(_ summary: String, _ content: String) -> String {
        "<details><summary>\(escaped(summary))</summary>\n\(content)</details>\n"
    }

    static func list(_ items: [String]) -> String {
        "<ul>\n" + items.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
    }

    /// A whole document that needs no other file and no network.
    static func document(title: String, body: String, script: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(escaped(title))</title>
        <style>
        \(PageStyle.text)</style>
        </head>
        <body>
        <main>
        \(body)</main>
        <script>
        \(script)</script>
        </body>
        </html>

        """
    }
}
