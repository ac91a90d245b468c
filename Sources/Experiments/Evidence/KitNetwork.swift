import Denoising
import Numerics

/// `network.json`: the integers of a network, for programs that are not ours. Numbers that can pass 64 bits are decimal text.
struct KitNetwork: Encodable {
    let kind: String
    let input_bits, weight_bits: Int
    /// Normalised output per unit of the last accumulator.
    let output_scale: Double
    let layers: [Layer]

    struct Layer: Encodable {
        let name: String
        let input_channels, output_channels: Int
        /// Rows and columns; of the largest window where there are rows.
        let kernel: [Int]
        let padding: Int
        /// `[out][in][row][column]` of a cross-correlation.
        let weights: [Int32]
        /// One per output channel.
        let bias: [String]
        let skip: Skip?
        /// `none`, `relu`, or `requantise`: clamp(floor((y multiplier + half) / 2^shift), 0, 2^activation_bits - 1).
        let activation: String
        let multipliers: [Int64]?
        let shift, activation_bits: Int?
        /// In place of weights and bias: a filter for every output position.
        let rows: Rows?
    }

    struct Skip: Encodable {
        /// 0 is the input, k what layer k passed on.
        let source: Int
        /// One per output channel.
        let multipliers: [String]
    }

    struct Rows: Encodable {
        /// Channels, rows, columns.
        let input, output: [Int]
        /// For every output row (column): the first input row (column) it reads and the one after the last.
        let row_windows, column_windows: [[Int]]
        /// The filter of every output position, row by row.
        let filter_of: [Int]
        /// By filter: `[out][in][window row][window column]`, and one bias per output channel.
        let filters: [[Int32]]
        let biases: [[String]]
    }

    init(_ network: IntegerNetwork) {
        kind = network.kind.rawValue
        input_bits = network.inputBits
        weight_bits = network.weightBits
        output_scale = network.outputScale
        layers = network.layers.map(Layer.init)
    }
}

extension KitNetwork.Layer {
    init(_ layer: IntegerLayer) {
        let (name, requantiser): (String, Requantiser?) =
            switch layer.activation {
            case .none: ("none", nil)
            case .relu: ("relu", nil)
            case .requantise(let requantiser): ("requantise", requantiser)
            }
        self.init(
            name: layer.name, input_channels: layer.inputChannels, output_channels: layer.outputChannels,
            kernel: [layer.kernelHeight, layer.kernelWidth], padding: layer.padding, weights: layer.weights,
            bias: layer.bias.map(\.description),
            skip: layer.skip.map { .init(source: $0.source, multipliers: $0.multipliers.map(\.description)) },
            activation: name, multipliers: requantiser?.multipliers, shift: requantiser?.shift,
            activation_bits: requantiser?.activationBits, rows: layer.rows.map(KitNetwork.Rows.init))
    }
}

extension KitNetwork.Rows {
    init(_ rows: IntegerRows) {
        let grid = rows.grid
        func sizes(_ shape: TensorShape) -> [Int] { [shape.channels, shape.height, shape.width] }
        func windows(_ lines: [WindowGrid.Line]) -> [[Int]] {
            lines.map { [$0.window.lowerBound, $0.window.upperBound] }
        }
        self.init(
            input: sizes(grid.input), output: sizes(grid.output), row_windows: windows(grid.rows),
            column_windows: windows(grid.columns), filter_of: grid.filters, filters: rows.filters,
            biases: rows.biases.map { $0.map(\.description) })
    }
}
