public import Numerics

/// A linear map with a row of whole coefficients for every output position: what a fused network is.
public struct IntegerRows: Sendable, Hashable {
    public let grid: WindowGrid
    /// By filter of the grid: `[out][in][window rows][window columns]`.
    public let filters: [[Int32]]
    /// By filter of the grid: one per output channel.
    public let biases: [[BigInteger]]

    /// The largest magnitude of every output channel for inputs of at most `largestInput`.
    func bounds(largestInput: BigInteger) -> [BigInteger] {
        (0..<grid.output.channels).map { channel in
            zip(filters, biases).map { filter, bias in
                let taps = filter.count / grid.output.channels
                let norm = filter[channel * taps..<(channel + 1) * taps].reduce(0) { $0 + Int($1.magnitude) }
                return BigInteger(norm) * largestInput + bias[channel].absoluteValue
            }.max() ?? .zero
        }
    }

    /// - Precondition: `input` is of the grid's size, one limb a value, and the results fit machine integers.
    func apply(_ input: IntegerTensor, limbs: Int) -> IntegerArray {
        let (source, target) = (grid.input, grid.output)
        var result = IntegerArray(count: input.shape.count * target.elementCount, limbs: limbs)
        let filterOf = grid.filters
        let values = (0..<input.values.count).map(input.values.narrow)
        var index = 0
        for image in 0..<input.shape.count {
            let start = image * source.elementCount
            for channel in 0..<target.channels {
                for (row, line) in grid.rows.enumerated() {
                    for (column, other) in grid.columns.enumerated() {
                        let filter = filterOf[row * target.width + column]
                        var sum = biases[filter][channel].exactInt ?? 0
                        var tap = channel * (filters[filter].count / target.channels)
                        for plane in 0..<source.channels {
                            for y in line.window {
                                let base = start + (plane * source.height + y) * source.width
                                for x in other.window {
                                    sum += Int(filters[filter][tap]) * values[base + x]
                                    tap += 1
                                }
                            }
                        }
                        result[index] = BigInteger(sum)
                        index += 1
                    }
                }
            }
        }
        return result
    }
}
