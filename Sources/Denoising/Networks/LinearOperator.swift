import Numerics

/// A network without inner ReLUs as one affine map of images of one size: for every output position a filter and a bias, exact at
/// the borders, where zero padding cuts inner activations too and a single filter would be wrong.
///
/// Each filter is the adjoint of the layers applied to one output value, in Double with a fixed order of sums: the same weights
/// give the same operator on every machine.
public struct LinearOperator: Sendable {
    public let grid: WindowGrid
    /// By filter of the grid: `[out][in][window rows][window columns]`.
    public let filters: [[Double]]
    /// By filter of the grid: one per output channel.
    public let biases: [[Double]]

    /// - Parameters:
    ///   - height: of the images.
    ///   - width: of the images.
    ///   - addsInput: false leaves out what the last layer adds of the network's input.
    ///   - threads: the result does not depend on it.
    /// - Throws: `invalidNetwork` naming a layer with a ReLU before the last one, `sizeMismatch`, or as `Weights.init`.
    /// - Complexity: one backward pass through the window of a position for every filter.
    public init(
        _ network: Network, weights: Weights, height: Int, width: Int, addsInput: Bool = true,
        threads: Int = ExactConvolution.defaultThreads
    ) throws(DenoisingError) {
        let convolutions = try network.canonicalConvolutions(weights)
        if let layer = network.layers.dropLast().first(where: \.relu) {
            throw .invalidNetwork(
                layer: layer.name, reason: "has a ReLU; only a network without ReLUs before its last is one linear map")
        }
        let shapes = try network.activationShapes(
            for: TensorShape(channels: network.inputChannels, height: height, width: width))
        let last = network.layers.count - 1
        let steps = network.layers.indices.map { index in
            let skip = network.layers[index].skip
            return AdjointStep(convolutions[index], skip: index == last && skip == 0 && !addsInput ? nil : skip)
        }
        func windows(_ size: KeyPath<TensorShape, Int>, _ kernel: KeyPath<CanonicalConvolution, Int>) -> [AxisWindows] {
            let layers = steps.indices.map {
                (convolutions[$0][keyPath: kernel], convolutions[$0].padding, steps[$0].skip)
            }
            let sizes = shapes.map { $0[keyPath: size] }
            return (0..<sizes[last + 1]).map { AxisWindows(layers, sizes: sizes, position: $0) }
        }
        let (rows, columns) = (windows(\.height, \.kernelHeight), windows(\.width, \.kernelWidth))
        let grid = WindowGrid(
            input: shapes[0], output: shapes[last + 1], rows: Self.lines(rows), columns: Self.lines(columns))
        let representatives = grid.representatives
        let channels = network.outputChannels
        let adjoints = parallelMap(representatives.count * channels, threads: threads) { index in
            let (row, column) = representatives[index / channels]
            return Adjoint(
                steps, rows: rows[row].intervals, columns: columns[column].intervals, channels: shapes.map(\.channels),
                output: index % channels)
        }
        self.grid = grid
        filters = representatives.indices.map { filter in
            (0..<channels).flatMap { adjoints[filter * channels + $0].filter }
        }
        biases = representatives.indices.map { filter in (0..<channels).map { adjoints[filter * channels + $0].bias } }
    }

    /// Lines with the same windows, each seen from its own position, are of one kind.
    private static func lines(_ windows: [AxisWindows]) -> [WindowGrid.Line] {
        var kinds: [[Int]: Int] = [:]
        return windows.enumerated().map { position, window in
            let known = kinds[window.relative(to: position), default: kinds.count]
            kinds[window.relative(to: position)] = known
            return WindowGrid.Line(kind: known, window: window.intervals[0])
        }
    }
}

/// One layer seen backwards.
private struct AdjointStep: Sendable {
    let convolution: CanonicalConvolution
    let skip: Int?
    /// `[ky][kx][out][in]`, so that the inner loop runs over consecutive input channels.
    let weights: [Double]

    init(_ convolution: CanonicalConvolution, skip: Int?) {
        self.convolution = convolution
        self.skip = skip
        let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
        let taps = convolution.kernelHeight * convolution.kernelWidth
        var weights = [Double](repeating: 0, count: inputs * outputs * taps)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<taps {
                    weights[(tap * outputs + output) * inputs + input] =
                        Double(convolution.weights[(output * inputs + input) * taps + tap])
                }
            }
        }
        self.weights = weights
    }
}

/// The derivative of one output value by every activation, and by the input in the end.
private struct Adjoint: Sendable {
    /// `[in][row][column]` of the input's window.
    let filter: [Double]
    let bias: Double

