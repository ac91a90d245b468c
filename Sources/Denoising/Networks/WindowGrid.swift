/// Which part of the input every output position of a linear map reads, and with which filter.
///
/// Windows are products of an interval of rows and one of columns, so both are listed apart. Positions whose surroundings are alike
/// share a filter: all inner ones of a padded network do, those near a border have their own.
public struct WindowGrid: Sendable, Hashable {
    /// A row (or column) of the output.
    public struct Line: Sendable, Hashable {
        /// Lines of one kind have the same filters.
        public let kind: Int
        /// Rows (or columns) of the input that it reads.
        public let window: Range<Int>
    }

    /// Of one image.
    public let input, output: TensorShape
    public let rows, columns: [Line]

    /// The filter of every output position, row by row.
    public var filters: [Int] {
        let kinds = (columns.map(\.kind).max() ?? 0) + 1
        return rows.flatMap { row in columns.map { row.kind * kinds + $0.kind } }
    }

    /// A position that has each filter.
    var representatives: [(row: Int, column: Int)] {
        func first(_ lines: [Line]) -> [Int] {
            (0...(lines.map(\.kind).max() ?? 0)).map { kind in lines.firstIndex { $0.kind == kind } ?? 0 }
        }
        return first(rows).flatMap { row in first(columns).map { (row, $0) } }
    }
}

/// What the adjoint of a network sees along one axis, for one output line: an interval of every activation.
struct AxisWindows: Hashable {
    /// By activation index; empty where nothing reaches.
    let intervals: [Range<Int>]

    /// - Parameter sizes: of the axis, by activation index.
    init(_ layers: [(kernel: Int, padding: Int, skip: Int?)], sizes: [Int], position: Int) {
        var intervals = [Range<Int>](repeating: 0..<0, count: sizes.count)
        func include(_ interval: Range<Int>, at index: Int) {
            let known = intervals[index]
            let joined =
                known.isEmpty
                ? interval
                : min(known.lowerBound, interval.lowerBound)..<max(known.upperBound, interval.upperBound)
            intervals[index] = joined.clamped(to: 0..<sizes[index])
        }
        include(position..<position + 1, at: layers.count)
        for (index, layer) in layers.enumerated().reversed() {
            let own = intervals[index + 1]
            if let skip = layer.skip { include(own, at: skip) }
            let low = own.lowerBound - layer.padding
            include(low..<own.upperBound - layer.padding + layer.kernel - 1, at: index)
        }
        self.intervals = intervals
    }

    /// The same seen from `position`.
    func relative(to position: Int) -> [Int] {
        intervals.flatMap { [$0.lowerBound - position, $0.upperBound - position] }
    }
}
