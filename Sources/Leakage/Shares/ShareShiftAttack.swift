import Denoising
import Numerics
import PrivateDenoising

/// G: a client of mode `shared` that shifts its shares and reads the network's weights out of changed outputs.
///
/// The protocol is proven against parties that follow it; shares are not authenticated, so that a client may add what it likes to its own
/// (Lehmkuhl et al. 2021, Muse; Chen and Fan 2022, SEEK). Two sessions read a network of three layers: the first its last two layers,
/// the second the first one through those. The server's part is the product's own.
package struct ShareShiftAttack {
    package enum Behaviour: String, CaseIterable, Sendable {
        /// Shifts its shares.
        case shifted
        /// The control: follows the protocol with images of its own, and reads as if it had not.
        case honest
    }

    private let agreement: Agreement
    private let layers: [ShareLayer]

    /// - Parameters:
    ///   - agreement: of any number of images.
    ///   - weightBits: what the attacker takes the weights' width to be.
    /// - Throws: `LeakageError.unsuitable` for another mode, or a network that the probes do not go through.
    init(_ agreement: Agreement, weightBits: Int) throws {
        self.agreement = agreement
        layers = try ShareLayer.all(of: agreement, weightBits: weightBits)
    }

    // MARK: First session

    /// Probes of the last layer's weights, of those of the layer before, and of its biases; one more where nothing is asked.
    func first() throws -> [ShareProbes] {
        let last = layers.count - 1
        let ends = (0..<layers[last].inputChannels).map { ShareProbes.Probe(input: $0, output: 0) }
        let before = (0..<layers[last - 1].outputChannels).flatMap { output in
            [ShareProbes.Probe(input: nil, output: output)]
                + (0..<layers[last - 1].inputChannels).map { ShareProbes.Probe(input: $0, output: output) }
        }
        return [
            try ShareProbes(agreement, layers, target: last, probes: [ShareProbes.Probe(input: nil, output: 0)] + ends),
            try ShareProbes(agreement, layers, target: last - 1, probes: before),
        ]
    }

    /// The last two layers, from the outputs of `first`.
    func readFirst(_ probes: [ShareProbes], _ outputs: [IntegerTensor]) -> ReadLayers {
        let (ends, before) = (probes[0], probes[1])
        let (last, kernel) = (layers[layers.count - 1], layers[layers.count - 1].kernel)
        let squares = ends.probes.indices.map { Square(outputs[0], ends.places[$0], side: kernel) }
        let bias = squares[0].values[0] - last.middle
        // The square shows the filter turned by half a turn.
        let weights = squares.dropFirst().flatMap { square in
            square.values.reversed().map { Double($0 - last.middle - bias) }
        }
        let final = ReadFilter(weights: weights, bias: Double(bias), kernel: kernel)
        let target = layers[layers.count - 2]
        let side = ShareProbes.side(behind: layers.count - 2, layers)
        var next: [ReadFilter] = []
        for output in 0..<target.outputChannels {
            let first = output * (target.inputChannels + 1)
            let found = (first...first + target.inputChannels).map { index in
                final.undone(
                    Square(outputs[1], before.places[index], side: side).values.map { Double($0 - last.middle - bias) },
                    channel: output, side: target.kernel
                ).map { $0.map { $0.rounded() } }
            }
            next.append(filter(of: target, found))
        }
        return ReadLayers(final: final, next: next)
    }

    /// A filter from activations of its squares: the bias's first, then an input channel each.
    private func filter(of layer: ShareLayer, _ squares: [[Double]?]) -> ReadFilter {
        let unit = Double(sign: .plus, exponent: layer.shift, significand: 1)
        let taps = layer.kernel * layer.kernel
        let biases = squares[0].map { values in
            values.enumerated().map { $1 * unit - Double(layer.offset(at: $0, isDithered: true)) }
        }
        // Each is right to half a step, with another remainder.
        let bias = biases.map { mean($0) } ?? 0
        let weights = squares.dropFirst().flatMap { square -> [Double] in
            guard let square else { return [Double](repeating: 0, count: taps) }
            return square.reversed().map {
                (($0 * unit - Double(layer.middle) - bias) / Double(layer.impulse)).rounded()
            }
        }
        return ReadFilter(weights: weights, bias: bias, kernel: layer.kernel)
    }

    // MARK: Second session

    /// Probes of the first layer: every filter and its bias through every channel of the next layer.
    func second() throws -> ShareProbes {
        let (target, relays) = (layers[0], layers[1].outputChannels)
        let probes = (0..<target.outputChannels).flatMap { output in
            ([nil] + (0..<target.inputChannels).map(Optional.some)).flatMap { input in
                (0..<relays).map { ShareProbes.Probe(input: input, output: output, relay: $0) }
            }
        }
        return try ShareProbes(agreement, layers, target: 0, probes: probes)
    }

    func readSecond(_ probes: ShareProbes, _ output: IntegerTensor, known: ReadLayers) -> [ReadFilter] {
        let (target, relays) = (layers[0], layers[1].outputChannels)
        return (0..<target.outputChannels).map { channel in
            let squares = (0...target.inputChannels).map { input -> [Double]? in
                let first = (channel * (target.inputChannels + 1) + input) * relays
                return activations(first..<first + relays, of: channel, probes, output, known: known)
            }
            return filter(of: target, squares)
        }
    }

    /// Activations of the first layer in a square, from all relays together: least squares, for the relays are rounded.
    private func activations(
        _ indices: Range<Int>, of channel: Int, _ probes: ShareProbes, _ output: IntegerTensor, known: ReadLayers
    ) -> [Double]? {
        let (side, middle) = (ShareProbes.side(behind: 0, layers), layers[2].middle)
        let inner = ShareProbes.side(behind: 0, upTo: 1, layers)
        let (kernel, next) = (layers[0].kernel, layers[1])
        let unit = Double(sign: .plus, exponent: next.shift, significand: 1)
        // The last layer adds the image: the square's pixel with the impulse says nothing.
        let center = ShareProbes.offset(from: 0, layers)
        let isAdded = agreement.layers[2].architecture.skip != nil
        var system = NormalEquations(unknowns: kernel * kernel)
        for index in indices {
            let probe = probes.probes[index]
            guard let relay = probe.relay else { continue }
            let shown = Square(output, probes.places[index], side: side).values.enumerated().map { place, value in
                isAdded && probe.input != nil && place == center * side + center
                    ? Double.nan : Double(value - middle) - known.final.bias
            }
            guard let relayed = known.final.undone(shown, channel: relay, side: inner) else { continue }
            let filter = known.next[relay]
            let expected = filter.expected(
                from: channel, activation: layers[0].expectedActivation, side: kernel)
            for (position, value) in relayed.enumerated() {
                let activation = value.rounded()
                // Clamped ones say little.
                guard activation > 0, activation < Double(1 << next.bits - 1) else { continue }
                let sum = activation * unit - (Double(next.middle) - Double(expected[position])) - filter.bias
                system.add(filter.taps(of: channel, at: position, side: kernel), sum)
            }
        }
        return system.solution
    }
}

