import Denoising
import Numerics
@_spi(Unprotected) import PrivateDenoising

/// What the client of attack G asks of one session of mode `shared`: many probes beside each other, each in a square of its own of the
/// output.
///
/// The client sends black images and shifts its shares so that only what it asks for is left of the network. Every accumulator of an
/// inner layer is pushed far below zero, so that its activation is 0, but for one channel in one small square: there it is brought to the
/// middle of the activation's range, where nothing is clamped. An impulse that is added to a layer's input then shows as that channel's
/// filter; the layers behind it, known by then, are undone.
///
/// Coordinates: a correlation's output at y uses its input at y + k - pad for k in 0 ..< kernel. An impulse at p of layer l shows in
/// `kernel` rows from p + pad - kernel + 1 on, and `kernel' - 1` rows more, from `kernel' - 1 - pad'` earlier on, behind the next layer.
struct ShareProbes {
    /// One question.
    struct Probe {
        /// The channel of the layer's input with the impulse; nil asks for the bias, with offsets that rise by a step of the activation in
        /// all over the square.
        let input: Int?
        /// The channel left alive; of the last layer there is one.
        let output: Int
        /// Of the third layer from the end: the channel left alive behind it.
        var relay: Int?
    }

    /// Where a probe is.
    struct Place {
        let image: Int
        /// First row and column of its square of the output.
        let row, column: Int
    }

    let layers: [ShareLayer]
    /// The layer asked about, the last or one of the two before it.
    let target: Int
    let probes: [Probe]
    let places: [Place]
    let images: TensorShape

    /// - Throws: `LeakageError.unsuitable` for images without room for a square.
    init(_ agreement: Agreement, _ layers: [ShareLayer], target: Int, probes: [Probe]) throws {
        self.layers = layers
        self.target = target
        self.probes = probes
        let side = Self.side(behind: target, layers)
        let cells = Self.cells(of: agreement, target: target, side: side, layers)
        guard !cells.isEmpty else {
            throw LeakageError.unsuitable(
                attack: "shifts", found: "images of \(agreement.images.height)x\(agreement.images.width)",
                expected: "at least \(side)x\(side)")
        }
        places = probes.indices.map { index in
            let cell = cells[index % cells.count]
            return Place(image: index / cells.count, row: cell.row, column: cell.column)
        }
        images = agreement.images.with(count: max(1, (probes.count + cells.count - 1) / cells.count))
    }

    /// Rows of the square of layer `layer`'s output that an impulse into `target` shows in.
    static func side(behind target: Int, upTo layer: Int? = nil, _ layers: [ShareLayer]) -> Int {
        let last = layer ?? layers.count - 1
        return layers[target...last].reduce(1) { $0 + $1.kernel - 1 }
    }

    /// Squares of the output whose counterparts lie inside all layers.
    private static func cells(
        of agreement: Agreement, target: Int, side: Int, _ layers: [ShareLayer]
    ) -> [(row: Int, column: Int)] {
        let shapes = agreement.activationShapes
        let output = shapes[layers.count]
        func fits(_ first: Int, _ size: (TensorShape) -> Int) -> Bool {
            (target...layers.count).allSatisfy { layer in
                let start = first + Self.offset(from: layer, layers)
                let count = layer == target ? 1 : Self.side(behind: target, upTo: layer - 1, layers)
                // What enters layer 0 behind nothing is the impulse alone.
                return start >= 0 && start + count <= size(shapes[layer])
            }
        }
        let rows = stride(from: 0, through: output.height - side, by: side).filter { fits($0, \.height) }
        let columns = stride(from: 0, through: output.width - side, by: side).filter { fits($0, \.width) }
        return rows.flatMap { row in columns.map { (row, $0) } }
    }

    /// From a square's first row in the output to the first row of its counterpart in the input of a layer.
    static func offset(from layer: Int, _ layers: [ShareLayer]) -> Int {
        layers[layer...].reduce(0) { $0 + $1.kernel - 1 - $1.padding }
    }

    /// What the client adds to its shares.
    /// - Parameter known: filters of the layers behind the target, as far as relays need them.
    func shifts(_ agreement: Agreement, known: ReadLayers) -> ShareShifts {
        let shapes = agreement.activationShapes.map { $0.with(count: images.count) }
        var inputs = [Int: IntegerTensor]()
        var accumulators = [Int: IntegerTensor]()
        for (index, layer) in layers.enumerated() {
            let constant = index == layers.count - 1 ? layer.middle : -layer.depth
            let shape = shapes[index + 1]
            accumulators[index] = IntegerTensor(
                shape: shape, values: IntegerArray([Int](repeating: constant, count: shape.elementCount)))
        }
        inputs[target] = IntegerTensor(shape: shapes[target], limbs: 1)
        for (probe, place) in zip(probes, places) {
            if let input = probe.input {
                inputs[target]?.set(
                    layers[target].impulse, place.image, input, place.row + Self.offset(from: target, layers),
                    place.column + Self.offset(from: target, layers))
            }
            guard target < layers.count - 1 else { continue }
            raise(probe, place, in: &accumulators)
            if target < layers.count - 2 { relay(probe, place, known, in: &accumulators) }
        }
        return ShareShifts(inputs: inputs, accumulators: accumulators)
    }

