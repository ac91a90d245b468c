import Foundation
import Reporting
import Support
import TestSupport
import Testing

@Suite("Figures")
struct FigureTests {
    private static let bits = [1024, 2048, 3072]

    private static let records = bits.flatMap { bits in
        Sample.cost(mode: "linear", weights: Sample.linear, seconds: Double(bits) / 100).map { record in
            var record = record
            record.parameters[ParameterName.keyBits] = .integer(bits)
            return record
        }
    }

    private static func curve() throws -> Figure {
        let plan = CurvePlan(
            abscissa: .parameter(RecordField("key_bits")), x: .init(isLogarithmic: true),
            measures: [
                Measure("seconds.client", statistic: .quartiles), Measure("seconds.server", statistic: .quartiles),
            ], y: .init(isLogarithmic: true), series: [RecordField("mode")])
        return try CurveFigure.make(
            plan, name: "curve", title: "Key's size", caption: "A caption.", records: records, context: Sample.context()
        )
    }

    private static func scatter() throws -> Figure {
        let records = [(3, 10.0), (10, 20), (10, 30)].enumerated().flatMap { index, sample in
            [(Metric.products, sample.1 + 1), (.productsPredicted, sample.1)].map { metric, value in
                var record = Sample.record(.encrypted, mode: "linear", metric: metric, value)
                record.parameters["depth"] = .integer(sample.0)
                record.parameters["channels"] = .integer(index)
                return record
            }
        }
        let plan = CurvePlan(
            abscissa: .metric(Measure("products.predicted"), points: [RecordField("channels")]),
            measures: [Measure("products")], series: [RecordField("depth")], isScatter: true, hasDiagonal: true)
        return try CurveFigure.make(
            plan, name: "scatter", title: nil, caption: nil, records: records, context: Sample.context())
    }

    private static func panels() -> Figure {
        func panel(_ title: String, _ scale: Float) -> PanelFigure.Panel {
            PanelFigure.Panel(title: title, score: "40.0 dB", width: 3, values: (0..<6).map { Float($0) * scale })
        }
        let figure = PanelFigure(
            images: [panel("low dose", 10), panel("float", 12.34)], differences: [(panel("it's - 1", -1), 50)],
            window: -160...240)
        return figure.figure(name: "panels", title: "CT; window -160 to 240 HU", caption: "Two rows.")
    }

    @Test func curveData() throws { try expectGolden(try Self.curve().csv, "curve.csv") }
    @Test func curveScript() throws { try expectGolden(try Self.curve().script, "curve.gnuplot") }
    @Test func scatterData() throws { try expectGolden(try Self.scatter().csv, "scatter.csv") }
    @Test func scatterScript() throws { try expectGolden(try Self.scatter().script, "scatter.gnuplot") }
    @Test func panelData() throws { try expectGolden(Self.panels().csv, "panels.csv") }
    @Test func panelScript() throws { try expectGolden(Self.panels().script, "panels.gnuplot") }

    @Test func captionTellsWhatPointsAre() throws {
        let caption = try Self.curve().caption
        #expect(caption.text == "A caption.")
        #expect(caption.notes.first?.hasPrefix("Client and server are semi-honest") == true)
        #expect(caption.notes.contains("Points are medians, bars quartiles, of 3 runs."))
        #expect(caption.notes.last == "Machine: \(Sample.environment.machine). Commit 0123456789ab, 2026-11-25.")
    }

    /// Seconds are bits / 100, so that the exponent is 1.
    @Test func fittedExponentsAreNamed() throws {
        let plan = CurvePlan(
            abscissa: .parameter(RecordField("key_bits")), x: .init(isLogarithmic: true),
            measures: [Measure("seconds.total", statistic: .median)], y: .init(isLogarithmic: true),
            series: [RecordField("mode")], fit: .power)
        let figure = try CurveFigure.make(
            plan, name: "fit", title: nil, caption: nil, records: Self.records, context: Sample.context())
        #expect(figure.caption.notes.contains { $0.contains("exponents: linear 1.00.") })
        try expectGolden(figure.script, "fit.gnuplot")
    }

    @Test(arguments: [-1.5, 0, 2]) func powerLawIsFound(exponent: Double) throws {
        let x = [1.0, 2, 4, 7]
        let law = try #require(PowerLaw(x: x, y: x.map { 3 * pow($0, exponent) }))
        #expect(abs(law.exponent - exponent) < 1e-12)
        #expect(abs(law.factor - 3) < 1e-12)
        #expect(PowerLaw(x: [2, 2], y: [1, 3]) == nil)
        #expect(PowerLaw(x: [1, 2], y: [0, 3]) == nil)
    }