/// A filter as it was read.
struct ReadFilter {
    /// `[in][kh][kw]`.
    let weights: [Double]
    let bias: Double
    let kernel: Int

    /// The weights that a square of `side` activations of a channel has in the sum at a position of the larger square behind it.
    func taps(of channel: Int, at position: Int, side: Int) -> [(index: Int, weight: Double)] {
        let large = side + kernel - 1
        let (row, column) = (position / large, position % large)
        var taps: [(Int, Double)] = []
        for y in max(0, row - kernel + 1)...min(side - 1, row) {
            for x in max(0, column - kernel + 1)...min(side - 1, column) {
                let tap = (y - row + kernel - 1) * kernel + x - column + kernel - 1
                taps.append((y * side + x, weights[channel * kernel * kernel + tap]))
            }
        }
        return taps
    }

    /// What constant activations in a square of a channel add up to, at every position of the larger square behind it, bias included.
    func expected(from channel: Int, activation: Int, side: Int) -> [Int] {
        let large = side + kernel - 1
        return (0..<large * large).map { position in
            let sum = taps(of: channel, at: position, side: side).reduce(0) { $0 + $1.weight }
            // An honest client's reading may be anything.
            return Int(exactly: (sum * Double(activation) + bias).rounded()) ?? 0
        }
    }

    /// The activations in a square of `side`, from sums without bias in the larger square behind it; NaN counts as unknown.
    /// - Returns: Nil where the channel's weights are too few to tell.
    func undone(_ sums: [Double], channel: Int, side: Int) -> [Double]? {
        var system = NormalEquations(unknowns: side * side)
        for (position, sum) in sums.enumerated() where !sum.isNaN {
            system.add(taps(of: channel, at: position, side: side), sum)
        }
        return system.solution
    }
}

/// What the first session gives away.
struct ReadLayers {
    let final: ReadFilter
    /// Of the layer before, an output channel each.
    let next: [ReadFilter]
}

/// Least squares with few coefficients an equation.
private struct NormalEquations {
    private var moments: [Double]
    private var side: [Double]

    init(unknowns: Int) {
        moments = [Double](repeating: 0, count: unknowns * unknowns)
        side = [Double](repeating: 0, count: unknowns)
    }

    mutating func add(_ coefficients: [(index: Int, weight: Double)], _ value: Double) {
        for (i, a) in coefficients {
            side[i] += a * value
            for (j, b) in coefficients { moments[i * side.count + j] += a * b }
        }
    }

    var solution: [Double]? { DenseSolver.solve(positiveDefinite: moments, rightSides: [side])?[0] }
}

/// A square of an image of the output.
private struct Square {
    /// Row by row.
    let values: [Int]

    init(_ output: IntegerTensor, _ place: ShareProbes.Place, side: Int) {
        let shape = output.shape
        values = (0..<side * side).map { position in
            let (row, column) = (place.row + position / side, place.column + position % side)
            return output.values.narrow((place.image * shape.height + row) * shape.width + column)
        }
    }
}
