/// A linear map of one image with filters of their own for every output position.
///
/// `out[o][r][c] = sum(w[o][i][y][x] * in[i][y][x])` over the window of rows `rows[r]` and columns `columns[c]`, with the filter
/// `filters[filterOf[r * columns.count + c]]`.
public struct LinearMap: Sendable, Equatable {
    public let inputChannels, inputHeight, inputWidth: Int
    public let outputChannels: Int
    /// Windows of every output row and column.
    public let rows, columns: [Range<Int>]
    public let filterOf: [Int]
    /// `[out][in][window rows][window columns]`, weights of `Int32`.
    public let filters: [[Int32]]

    /// - Precondition: windows lie in the input and filters have their size.
    public init(
        inputChannels: Int, inputHeight: Int, inputWidth: Int, outputChannels: Int, rows: [Range<Int>],
        columns: [Range<Int>], filterOf: [Int], filters: [[Int32]]
    ) {
        self.inputChannels = inputChannels
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.outputChannels = outputChannels
        self.rows = rows
        self.columns = columns
        self.filterOf = filterOf
        self.filters = filters
        precondition(filterOf.count == rows.count * columns.count, "one filter per output position expected")
        precondition(rows.allSatisfy { (0..<inputHeight).contains($0) }, "a window outside the input")
        precondition(columns.allSatisfy { (0..<inputWidth).contains($0) }, "a window outside the input")
        for (row, window) in rows.enumerated() {
            for (column, other) in columns.enumerated() {
                let size = outputChannels * inputChannels * window.count * other.count
                precondition(filters[filterOf[row * columns.count + column]].count == size, "a filter of another size")
            }
        }
    }

    public var inputCount: Int { inputChannels * inputHeight * inputWidth }
    public var outputCount: Int { outputChannels * rows.count * columns.count }
    /// Weights of all outputs together.
    public var weightCount: Int {
        outputChannels * inputChannels * rows.reduce(0) { $0 + $1.count } * columns.reduce(0) { $0 + $1.count }
    }

    /// The row and column of output `index` of `[channel][row][column]`.
    func position(_ index: Int) -> (channel: Int, row: Int, column: Int) {
        (index / (rows.count * columns.count), index / columns.count % rows.count, index % columns.count)
    }
}