    /// Straight through points of which every step adds the same.
    @Test func affineLawIsFound() throws {
        let law = try #require(AffineLaw(x: [3, 6, 10], y: [11, 17, 25]))
        #expect(abs(law.slope - 2) < 1e-12 && abs(law.offset - 5) < 1e-12)
        #expect(AffineLaw(x: [2, 2], y: [1, 3]) == nil)
        let plan = CurvePlan(
            abscissa: .parameter(RecordField("key_bits")), measures: [Measure("seconds.total", statistic: .median)],
            series: [RecordField("mode")], fit: .affine)
        let figure = try CurveFigure.make(
            plan, name: "affine", title: nil, caption: nil, records: Self.records, context: Sample.context())
        #expect(figure.caption.notes.contains { $0.hasSuffix("what one step to the right adds: linear 0.01000.") })
        #expect(figure.script.contains("0.01 * x with lines"))
    }

    private static func curves(_ values: [String: [Double]]) throws -> Figure {
        let records = values.sorted { $0.key < $1.key }.flatMap { name, values in
            zip(bits, values).map { bits, value in
                var record = Sample.record(.float, weights: Sample.relu, metric: .psnr, value)
                record.parameters["key_bits"] = .integer(bits)
                record.parameters["kind"] = .text(name)
                return record
            }
        }
        let plan = CurvePlan(
            abscissa: .parameter(RecordField("key_bits")), measures: [Measure("psnr")], series: [RecordField("kind")],
            levels: [.init(label: "floor", height: .value(39))])
        return try CurveFigure.make(
            plan, name: "c", title: nil, caption: nil, records: records, context: Sample.context())
    }

    /// What lies on each other is one curve with both names; the data keep both. What can be told apart stays apart.
    @Test func coincidingCurvesAreMerged() throws {
        let merged = try Self.curves(["a b": [40, 42, 44], "a c": [40.01, 42, 44.03], "d": [41, 43, 45]])
        #expect(merged.script.contains("title 'a b = c'") && merged.script.contains("title 'd'"))
        #expect(merged.csv.hasPrefix("key [bit],a b: PSNR [dB],a c: PSNR [dB],d: PSNR [dB]\n"))
        #expect(merged.script.contains("using 1:4 with linespoints linestyle 2 title 'd'"))
        #expect(merged.caption.notes.contains { $0.hasPrefix("Curves whose names are joined by =") })
        let apart = try Self.curves(["a": [40, 42, 44], "b": [40.2, 42, 44]])
        #expect(apart.script.contains("title 'a'") && apart.script.contains("title 'b'"))
        #expect(apart.script.contains("39 with lines") && apart.script.contains("title 'floor'"))
    }

    /// An axis that cannot be logarithmic is not called so.
    @Test(arguments: [(0, 40.0, false, true), (1, 0, true, false), (1, 40, true, true)])
    func axesWithoutAPlaceForZero(least: Int, value: Double, x: Bool, y: Bool) throws {
        let records = [least, least + 4].map { index in
            var record = Sample.record(.float, weights: Sample.relu, metric: .psnr, value + Double(index - least))
            record.parameters["key_bits"] = .integer(index)
            return record
        }
        let plan = CurvePlan(
            abscissa: .parameter(RecordField("key_bits")), x: .init(isLogarithmic: true), measures: [Measure("psnr")],
            y: .init(isLogarithmic: true))
        let script = try CurveFigure.make(
            plan, name: "c", title: nil, caption: nil, records: records, context: Sample.context()
        ).script
        #expect(script.contains("set xlabel 'key [bit]\(x ? ", log. scale" : "")'\n"))
        #expect(script.contains("set ylabel 'PSNR [dB]\(y ? ", log. scale" : "")'\n"))
        #expect(script.contains("set logscale x") == x && script.contains("set logscale y") == y)
    }

    /// One style of units, whatever a file says.
    @Test(
        arguments: [
            ("time (s)", "s", false, "time [s]"), ("time [s]", "s", false, "time [s]"),
            ("time", "s", true, "time [s], log. scale"),
            ("client (both)", "s", false, "client (both) [s]"), ("channels", nil, false, "channels"),
        ] as [(String, String?, Bool, String)])
    func axesNameTheirUnits(label: String, unit: String?, isLogarithmic: Bool, expected: String) {
        let axis = CurvePlan.Axis(label: label, isLogarithmic: isLogarithmic)
        #expect(CurvePlan.label(axis, "name", unit: unit) == expected)
    }

