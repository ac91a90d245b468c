package import Denoising
package import Imaging
import Numerics
import PrivateDenoising

/// A network put together from stolen filters, layer after layer: once a layer is known, the client computes the next one's input.
///
/// A filter under masks is known up to a positive factor, which a ReLU passes on and the next layer's filter takes in; the last
/// values come without a mask and settle the scale.
package struct StolenNetwork: Sendable {
    private let network: Network
    private let tensors: [String: WeightTensor]
    private let weights: Weights
    private let window: HounsfieldWindow

    /// - Parameters:
    ///   - attack: for masked rounds.
    ///   - rows: equations used for each layer at most.
    /// - Returns: Nil where the attack saw that it failed.
    /// - Throws: `LeakageError.unsuitable` unless every round has one layer, as in modes with a ReLU after every layer.
    package init?(
        _ view: ClientView, attack: FilterAttack, rows: Int, window: HounsfieldWindow = .standard, seed: UInt64,
        threads: Int
    ) throws {
        let layers = view.rounds.compactMap { $0.layers.count == 1 ? $0.layers[0] : nil }
        guard layers.count == view.agreement.rounds.count else {
            throw LeakageError.unsuitable(
                attack: "on a network", expected: "a whole run of a mode that shows every layer")
        }
        let mask = MaskKnowledge(view.agreement)
        let isMasked = mask.isMasked
        var generator = SeededGenerator(seed: seed)
        var activations = [Tensor(view.rounds[0].sent)]
        var tensors: [String: WeightTensor] = [:]
        for (index, layer) in layers.enumerated() {
            let isLast = index == layers.count - 1
            let equations = try LayerEquations(
                layer, input: activations[index], skipped: layer.skip.map { activations[$0] },
                received: view.rounds[index].received, limit: rows, using: &generator)
            let method: FilterAttack = isLast && isMasked ? .leastSquares : attack
            let estimates = method.estimate(
                equations, mask: isLast ? mask.ofPlainValues : mask, seed: seed, threads: threads)
            let filters = estimates.compactMap(\.self)
            guard filters.count == layer.outputChannels else { return nil }
            let next = isLast || isMasked ? nil : Tensor(view.rounds[index + 1].sent)
            let scales = next.map { Self.requantisation(view.rounds[index].received, $0) }
            let values = filters.enumerated().map { channel, filter in
                (filter, isLast ? view.agreement.outputScale : scales?[channel] ?? 1)
            }
            if isLast, let skip = filters[0].skip {
                let whole = skip * view.agreement.outputScale * Double(1 << view.agreement.inputBits - 1)
                guard abs(whole - 1) < 0.2 else { return nil }
            }
            // The first layer takes normalised pixels.
            let inputUnit = index == 0 ? Double(1 << view.agreement.inputBits - 1) : 1
            tensors[layer.weightName] = try WeightTensor(
                shape: layer.weightShape,
                values: values.flatMap { filter, factor in filter.weights.map { Float($0 * factor * inputUnit) } })
            tensors[layer.biasName] = try WeightTensor(
                shape: layer.biasShape, values: values.map { filter, factor in Float(filter.bias * factor) })
            if !isLast {
                activations.append(try next ?? Self.apply(layer, tensors, to: activations[index], unit: inputUnit))
            }
        }
        network = try Network(layers: layers)
        weights = try Weights(tensors, for: network)
        self.tensors = tensors
        self.window = window
    }

    /// Denoises images in HU.
    package func apply(_ images: [Image], threads: Int) throws -> [Image] {
        try network.evaluate(Tensor(images, window: window), weights: weights, threads: threads)
            .hounsfieldImages(window: window)
    }

    /// What every layer makes of images in HU, before its ReLU.
    package func outputs(_ images: [Image], threads: Int) throws -> [Tensor] {
        let input = try Tensor(images, window: window)
        return try network.layers.indices.map { last in
            var layers = Array(network.layers[...last])
            layers[last].relu = false
            let beginning = try Network(layers: layers)
            let names = layers.flatMap { [$0.weightName, $0.biasName] }
            let weights = try Weights(tensors.filter { names.contains($0.key) }, for: beginning)
            return try beginning.evaluate(input, weights: weights, threads: threads)
        }
    }

    /// What one stolen layer passes on.
    private static func apply(
        _ layer: Layer, _ tensors: [String: WeightTensor], to input: Tensor, unit: Double
    ) throws -> Tensor {
        var alone = layer
        alone.skip = nil
        let network = try Network(layers: [alone])
        let own = tensors.filter { $0.key == layer.weightName || $0.key == layer.biasName }
        let scaled = try Tensor(shape: input.shape, values: input.values.map { $0 / Float(unit) })
        return try network.evaluate(scaled, weights: Weights(own, for: network))
    }

    /// The factor, channel by channel, that takes a layer's accumulators to the activations the client made of them.
    private static func requantisation(_ received: IntegerTensor, _ next: Tensor) -> [Double] {
        let (channels, plane) = (received.shape.channels, received.shape.planeSize)
        var products = [Double](repeating: 0, count: channels)
        var squares = products
        for index in 0..<received.values.count {
            let value = received.values.double(index)
            guard value > 0 else { continue }
            products[index / plane % channels] += value * Double(next.values[index])
            squares[index / plane % channels] += value * value
        }
        return zip(products, squares).map { $1 > 0 ? $0 / $1 : 1 }
    }
}

extension Tensor {
    /// The nearest floats: exact for activations of up to 24 bits.
    package init(_ integers: IntegerTensor) {
        self.init(shape: integers.shape)
        values = (0..<shape.elementCount).map { Float(integers.values.double($0)) }
    }
}