    /// Brings one channel of the target's accumulators to the middle of the range.
    private func raise(_ probe: Probe, _ place: Place, in accumulators: inout [Int: IntegerTensor]) {
        let (kernel, offset) = (layers[target].kernel, Self.offset(from: target + 1, layers))
        for row in 0..<kernel {
            for column in 0..<kernel {
                let value = layers[target].offset(at: row * kernel + column, isDithered: probe.input == nil)
                accumulators[target]?.set(
                    value, place.image, probe.output, place.row + offset + row, place.column + offset + column)
            }
        }
    }

    /// Behind the target, brings the relay's channel to the middle and every other one as deep as it can lie, for the expected activation.
    private func relay(
        _ probe: Probe, _ place: Place, _ known: ReadLayers, in accumulators: inout [Int: IntegerTensor]
    ) {
        let (layer, offset) = (layers[target + 1], Self.offset(from: target + 2, layers))
        let side = Self.side(behind: target, upTo: target + 1, layers)
        for channel in known.next.indices {
            let expected = known.next[channel].expected(
                from: probe.output, activation: layers[target].expectedActivation, side: layers[target].kernel)
            let aim = channel == probe.relay ? layer.middle : -layer.depth
            for position in 0..<side * side {
                accumulators[target + 1]?.set(
                    aim &- expected[position], place.image, channel, place.row + offset + position / side,
                    place.column + offset + position % side)
            }
        }
    }
}

/// The public widths of a layer, and what the client adds where.
struct ShareLayer {
    let inputChannels, outputChannels, kernel, padding: Int
    /// L, s and A of the activation; s and A are 0 in the last layer.
    let width, shift, bits: Int
    /// What the weights' width is taken to be.
    let weightBits: Int

    /// - Throws: `LeakageError.unsuitable` for what the probes do not go through.
    static func all(of agreement: Agreement, weightBits: Int) throws -> [ShareLayer] {
        let layers = try agreement.layers.enumerated().map { index, layer -> ShareLayer in
            let shape = layer.architecture
            var (shift, bits) = (0, 0)
            if case .requantise(let requantiser) = layer.activation {
                (shift, bits) = (requantiser.shift, requantiser.activationBits)
            }
            let width = layer.bound.bitWidth
            guard shape.kernelHeight == shape.kernelWidth, bits == 0 || width >= shift + bits + 3,
                shape.skip == nil || (shape.skip == 0 && index == agreement.layers.count - 1)
            else {
                throw LeakageError.unsuitable(
                    attack: "shifts", found: "layer \(layer.name)",
                    expected: "square filters, room of three bits above a shift, and no sum but the last with the image"
                )
            }
            return ShareLayer(
                inputChannels: shape.inputChannels, outputChannels: shape.outputChannels, kernel: shape.kernelHeight,
                padding: shape.padding, width: width, shift: shift, bits: bits, weightBits: weightBits)
        }
        guard agreement.mode == .shared, agreement.order == .interleaved, layers.count == 3 else {
            throw LeakageError.unsuitable(
                attack: "shifts", found: "\(layers.count) layers in mode \(agreement.mode.rawValue)",
                expected: "three layers in mode shared, linear layers within the run")
        }
        return layers
    }

    private var isLast: Bool { bits == 0 }
    /// Where an accumulator is out of the way of both ends: of the activation's range, or of the ReLU.
    var middle: Int { isLast ? 1 << (width - 2) : 1 << (shift + bits - 1) }
    /// How far below zero dead accumulators are pushed: to the middle of what is left there.
    var depth: Int { 1 << (width - 2) - 1 << (shift + bits - 1) }
    /// Whose product with the largest weight stays within 7/8 of the way to the ends.
    var impulse: Int { isLast ? 1 : max(1, (middle / 8 * 7) >> (weightBits - 1)) }
    /// What an activation is brought to where the impulse's product is 0.
    var expectedActivation: Int { 1 << (bits - 1) }

    /// What is added to a live accumulator.
    func offset(at position: Int, isDithered: Bool) -> Int {
        middle + (isDithered ? (position << shift) / (kernel * kernel) : 0)
    }
}

extension IntegerTensor {
    fileprivate mutating func set(_ value: Int, _ image: Int, _ channel: Int, _ row: Int, _ column: Int) {
        let index = ((image * shape.channels + channel) * shape.height + row) * shape.width + column
        values.words[index] = UInt64(bitPattern: Int64(value))
    }
}
