import Foundation
import Support

/// Pictures of a page that a reader windows and lays over each other.
package struct ImageViewer: Sendable {
    /// Pictures of one patch or slice, all of one size.
    package struct Set: Sendable {
        /// Which patch or slice it is.
        package let place: String
        package let width: Int
        package let images: [Picture]

        /// - Precondition: at least one picture; all fill the same whole rows.
        package init(place: String, width: Int, images: [Picture]) {
            precondition(width > 0 && !images.isEmpty && Swift.Set(images.map(\.pixels.count)).count == 1)
            precondition(images[0].pixels.count.isMultiple(of: width))
            self.place = place
            self.width = width
            self.images = images
        }
    }

    package struct Picture: Sendable {
        package let title: String
        /// What stands under it: its name with its PSNR.
        package let label: String
        /// Row by row, HU.
        package let pixels: [Float]

        package init(title: String, label: String, pixels: [Float]) {
            self.title = title
            self.label = label
            self.pixels = pixels
        }
    }

    private let sets: [Set]

    /// - Parameter sets: Sets with the same pictures in the same order; one to choose from.
    /// - Precondition: at least one.
    package init(_ sets: [Set]) {
        precondition(!sets.isEmpty)
        self.sets = sets
    }

    /// Level and width of usual windows, HU.
    private static let windows = [
        ("brain", 40, 80), ("soft tissue", 40, 400), ("head", 250, 1000), ("lung", -600, 1500), ("bone", 480, 2500),
    ]

    func html(number: Int) -> String {
        let titles = sets[0].images.map(\.title)
        func options(_ chosen: Int) -> String {
            titles.enumerated().map { index, title in
                "<option value=\"\(index)\"\(index == chosen ? " selected" : "")>\(HTML.escaped(title))</option>"
            }.joined()
        }
        let presets = Self.windows.map { name, level, width in
            "<button type=\"button\" class=\"preset\" data-window=\"\(level) \(width)\">\(name)</button>"
        }.joined(separator: " ")
        let items = sets.enumerated().map { index, set in
            "<option value=\"\(index)\">\(HTML.escaped(set.place))</option>"
        }.joined()
        let views = titles.indices.map { index in
            "<div><canvas data-image=\"\(index)\"></canvas><div></div></div>\n"
        }.joined()
        return """
            <div class="viewer" id="viewer-\(number)">
            <script type="application/json">\(json)</script>
            <p class="quiet" data-part="place"></p>
            <div class="controls">
            \(sets.count > 1 ? "<label>picture <select data-part=\"item\">\(items)</select></label>" : "")
            <label>left <select data-part="first">\(options(0))</select></label>
            <label>right <select data-part="second">\(options(titles.count - 1))</select></label>
            <label>border <input type="range" min="0" max="100" value="50" data-part="slider"></label>
            </div>
            <div class="controls">
            <label>level <input type="range" min="-1024" max="1500" value="40" data-part="level"></label>
            <label>width <input type="range" min="20" max="4096" value="400" data-part="width"></label>
            \(presets) <span class="quiet" data-part="numbers"></span>
            </div>
            <div class="split"><canvas data-part="split"></canvas><i data-part="line"></i></div>
            <h4>Side by side</h4>
            <div class="views">
            \(views)</div>
            <noscript>These pictures are drawn by a script in this page.</noscript>
            </div>

            """
    }

    private struct Coded: Encodable {
        struct Image: Encodable { let label, data: String }
        let place: String
        let width, height: Int
        let images: [Image]
    }

    /// Whole HU as little-endian 16-bit integers; no display resolves fractions.
    private var json: String {
        let coded = sets.map { set in
            Coded(
                place: set.place, width: set.width, height: set.images[0].pixels.count / set.width,
                images: set.images.map { image in
                    let words = image.pixels.map { Int16(max(-32_768, min(32_767, $0.rounded()))).littleEndian }
                    let bytes = words.withUnsafeBytes { Data($0) }
                    return Coded.Image(label: image.label, data: bytes.base64EncodedString())
                })
        }
        let text = (try? SortedJSON.line(["sets": coded])) ?? "{\"sets\":[]}"
        // No text can end the element it stands in, nor open a comment that hides its end.
        return text.replacing("<", with: "\\u003c")
    }
}
