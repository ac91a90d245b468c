import Foundation
package import Imaging
package import Reporting

/// A denoised slice beside what it was made from, with their difference and a scale for each.
package struct SliceComparison: Sendable {
    private let figure: PanelFigure

    /// - Precondition: Images of one size.
    package init(_ input: Image, _ output: Image, window: (center: Double, width: Double)) {
        let low = window.center - window.width / 2
        func panel(_ title: String, _ pixels: [Float]) -> PanelFigure.Panel {
            PanelFigure.Panel(title: title, width: input.width, values: pixels)
        }
        figure = PanelFigure(
            images: [panel("input", input.pixels), panel("denoised, encrypted", output.pixels)],
            differences: [(panel("denoised - input", zip(output.pixels, input.pixels).map { $0 - $1 }), 50)],
            window: low...low + window.width)
    }

    /// Writes `<output without its ending>-beside.svg` and `.png`; returns their paths.
    package func draw(beside output: String, gnuplot: Gnuplot) throws -> [String] {
        let folder = output.contains("/") ? (output as NSString).deletingLastPathComponent : "."
        let file = (output as NSString).lastPathComponent
        let stem =
            ImageFormat(path: file)?.endings.first { file.lowercased().hasSuffix($0.lowercased()) }
            .map { String(file.dropLast($0.count)) } ?? file
        let drawn = figure.figure(name: "\(stem)-beside", title: "Encrypted denoising", caption: "")
        try gnuplot.draw(drawn, in: folder)
        return Figure.formats.map { "\(folder)/\(drawn.name).\($0)" }
    }
}
