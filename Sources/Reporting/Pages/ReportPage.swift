import Foundation

/// The page of one run: the few numbers first, then tables, figures and pictures, at the end machine and commands.
///
/// It is one file that needs no other and no network.
package enum ReportPage {
    /// - Parameters:
    ///   - title: The question the experiment asks.
    ///   - short: The few numbers that matter first.
    ///   - doubts: Sentences on what makes the seconds doubtful.
    ///   - figures: With the SVG of each; nil where it could not be drawn.
    ///   - commands: Those that made it, in order.
    ///   - configuration: The experiment file as it was run.
    ///   - index: Where the index is, seen from the page.
    package static func html(
        title: String, id: String, short: Table, doubts: [String], tables: [Table],
        figures: [(figure: Figure, svg: String?)], viewers: [ImageViewer], environment: RunEnvironment,
        commands: [String], configuration: String, index: String
    ) -> String {
        let head =
            "<nav><a href=\"\(HTML.escaped(index))\">All results</a></nav>\n<h1>\(HTML.escaped(title))</h1>\n"
            + "<p class=\"quiet\"><code>\(HTML.escaped(id))</code>; \(HTML.escaped(environment.made)); "
            + "\(HTML.escaped(environment.machine)).</p>\n"
        let pictures = viewers.enumerated().map { $1.html(number: $0 + 1) }.joined()
        let body =
            head + short.html() + (doubts.isEmpty ? "" : HTML.list(doubts)) + section("Pictures", pictures)
            + section("Figures", drawings(figures)) + section("Tables", tables.map { $0.html() }.joined())
            + section("Machine and commands", made(environment, commands, configuration))
        return HTML.document(title: "\(id): \(title)", body: body, script: PageScript.sorting + PageScript.viewing)
    }

    private static func section(_ title: String, _ content: String) -> String {
        content.isEmpty ? "" : "<h2>\(title)</h2>\n\(content)"
    }

    private static func drawings(_ figures: [(figure: Figure, svg: String?)]) -> String {
        guard !figures.isEmpty else { return "" }
        let items = figures.enumerated().map { index, item in
            let (figure, svg) = item
            let drawing =
                svg.map {
                    "<div class=\"drawing\">\n\(inline($0, prefix: "f\(index)-", title: figure.title))</div>\n"
                }
                ?? "<p class=\"quiet\">\(HTML.escaped(figure.name)): not drawn, for want of gnuplot.</p>\n"
            let notes = figure.caption.notes.isEmpty ? "" : HTML.details("Notes", HTML.list(figure.caption.notes))
            let data = HTML.details("Data", "<pre>\(HTML.escaped(String(figure.csv.prefix(4_000))))</pre>\n")
            return "<figure>\n\(drawing)<figcaption>\(HTML.escaped(figure.caption.text))</figcaption>\n\(notes)"
                + (figure.csv.utf8.count <= 4_000 ? data : "") + "</figure>\n"
        }
        return "<div class=\"figures\">\n\(items.joined())</div>\n"
    }

    /// The picture element alone, its identifiers made unlike those of other pictures on the page.
    private static func inline(_ svg: String, prefix: String, title: String) -> String {
        guard let start = svg.range(of: "<svg") else { return "" }
        return String(svg[start.lowerBound...])
            .replacing(#/\sid=(['"])/#) { " id=\($0.1)\(prefix)" }
            .replacing(#/xlink:href=(['"])#/#) { "xlink:href=\($0.1)#\(prefix)" }
            .replacing("url(#", with: "url(#\(prefix)")
            .replacing(#/<svg\s+width="[^"]*"\s+height="[^"]*"/#) { _ in
                "<svg role=\"img\" aria-label=\"\(HTML.escaped(title))\""
            }
    }

    private static func made(_ environment: RunEnvironment, _ commands: [String], _ configuration: String) -> String {
        let facts = [
            "Processor: \(environment.machineKind)", "System: \(environment.system), Swift \(environment.swift)",
            "Libraries: \(environment.librariesInWords)", environment.made,
        ]
        return HTML.list(facts) + "<pre>\(HTML.escaped(commands.joined(separator: "\n")))</pre>\n"
            + HTML.details("The experiment as it was run", "<pre>\(HTML.escaped(configuration))</pre>\n")
    }
}

/// The page that leads to those of all runs.
package enum IndexPage {
    package struct Entry: Sendable {
        package let id, title, date, commit: String
        /// Of the run's page, from the index.
        package let link: String
        package let isPublished: Bool
        /// Rows of its short table, and the values that must be 0.
        package let rows: Int
        package let mismatchedValues: Double?

        package init(
            id: String, title: String, date: String, commit: String, link: String, isPublished: Bool, rows: Int,
            mismatchedValues: Double?
        ) {
            self.id = id
            self.title = title
            self.date = date
            self.commit = commit
            self.link = link
            self.isPublished = isPublished
            self.rows = rows
            self.mismatchedValues = mismatchedValues
        }
    }

    package static func html(_ entries: [Entry]) -> String {
        let headings = ["experiment", "question", "whose", "date", "commit", "rows", "mismatched values"].map {
            "<th scope=\"col\"><button type=\"button\">\($0)</button></th>"
        }
        let rows = entries.map { entry in
            let cells = [
                "<td><a href=\"\(HTML.escaped(entry.link))\">\(HTML.escaped(entry.id))</a></td>",
                "<td class=\"wide\">\(HTML.escaped(entry.title))</td>",
                "<td>\(entry.isPublished ? "published" : "own")</td>",
                "<td>\(HTML.escaped(entry.date))</td>", "<td><code>\(HTML.escaped(entry.commit))</code></td>",
                "<td class=\"number\" data-value=\"\(entry.rows)\">\(entry.rows)</td>",
                entry.mismatchedValues.map {
                    "<td class=\"number\" data-value=\"\(Table.number($0))\">\(Table.number($0))</td>"
                } ?? "<td class=\"number\">-</td>",
            ]
            return "<tr>\(cells.joined())</tr>\n"
        }
        let body =
            "<h1>Results</h1>\n<div class=\"scroll\" tabindex=\"0\">\n<table>\n"
            + "<thead><tr>\(headings.joined())</tr></thead>\n<tbody>\n\(rows.joined())</tbody>\n</table>\n</div>\n"
        return HTML.document(title: "Results of ldct", body: body, script: PageScript.sorting)
    }
}
