/// One figure: `<name>.csv` with its data, `<name>.gnuplot`, `<name>.svg` and `<name>.png`.
package struct FigurePlan: Equatable, Sendable {
    package var name: String
    package var title: String?
    package var caption: String?
    package var content: Content

    package enum Content: Equatable, Sendable {
        case curve(CurvePlan)
        case panels(PanelPlan)
    }

    package init(name: String, title: String? = nil, caption: String? = nil, content: Content) {
        self.name = name
        self.title = title
        self.caption = caption
        self.content = content
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
    /// Draws the power law a x^b nearest to every curve, and names b.
    package var hasFit: Bool

    package init(
        filter: RecordFilter = RecordFilter(), abscissa: Abscissa, x: Axis = Axis(), measures: [Measure],
        y: Axis = Axis(), series: [RecordField] = [], pooled: [RecordField] = [], isScatter: Bool = false,
        hasDiagonal: Bool = false, hasFit: Bool = false
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
        self.hasFit = hasFit
    }
}

/// Images of one patch side by side, from a group of `images.h5`.
package struct PanelPlan: Equatable, Sendable {
    /// Image minus image, times a factor.
    package struct Difference: Equatable, Sendable {
        package var of: String
        package var from: String
        package var factor: Double

        package init(of: String, from: String, factor: Double) {
            self.of = of
            self.from = from
            self.factor = factor
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

    package init(
        group: String, index: Int, panels: [String], differences: [Difference], window: ClosedRange<Double>
    ) {
        self.group = group
        self.index = index
        self.panels = panels
        self.differences = differences
        self.window = window
    }
}