    @Test func heatMap() throws {
        let records = [8, 10].flatMap { weights in
            [8, 12].map { activations in
                var record = Sample.record(
                    .integer, mode: "linear", metric: .psnr, Double(weights) + Double(activations) / 100)
                record.parameters[ParameterName.weightBits] = .integer(weights)
                record.parameters[ParameterName.activationBits] = .integer(activations)
                return record
            }
        }
        let plan = HeatMapPlan(
            x: RecordField("weight_bits"), y: RecordField("activation_bits"), measure: Measure("psnr"),
            format: .decimals(3))
        let figure = try HeatMapFigure.make(
            plan, name: "heat-map", title: "Quality", caption: nil, records: records, context: Sample.context())
        #expect(
            figure.csv
                == "weights [bit],activations [bit],PSNR [dB],lower,upper,n\n8,8,8.08,,,1\n10,8,10.08,,,1\n8,12,8.12,,,1\n10,12,10.12,,,1\n"
        )
        try expectGolden(figure.script, "heat-map.gnuplot")
    }

    /// Values that lie further apart than numbers reach.
    @Test func heatMapOfAnyNumbers() throws {
        let records = [-1e308, 1e308].enumerated().map { index, value in
            var record = Sample.record(.integer, metric: .psnr, value)
            record.parameters["a"] = .integer(index)
            record.parameters["b"] = 1
            return record
        }
        let plan = HeatMapPlan(x: RecordField("a"), y: RecordField("b"), measure: Measure("psnr"))
        let figure = try HeatMapFigure.make(
            plan, name: "h", title: nil, caption: nil, records: records, context: Sample.context())
        #expect(figure.script.contains("fillcolor rgb '#ffffff'"))
    }

    @Test func nothingToDrawIsNamed() {
        let plan = CurvePlan(abscissa: .parameter(RecordField("key_bits")), measures: [Measure("psnr")])
        #expect(throws: ReportingError.nothingToShow(asker: "figure quickstart/f")) {
            try CurveFigure.make(
                plan, name: "f", title: nil, caption: nil, records: Self.records, context: Sample.context())
        }
    }

    @Test func learningCurve() throws {
        let csv = "epoch,loss,validation_psnr\n1,0.5,40\n2,0.25,41.5\n"
        let windows = Data(csv.replacing("\n", with: "\r\n").utf8)
        #expect(try LearningCurveFigure.make(windows, name: "net", file: "net.csv").csv == csv)
        let figure = try LearningCurveFigure.make(Data(csv.utf8), name: "net", file: "net.csv")
        #expect(figure.csv == csv)
        try expectGolden(figure.script, "learning-curve.gnuplot")
    }

    @Test(arguments: [
        ("", "net.csv: expected a header, as epoch,loss, and a line per epoch"),
        ("epoch,loss\n", "net.csv: expected a header, as epoch,loss, and a line per epoch"),
        ("epoch,loss\n1,2,3\n", "net.csv:2: expected 2 numbers"),
        ("epoch,loss\n1,0.5\n2,nan\n", "net.csv:3: expected 2 numbers"),
        ("epoch,loss\n\n1,0.5\n\n2,nan\n", "net.csv:5: expected 2 numbers"),
    ])
    func malformedLearningCurveIsNamed(csv: String, message: String) {
        let error = #expect(throws: ReportingError.self) {
            try LearningCurveFigure.make(Data(csv.utf8), name: "net", file: "net.csv")
        }
        #expect(error?.description == message)
    }

    /// Both formats, the same bytes each time: nothing in them tells when or where they were drawn.
    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed"), arguments: ["curve", "scatter", "panels"])
    func drawingIsDeterministic(kind: String) throws {
        let figure = try kind == "curve" ? Self.curve() : kind == "scatter" ? Self.scatter() : Self.panels()
        let gnuplot = try #require(Gnuplot())
        let folder = try TemporaryFolder()
        func draw() throws -> [Data] {
            try gnuplot.draw(figure, in: folder.path)
            return try Figure.formats.map { try Data(contentsOf: folder.url.appending(path: "\(figure.name).\($0)")) }
        }
        let first = try draw()
        #expect(try draw() == first)
        #expect(first[0].starts(with: Data("<?xml".utf8)) && first[1].starts(with: [0x89, 0x50, 0x4e, 0x47]))
        let svg = String(decoding: first[0], as: UTF8.self)
        #expect(!svg.contains(NSTemporaryDirectory()) && !svg.contains("<title>Gnuplot"))
    }

    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed"))
    func complaintOfGnuplotIsOneLine() throws {
        let folder = try TemporaryFolder()
        let gnuplot = try #require(Gnuplot())
        let broken = PanelFigure(
            images: [.init(title: "a", width: 1, values: [1])], differences: [], window: 0...1
        ).figure(name: "no/such", title: "t", caption: "")
        let error = #expect(throws: FileError.self) { try gnuplot.draw(broken, in: folder.path) }
        #expect(error?.description.contains("\n") == false)
    }

    /// A picture that could not be written is no wrong input, and what stood there still does.
    @Test(.enabled(if: Gnuplot() != nil, "gnuplot is not installed"))
    func whatCannotBeDrawnIsAnOutput() throws {
        let folder = try TemporaryFolder()
        let figure = Figure(name: "f", title: "t", caption: "", csv: "", script: "set nonsense\n")
        try Data("old".utf8).write(to: folder.url.appending(path: "f.svg"))
        let error = #expect(throws: FileError.self) { try #require(Gnuplot()).draw(figure, in: folder.path) }
        #expect(error?.exitStatus == 1 && error?.description.contains("f.svg: could not be written (gnuplot: ") == true)
        #expect(try Data(contentsOf: folder.url.appending(path: "f.svg")) == Data("old".utf8))
    }
}
