import Foundation
import Reporting
import Testing

@Suite("Pages")
struct PageTests {
    private static func page(
        title: String = "What does it cost?", svg: String? = nil, place: String = "slice 3"
    ) -> String {
        let table = DenoisingTable.make(Sample.quickstart, name: "table", context: Sample.context())
        let figure = Figure(name: "f", title: "A figure", caption: "Seconds over bits.", csv: "x,y\n1,2\n", script: "")
        let viewer = ImageViewer([
            .init(
                place: place, width: 2,
                images: [
                    .init(title: "low dose", label: "low dose, 40.00 dB", pixels: [-1024, 0, 40.4, 40_000]),
                    .init(title: "normal dose", label: "normal dose", pixels: [1, 2, 3, 4]),
                ])
        ])
        return ReportPage.html(
            title: title, id: "quickstart", short: DenoisingTable.short(Sample.quickstart, context: Sample.context()),
            doubts: ["Trial 2 took long."], tables: [table], figures: [(figure, svg), (figure, svg)], viewers: [viewer],
            environment: Sample.environment, commands: ["ldct run Experiments/quickstart.yaml"],
            configuration: "id: \"quickstart\"\n", index: "../index.html")
    }

    private static let svg = """
        <?xml version="1.0"?>
        <svg
         width="360" height="200" viewBox="0 0 360 200" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
        <defs><circle id='gpDot' r='1'/></defs><use xlink:href='#gpDot'/><rect clip-path="url(#clip)"/></svg>
        """

    /// Nothing is loaded from anywhere: no address but the names of XML, no file but the index, which is a link.
    @Test func pageNeedsNothingElse() {
        let page = Self.page(svg: Self.svg)
        let sources = page.matches(of: #/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/#).map { String($0.1) }
        #expect(sources.allSatisfy { $0.hasPrefix("#") || $0 == "../index.html" }, "\(sources)")
        let addresses = page.matches(of: #/https?:\/\/[^"'\s]+/#).map { String($0.output) }
        #expect(addresses.allSatisfy { $0.hasPrefix("http://www.w3.org/") })
        #expect(!page.contains("@import") && !page.contains("fetch("))
    }

    @Test func textOfUsersCannotBeMarkup() {
        let page = Self.page(title: "<script>alert(1)</script> & \"x\"")
        #expect(!page.contains("<script>alert"))
        #expect(page.contains("<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;</h1>"))
        #expect(page.matches(of: #/<script/#).count == 2, "the viewer's data and the page's own")
    }

    /// Of names in the viewer's data too, which an HTML parser looks through for comments and ends.
    @Test func namesOfPicturesCannotBeMarkup() {
        let page = Self.page(place: "<!--<script></script>")
        #expect(page.contains(#"\u003c!--\u003cscript>\u003c/script>"#) && !page.contains("<!--"))
    }

    /// Two figures of one program share no identifier.
    @Test func identifiersAreUnique() {
        let page = Self.page(svg: Self.svg)
        let names = page.matches(of: #/\sid=["']([^"']+)["']/#).map { String($0.1) }
        #expect(Set(names).count == names.count, "\(names)")
        #expect(page.contains("xlink:href='#f1-gpDot'") && page.contains("url(#f1-clip)"))
        #expect(page.contains("aria-label=\"A figure\"") && !page.contains("<?xml"))
    }

    /// Cells sort by their values at full precision, whatever they are printed as.
    @Test func cellsKeepTheirValues() {
        let html = DenoisingTable.make(Sample.quickstart, name: "table", context: Sample.context()).html()
        #expect(html.contains("<td class=\"number\" data-value=\"1000000\">1\u{202f}000\u{202f}000</td>"))
        #expect(html.contains("<td class=\"number\" data-value=\"12.345678\">12.3</td>"))
        #expect(html.contains("<details><summary>Notes</summary>"))
        for tag in ["table", "thead", "tbody", "tr", "td", "th", "div", "section", "details"] {
            let (opened, closed) = (
                html.matches(of: try! Regex("<\(tag)[ >]")).count, html.components(separatedBy: "</\(tag)>").count - 1
            )
            #expect(opened == closed, "\(tag): \(opened) opened, \(closed) closed")
        }
    }

    /// Whole HU, little-endian, cut at 16 bits.
    @Test func picturesAreWholeNumbers() throws {
        let page = Self.page()
        let match = try #require(page.firstMatch(of: #/"data":"([^"]+)"/#))
        let data = try #require(Data(base64Encoded: String(match.1)))
        let words = data.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)).map { Int16(littleEndian: $0) } }
        #expect(words == [-1024, 0, 40, 32_767])
    }

    @Test func figureThatWasNotDrawnIsNamed() {
        #expect(Self.page(svg: nil).contains("f: not drawn, for want of gnuplot."))
    }

    @Test func indexLeadsToPages() {
        let entry = IndexPage.Entry(
            id: "quickstart", title: "What?", date: "2026-11-25", commit: "0123", link: "quickstart/report.html",
            isPublished: false, rows: 13, mismatchedValues: 0)
        let html = IndexPage.html([entry])
        #expect(html.contains("<a href=\"quickstart/report.html\">quickstart</a>"))
        #expect(html.contains("<td class=\"number\" data-value=\"0\">0</td>"))
    }
}
