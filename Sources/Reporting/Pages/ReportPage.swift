import Foundation

/// The page of one run: the few numbers first, then tables, figures and pictures, at the end machine and commands.
///
/// It is one file that needs no other and no network.
package struct ReportPage: Sendable {
    /// The question the experiment asks.
    package var title: String
    package var id: String
    /// The few numbers that matter first.
    package var short: Table
    /// Sentences on what makes the seconds doubtful.
    package var doubts: [String]
    package var tables: [Table]
    /// With the SVG of each; nil where it could not be drawn.
    package var figures: [(figure: Figure, svg: String?)]
    package var viewers: [ImageViewer]
    package var environment: RunEnvironment
    /// Commands that made it, in order.
    package var commands: [String]
    /// The experiment file as it was run.
    package var configuration: String
    /// Where the index is, seen from the page.
    package var index: String

    package init(
        title: String, id: String, short: Table, doubts: [String], tables: [Table],
        figures: [(figure: Figure, svg: String?)], viewers: [ImageViewer], environment: RunEnvironment,
        commands: [String], configuration: String, index: String
    ) {
        self.title = title
        self.id = id
        self.short = short
        self.doubts = doubts
        self.tables = tables
        self.figures = figures
        self.viewers = viewers
        self.environment = environment
        self.commands = commands
        self.configuration = configuration
        self.index = index
    }

    package func html() -> String {
        let head =
            "<nav><a href=\"\(HTML.escaped(index))\">All results</a></nav>\n<h1>\(HTML.escaped(title))</h1>\n"
            + "<p class=\"quiet\"><code>\(HTML.escaped(id))</code>; \(HTML.escaped(environment.made)); "
            + "\(HTML.escaped(environment.machine)).</p>\n"
        let doubts = doubts.isEmpty ? "" : HTML.list(self.doubts)
        let pictures = viewers.enumerated().map { $1.html(number: $0 + 1) }.joined()
        let body =
            head + short.html() + doubts + section("Pictures", pictures) + section("Figures", drawings)
            + section("Tables", tables.map { $0.html() }.joined()) + section("Machine and commands", made)
        return HTML.document(title: "\(id): \(title)", body: body, script: PageScript.sorting + PageScript.viewing)
    }

    private func section(_ title: String, _ content: String) -> String {
        content.isEmpty ? "" : "<h2>\(title)</h2>\n\(content)"
    }

    private var drawings: String {
        guard !figures.isEmpty else { return "" }
        let items = figures.enumerated().map { index, item in
            let (figure, svg) = item
            let drawing =
                svg.map {
                    "<div class=\"drawing\">\n\(Self.inline($0, prefix: "f\(index)-", title: figure.title))</div>\n"
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

    private var made: String {
        let facts = [
            "Processor: \(environment.processor), \(environment.cores) cores, \(environment.kernel) kernel",
            "System: \(environment.system), Swift \(environment.swift)",
            "Libraries: "
                + environment.libraries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", "), environment.made,
        ]
        return HTML.list(facts) + "<pre>\(HTML.escaped(commands.joined(separator: "\n")))</pre>\n"
            + HTML.details("The experiment as it was run", "<pre>\(HTML.escaped(configuration))</pre>\n")
    }
}

/// The page that leads to those of all runs.
package struct IndexPage: Sendable {
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

    private let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    package func html() -> String {
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
