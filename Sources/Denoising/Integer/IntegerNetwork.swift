import Numerics

/// A network over exact integers, which an encrypted run must equal bit for bit.
///
/// Integers stand for real values through public scales that are fixed when the network is made. Making it uses only
/// correctly rounded operations of IEEE 754 (no transcendental function, no float inference), so that the same weights,
/// calibration and precision give the same integers on every machine.
public struct IntegerNetwork: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Activations go back to a fixed number of bits after every layer but the last.
        case requantised
        /// The same with one shift per layer and no multipliers.
        case powerOfTwo = "power_of_two"
        /// Nothing is rounded after the weights: values grow from layer to layer.
        case growingScale = "growing_scale"
        /// A network without inner ReLUs in one layer, with a row of coefficients for every output position.
        case fused

        /// Whether activations are unsigned and of a fixed width after every layer but the last.
        public var isRequantised: Bool { self == .requantised || self == .powerOfTwo }
    }

    public let kind: Kind
    public let layers: [IntegerLayer]
    /// Input values lie in `0...2^inputBits - 1`.
    public let inputBits: Int
    /// Weights lie in `-(2^(weightBits - 1) - 1)...2^(weightBits - 1) - 1`.
    public let weightBits: Int
    /// Of the activations between layers; nil where they grow.
    public let activationBits: Int?
    /// Normalised output = last accumulator times this.
    public let outputScale: Double

    /// The largest input value, standing for 1 (the top of the HU window).
    public var largestInput: Int { 1 << inputBits - 1 }

    /// Bits of the widest accumulator of all layers, sign included.
    public var maximumAccumulatorBits: Int { layers.map(\.accumulatorBits).max() ?? 0 }

    /// Shapes of input and activations, as `Network.activationShapes(for:)`.
    public func activationShapes(for input: TensorShape) throws(DenoisingError) -> [TensorShape] {
        var shapes = [input]
        for layer in layers { shapes.append(try layer.outputShape(for: shapes[shapes.count - 1])) }
        return shapes
    }

    /// - Throws: `DenoisingError.accumulatorTooWide` naming the first layer whose accumulators, sign included, need
    ///   more than `bits` bits.
    public func requireAccumulators(within bits: Int) throws(DenoisingError) {
        for layer in layers where layer.accumulatorBits > bits {
            throw .accumulatorTooWide(layer: layer.name, neededBits: layer.accumulatorBits, availableBits: bits)
        }
    }
}

/// Everything an integer network computes for one input.
public struct IntegerTrace: Sendable, Hashable {
    /// Of every layer: correlation, bias and skip, before the activation.
    public let accumulators: [IntegerTensor]
    /// The input, then what every layer passes on. The last is the network's output.
    public let activations: [IntegerTensor]

    public var output: IntegerTensor { activations[activations.count - 1] }
}

extension IntegerNetwork {
    /// Runs all layers exactly.
    ///
    /// - Parameter threads: at most this many; the result does not depend on it.
    /// - Throws: `DenoisingError.valueOutOfRange` if an input value lies outside `0...largestInput`; `sizeMismatch` if
    ///   the input cannot pass a layer.
    public func evaluate(
        _ input: IntegerTensor, threads: Int = ExactConvolution.defaultThreads
    ) throws(DenoisingError) -> IntegerTrace {
        var evaluation = try IntegerEvaluation(self, input: input)
        var accumulators: [IntegerTensor] = []
        var activations = [input]
        for _ in layers {
            accumulators.append(try evaluation.step(threads: threads))
            if let activation = evaluation.activation { activations.append(activation) }
        }
        return IntegerTrace(accumulators: accumulators, activations: activations)
    }
}
