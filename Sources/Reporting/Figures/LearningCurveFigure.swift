package import Foundation

/// How a training converged: the columns of its CSV file over the first, one above the other.
package enum LearningCurveFigure {
    /// Reads `epoch,loss,...` as a training writes it. The figure's data are the file itself.
    /// - Parameter name: The file's name without its extension.
    package static func make(_ csv: Data, name: String, file: String) throws(ReportingError) -> Figure {
        let text = String(decoding: csv, as: UTF8.self).replacing("\r\n", with: "\n")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().filter { !$1.isEmpty }
        guard let header = lines.first?.element.components(separatedBy: ","), header.count > 1, lines.count > 1 else {
            throw .malformedFile(file: file, problem: "expected a header, as epoch,loss, and a line per epoch")
        }
        var rows: [[Double]] = []
        for (index, line) in lines.dropFirst() {
            let values = line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
            guard values.count == header.count, values.allSatisfy(\.isFinite) else {
                throw .malformedRecord(file: file, line: index + 1, problem: "expected \(header.count) numbers")
            }
            rows.append(values)
        }
        return Figure(
            name: name, title: "Training of \(name)",
            caption: Caption("Training of \(name), \(lines.count - 1) lines of \(header[0])."), csv: text,
            script: script(name, header) { column in rows.map { $0[column] } })
    }

    private static func script(_ name: String, _ header: [String], values: (Int) -> [Double]) -> String {
        var text =
            GnuplotText.head(name: name, size: (440, 40 + 120 * (header.count - 1))) + GnuplotText.lineStyles + """
                set multiplot layout \(header.count - 1),1 title \(GnuplotText.quoted("Training of \(name)"))
                unset key
                set grid linecolor rgb '#cccccc' linewidth 0.8
                set border 3
                set tics nomirror font ',8'
                set lmargin at screen 0.2
                set rmargin at screen 0.96
                set bmargin 2.5
                set tmargin 1
                set format y '%g'
                \(range("x", values(0)))

                """
        for column in header.indices.dropFirst() {
            let (label, isLogarithmic) = axis(header[column])
            text += "set ylabel \(GnuplotText.quoted(label)) font ',9'\n"
            text +=
                isLogarithmic
                ? CurveScript.axis("y", values(column), isLogarithmic: true)
                : "unset logscale y\n\(range("y", values(column)))\nset ytics \(Table.number(step(values(column))))\n"
            if column == header.count - 1 {
                text += "set xlabel \(GnuplotText.quoted(header[0])) font ',9' offset 0,0.5\nset bmargin 3\n"
            }
            text +=
                "plot \(GnuplotText.quoted(name + ".csv")) skip 1 using 1:\(column + 1) with lines linestyle 1\n"
        }
        return text + "unset multiplot\n"
    }

    /// Gnuplot finds a range by itself, but around one value.
    private static func range(_ axis: String, _ values: [Double]) -> String {
        guard values.min() == values.max() else { return "set \(axis)range [*:*]" }
        return CurveScript.axis(axis, values, isLogarithmic: false).trimmingCharacters(in: .newlines)
    }

    /// The distance of at most five marks.
    private static func step(_ values: [Double]) -> Double {
        guard let low = values.min(), let high = values.max(), high > low else { return 1 }
        return CurveScript.roundStep(high - low)
    }

    /// `validation_psnr` is "validation PSNR [dB]" on two lines; a loss falls over decades.
    private static func axis(_ column: String) -> (label: String, isLogarithmic: Bool) {
        for metric in [Metric.psnr, .ssim, .rmse] where column.hasSuffix("_\(metric.rawValue)") {
            let display = MetricDisplay(metric.rawValue)
            let prefix = column.dropLast(metric.rawValue.count + 1).replacing("_", with: " ")
            return ("\(prefix)\n\(display.title)" + (display.unit.map { " [\($0)]" } ?? ""), false)
        }
        return (column.replacing("_", with: " "), column.contains("loss"))
    }
}
