import Foundation
package import Imaging
package import Reporting
import Support

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
        let drawn = figure.figure(name: Self.name(beside: output), title: "Encrypted denoising", caption: "")
        try gnuplot.draw(drawn, in: Self.folder(of: output))
        return Self.paths(beside: output)
    }

    /// Asked before the work starts.
    /// - Throws: `FileError.refused` if anything but such a figure stands where one will be drawn.
    package static func requireWritable(beside output: String) throws {
        for path in paths(beside: output) { try OutputPath.require(path, .figure, force: true) }
    }

    package static func paths(beside output: String) -> [String] {
        Figure.formats.map { "\(folder(of: output))/\(name(beside: output)).\($0)" }
    }

    private static func folder(of output: String) -> String {
        output.contains("/") ? (output as NSString).deletingLastPathComponent : "."
    }

    private static func name(beside output: String) -> String {
        let file = (output as NSString).lastPathComponent
        let ending = ImageFormat(path: file)?.endings.first { file.lowercased().hasSuffix($0.lowercased()) }
        return "\(ending.map { String(file.dropLast($0.count)) } ?? file)-beside"
    }
}
