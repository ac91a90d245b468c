/// One figure: `<name>.csv` with its data, `<name>.gnuplot`, `<name>.svg` and `<name>.png`.
package struct FigurePlan: Equatable, Sendable {
    package var name: String
    package var title: String?
    package var caption: String?
    package var content: Content

    package enum Content: Equatable, Sendable {
        case curve(CurvePlan)
        case heatMap(HeatMapPlan)
        case panels(PanelPlan)
    }
}

/// A metric over a parameter, or over another metric.
package struct CurvePlan: Equatable, Sendable {
    package struct Axis: Equatable, Sendable {
        package var label: String?
        package var isLogarithmic: Bool

        package init(label: String? = nil, isLogarithmic: Bool = false) {
            self.label = label
            self.isLogarithmic = isLogarithmic
        }
    }

    package enum Abscissa: Equatable, Sendable {
        case parameter(RecordField)
        /// A point for every combination of values of `points`.
        case metric(Measure, points: [RecordField])
    }

    package var filter: RecordFilter
    package var abscissa: Abscissa
    package var x: Axis
    /// Several metrics of one unit make several curves.
    package var measures: [Measure]
    package var y: Axis
    /// One curve per combination of values.
    package var series: [RecordField]
    /// Fields that may differ among the records of a point; in all others they must agree.
    package var pooled: [RecordField]
    /// Points only, for what has no order.
    package var isScatter: Bool
    /// Draws y = x.
    package var hasDiagonal: Bool
    /// Draws the law nearest to every curve, and names its parameter.
    package var fit: Fit?
    /// Lines across the figure.
    package var levels: [Level]

    package enum Fit: String, CaseIterable, Sendable {
        /// a x^b, named by b.
        case power
        /// a + b x, named by b.
        case affine
    }

    package struct Level: Equatable, Sendable {
        package enum Height: Equatable, Sendable {
            case value(Double)
            /// The first measure of these records, as it is usually summed up.
            case records(RecordFilter)
        }

        package var label: String
        package var height: Height

        package init(label: String, height: Height) {
            self.label = label
            self.height = height
        }
    }

    package init(
        filter: RecordFilter = RecordFilter(), abscissa: Abscissa, x: Axis = Axis(), measures: [Measure],
        y: Axis = Axis(), series: [RecordField] = [], pooled: [RecordField] = [], isScatter: Bool = false,
        hasDiagonal: Bool = false, fit: Fit? = nil, levels: [Level] = []
    ) {
        self.filter = filter
        self.abscissa = abscissa
        self.x = x
        self.measures = measures
        self.y = y
        self.series = series
        self.pooled = pooled
        self.isScatter = isScatter
        self.hasDiagonal = hasDiagonal
        self.fit = fit
        self.levels = levels
    }
}

/// A number per pair of values of two parameters, as a map of greys with the numbers in it.
package struct HeatMapPlan: Equatable, Sendable {
    package var filter: RecordFilter
    package var x: RecordField
    package var y: RecordField
    package var measure: Measure
    package var format: Table.NumberFormat?
    /// Fields that may differ among the records of a cell; in all others they must agree.
    package var pooled: [RecordField]

    package init(
        filter: RecordFilter = RecordFilter(), x: RecordField, y: RecordField, measure: Measure,
        format: Table.NumberFormat? = nil, pooled: [RecordField] = []
    ) {
        self.filter = filter
        self.x = x
        self.y = y
        self.measure = measure
        self.format = format
        self.pooled = pooled
    }
}

/// Images of one patch side by side, from a group of `images.h5`.
package struct PanelPlan: Equatable, Sendable {
    /// Image minus image.
    package struct Difference: Equatable, Sendable {
        package var of: String
        package var from: String
        /// HU shown white; minus as many are black.
        package var range: Double

        package init(of: String, from: String, range: Double) {
            self.of = of
            self.from = from
            self.range = range
        }
    }

    /// Group of the file: `case-1`.
    package var group: String
    /// Position in the group's datasets, from 0.
    package var index: Int
    /// Datasets of the group.
    package var panels: [String]
    package var differences: [Difference]
    /// HU shown black and white.
    package var window: ClosedRange<Double>
    /// Whether the greys are a scale of HU; ciphertexts have none.
    package var hasScale: Bool

    package init(
        group: String, index: Int, panels: [String], differences: [Difference], window: ClosedRange<Double>,
        hasScale: Bool = true
    ) {
        self.group = group
        self.index = index
        self.panels = panels
        self.differences = differences
        self.window = window
        self.hasScale = hasScale
    }
}
