package import Denoising
import Imaging
package import Numerics

/// What a client knows about one layer: the windows its filters saw, and what came back for each, masked or not.
///
/// Row i of the regression is a window `[in][kh][kw]`, the activation that a skip adds where there is one, and a constant for
/// the bias; the value is `r (w x + b)`, r whatever the mode multiplies with.
package struct LayerEquations: Sendable {
    package let layer: Layer
    let matrix: RegressorMatrix
    /// `[channel][row]`.
    let values: [[Double]]
    /// What stands in the bias's column: as large as an input, for the conditioning.
    let unit: Double
    private let input: Tensor
    private let skipped: Tensor?
    private let received: IntegerTensor
    /// Images that shared a ciphertext.
    private let slotCount: Int
    /// Output positions of the rows: image, then position in the plane.
    private let positions: [(image: Int, offset: Int)]

    /// - Parameters:
    ///   - input: the layer's input as the client knows it; an estimate where it had to steal the layers before.
    ///   - skipped: the activation a skip adds; only layers of one output channel take one.
    ///   - received: the layer's output.
    ///   - slots: images that shared a ciphertext.
    ///   - limit: rows used at most, drawn at random; all are put into random order.
    package init(
        _ layer: Layer, input: Tensor, skipped: Tensor? = nil, received: IntegerTensor, slots: Int = 1,
        limit: Int, using generator: inout SeededGenerator
    ) throws {
        guard skipped == nil || layer.outputChannels == 1 else {
            throw LeakageError.unsuitable(
                attack: "on layer \(layer.name)", expected: "a skip into a layer of one output channel")
        }
        let plane = received.shape.planeSize
        let width = received.shape.width
        let all = input.shape.count * plane
        let chosen = Self.sample(min(limit, all), of: all, using: &generator)
        positions = chosen.map { ($0 / plane, $0 % plane) }
        let unit = max(1e-6, Self.scale(input))
        let taps = layer.inputChannels * layer.kernelHeight * layer.kernelWidth
        let positions = positions
        matrix = RegressorMatrix(rows: chosen.count, columns: taps + (skipped == nil ? 1 : 2)) { row, buffer in
            Self.fill(
                &buffer, layer, input: input, skipped: skipped, image: positions[row].image,
                offset: positions[row].offset, width: width, unit: unit)
        }
        self.input = input
        self.skipped = skipped
        self.layer = layer
        self.unit = unit
        self.received = received
        slotCount = slots
        values = (0..<layer.outputChannels).map { channel in
            positions.map { position in
                received.values.double(
                    (position.image * layer.outputChannels + channel) * plane + position.offset)
            }
        }
    }

    /// One row: a window with the activation that a skip adds, and the bias's constant.
    private static func fill(
        _ buffer: inout [Double], _ layer: Layer, input: Tensor, skipped: Tensor?, image: Int, offset: Int, width: Int,
        unit: Double
    ) {
        let shape = input.shape
        let (y, x) = (offset / width - layer.padding, offset % width - layer.padding)
        var tap = 0
        for channel in 0..<shape.channels {
            let base = (image * shape.channels + channel) * shape.planeSize
            for ky in y..<y + layer.kernelHeight {
                for kx in x..<x + layer.kernelWidth {
                    let isInside = ky >= 0 && ky < shape.height && kx >= 0 && kx < shape.width
                    buffer[tap] = isInside ? Double(input.values[base + ky * shape.width + kx]) : 0
                    tap += 1
                }
            }
        }
        if let skipped {
            buffer[tap] = Double(skipped.values[image * skipped.shape.planeSize + offset])
            tap += 1
        }
        buffer[tap] = unit
    }

    package var rows: Int { positions.count }

    /// The rows of one position in all images.
    func windows(at offset: Int) -> RegressorMatrix {
        RegressorMatrix(rows: received.shape.count, columns: matrix.columns) { image, buffer in
            Self.fill(
                &buffer, layer, input: input, skipped: skipped, image: image, offset: offset,
                width: received.shape.width, unit: unit)
        }
    }

    /// Where the values of one position in all images are: in one ciphertext, whatever the order of positions.
    func indices(at offset: Int, channel: Int) -> [Int] {
        (0..<received.shape.count).map { index(image: $0, offset: offset, channel: channel) }
    }

    func exactValues(_ indices: [Int]) -> [BigInteger] { indices.map { received.values[$0] } }
    func nearestValues(_ indices: [Int]) -> [Double] { indices.map { received.values.double($0) } }

    /// Positions of the output's plane.
    var planeSize: Int { received.shape.planeSize }

    /// Positions whose windows leave out the outermost pixels of the image.
    var innerPositions: [Int] {
        func isInner(_ position: Int, _ kernel: Int, _ size: Int) -> Bool {
            position - layer.padding >= 1 && position - layer.padding + kernel <= size - 1
        }
        let width = received.shape.width
        return (0..<planeSize).filter {
            isInner($0 / width, layer.kernelHeight, input.shape.height)
                && isInner($0 % width, layer.kernelWidth, input.shape.width)
        }
    }

    /// The exact value of a row, and where it stands.
    package func exactValue(_ row: Int, channel: Int) -> BigInteger { received.values[index(row, channel: channel)] }

    package func index(_ row: Int, channel: Int, image: Int? = nil) -> Int {
        index(image: image ?? positions[row].image, offset: positions[row].offset, channel: channel)
    }

    private func index(image: Int, offset: Int, channel: Int) -> Int {
        (image * layer.outputChannels + channel) * received.shape.planeSize + offset
    }

    /// The exact window of a row, and 1 for the bias. - Precondition: the input was whole numbers.
    func exactWindow(_ row: Int) -> [Int] { Self.exactWindow(matrix, row) }

    static func exactWindow(_ matrix: RegressorMatrix, _ row: Int) -> [Int] {
        matrix.row(row).dropLast().map(whole) + [1]
    }

    /// A transcript from elsewhere may hold anything. Beyond 2^53 numbers are not exact in the equations, and what they give fits no value.
    static func whole(_ value: Double) -> Int {
        value.isFinite ? Int(min(max(value.rounded(), -0x1p62), 0x1p62)) : 0
    }

    /// Values of a row's position and channel that shared its ciphertext.
    func slots(_ row: Int, channel: Int) -> [BigInteger] {
        let first = positions[row].image / slotCount * slotCount
        return (first..<min(first + slotCount, received.shape.count)).map {
            received.values[index(row, channel: channel, image: $0)]
        }
    }

    /// A filter from the coefficients of the regression.
    func filter(_ coefficients: [Double], dividedBy scale: Double, isSignKnown: Bool = true) -> FilterEstimate {
        let taps = layer.inputChannels * layer.kernelHeight * layer.kernelWidth
        return FilterEstimate(
            weights: coefficients[..<taps].map { $0 / scale },
            bias: coefficients[coefficients.count - 1] * unit / scale,
            skip: coefficients.count > taps + 1 ? coefficients[taps] / scale : nil, isSignKnown: isSignKnown)
    }

    /// A filter from the solution of exact equations, whose bias stands beside 1.
    func filter(_ solution: [Int]) -> FilterEstimate {
        var filter = filter(solution.map(Double.init), dividedBy: 1)
        filter.bias = Double(solution[solution.count - 1])
        return filter
    }

    /// The coefficients of the regression from a filter in integer units.
    func coefficients(_ filter: FilterEstimate) -> [Double] {
        filter.weights + (filter.skip.map { [$0] } ?? []) + [filter.bias / unit]
    }

    private static func scale(_ input: Tensor) -> Double {
        (input.values.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(1, input.values.count))).squareRoot()
    }

    /// `count` of the numbers below `total`, in random order.
    static func sample(_ count: Int, of total: Int, using generator: inout SeededGenerator) -> [Int] {
        var numbers = Array(0..<total)
        for index in 0..<min(count, total) {
            numbers.swapAt(index, index + Int(generator.uniform() * Double(total - index)))
        }
        return Array(numbers.prefix(count))
    }
}

/// What an attack says about one filter, in units of the integer network where the mask's mean is known.
package struct FilterEstimate: Sendable, Equatable {
    /// `[in][kh][kw]`.
    package var weights: [Double]
    package var bias: Double
    /// Multiplier of the activation that is added.
    package var skip: Double?
    /// False where the filter and its negative explain everything equally well.
    package var isSignKnown: Bool
}

extension IntegerArray {
    /// The nearest double, up to the last bit.
    func double(_ index: Int) -> Double {
        guard limbs > 1 else { return Double(narrow(index)) }
        let isNegative = isNegative(index)
        var (sum, scale, carry) = (0.0, 1.0, isNegative)
        for limb in 0..<limbs {
            var word = words[index * limbs + limb]
            if isNegative {
                word = ~word
                if carry { (word, carry) = word.addingReportingOverflow(1) }
            }
            sum += Double(word) * scale
            scale *= 0x1p64
        }
        return isNegative ? -sum : sum
    }
}