    /// Derivatives by the values of an activation's window, channels innermost.
    private struct Window {
        let rows, columns: Range<Int>
        let channels: Int
        var values: [Double]

        init(_ rows: Range<Int>, _ columns: Range<Int>, channels: Int) {
            self.rows = rows
            self.columns = columns
            self.channels = channels
            values = [Double](repeating: 0, count: rows.count * columns.count * channels)
        }

        func start(_ row: Int, _ column: Int) -> Int {
            ((row - rows.lowerBound) * columns.count + column - columns.lowerBound) * channels
        }
    }

    init(_ steps: [AdjointStep], rows: [Range<Int>], columns: [Range<Int>], channels: [Int], output: Int) {
        var windows = channels.indices.map { Window(rows[$0], columns[$0], channels: channels[$0]) }
        windows[steps.count].values[output] = 1
        var bias = 0.0
        for (index, step) in steps.enumerated().reversed() {
            let own = windows[index + 1]
            // Freed before the next window is filled.
            windows[index + 1].values = []
            for (position, value) in own.values.enumerated() {
                bias += value * Double(step.convolution.bias[position % own.channels])
            }
            if let skip = step.skip { Self.add(own, to: &windows[skip]) }
            Self.transpose(step, own, into: &windows[index])
        }
        let input = windows[0]
        let plane = input.rows.count * input.columns.count
        filter = (0..<input.channels).flatMap { channel in
            (0..<plane).map { input.values[$0 * input.channels + channel] }
        }
        self.bias = bias
    }

    private static func add(_ source: Window, to target: inout Window) {
        for row in source.rows {
            let count = source.columns.count * source.channels
            let (from, to) = (
                source.start(row, source.columns.lowerBound), target.start(row, source.columns.lowerBound)
            )
            for index in 0..<count { target.values[to + index] += source.values[from + index] }
        }
    }

    /// `target[y][x][i] += sum of w[o][i][ky][kx] * source[y - ky + padding][x - kx + padding][o]`.
    ///
    /// A row of targets stays in the cache while the weights of a tap pass it: in any other order the weights of 96 channels
    /// come from memory for every position.
    private static func transpose(_ step: AdjointStep, _ source: Window, into target: inout Window) {
        let (inputs, outputs) = (target.channels, source.channels)
        let (kernel, padding) = (
            (height: step.convolution.kernelHeight, width: step.convolution.kernelWidth), step.convolution.padding
        )
        let (rows, columns) = (target.rows, target.columns)
        let targetStarts = rows.map { target.start($0, columns.lowerBound) }
        let weights = step.weights.span
        let values = source.values.span
        var sums = target.values.mutableSpan
        for row in rows {
            for ky in 0..<kernel.height where source.rows.contains(row - ky + padding) {
                for kx in 0..<kernel.width {
                    let reached = columns.clamped(
                        to: source.columns.lowerBound + kx - padding..<source.columns.upperBound + kx - padding)
                    guard !reached.isEmpty else { continue }
                    let from = source.start(row - ky + padding, reached.lowerBound - kx + padding)
                    let to = targetStarts[row - rows.lowerBound] + (reached.lowerBound - columns.lowerBound) * inputs
                    let tap = (ky * kernel.width + kx) * outputs
                    var output = 0
                    // Four outputs a pass, so that a sum is loaded and stored once for four products.
                    while output + 4 <= outputs {
                        let (wa, wb) = ((tap + output) * inputs, (tap + output + 1) * inputs)
                        let (wc, wd) = (wb + inputs, wb + 2 * inputs)
                        for position in 0..<reached.count {
                            let at = from + position * outputs + output
                            let (a, b, c, d) = (values[at], values[at + 1], values[at + 2], values[at + 3])
                            let start = to + position * inputs
                            // In range: windows and weights have the sizes their starts are made from. A check of any kind would
                            // keep the loop from becoming vector instructions.
                            for input in 0..<inputs {
                                sums[unchecked: start &+ input] +=
                                    a * weights[unchecked: wa &+ input] + b * weights[unchecked: wb &+ input]
                                    + c * weights[unchecked: wc &+ input] + d * weights[unchecked: wd &+ input]
                            }
                        }
                        output += 4
                    }
                    while output < outputs {
                        let first = (tap + output) * inputs
                        for position in 0..<reached.count {
                            let value = values[from + position * outputs + output]
                            let start = to + position * inputs
                            for input in 0..<inputs { sums[start + input] += value * weights[first + input] }
                        }
                        output += 1
                    }
                }
            }
        }
    }
}
