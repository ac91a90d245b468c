/// Widths of an integer network, in bits.
public struct Precision: Sendable, Hashable, Codable {
    /// Of the weights, sign included.
    public var weights: Int
    /// Of the unsigned activations; where values grow, of the input alone.
    public var activations: Int
    /// How accumulators become activations again; nil as the mode has it.
    public var requantisation: Requantisation?

    /// Widths that integer networks exist for.
    public static let range = 2...24
    /// w10/a12: exact at the input, as an image in a window of 4096 HU has 12 bits.
    public static let usual = Precision(weights: 10, activations: 12)

    public init(weights: Int, activations: Int, requantisation: Requantisation? = nil) {
        self.weights = weights
        self.activations = activations
        self.requantisation = requantisation
    }

    /// How accumulators become activations again, where they do.
    public enum Requantisation: String, Sendable, Hashable, Codable, CaseIterable {
        /// A multiplier per channel and a shift.
        case multipliers
        /// One shift per layer.
        case powerOfTwo = "power-of-two"

        var kind: IntegerNetwork.Kind { self == .multipliers ? .requantised : .powerOfTwo }
    }

    /// - Throws: `DenoisingError.invalidPrecision` for a width outside `range`.
    func check() throws(DenoisingError) {
        for (what, bits) in [("weight bits", weights), ("input bits", activations)] where !Self.range.contains(bits) {
            throw .invalidPrecision(what: what, found: bits, expected: Self.range)
        }
    }
}

extension Precision: CustomStringConvertible {
    public var description: String {
        "w\(weights)/a\(activations)" + (requantisation.map { ", \($0.rawValue)" } ?? "")
    }
}

extension TrainedNetwork {
    /// The integer network of a kind; of a requantised one the precision can name another.
    ///
    /// - Parameters:
    ///   - image: Shape of the images, of which height and width count; only a network folded for one size needs it.
    /// - Throws: What the kind's initialiser throws; `valueOutOfRange` for a folded network without an image.
    public func integers(
        for kind: IntegerNetwork.Kind, precision: Precision = .usual, image: TensorShape? = nil
    ) throws(DenoisingError) -> IntegerNetwork {
        switch kind.isRequantised ? precision.requantisation?.kind ?? kind : kind {
        case .requantised:
            return try IntegerNetwork(
                requantising: network, weights: weights, calibration: calibration, weightBits: precision.weights,
                activationBits: precision.activations)
        case .powerOfTwo:
            return try IntegerNetwork(
                shifting: network, weights: weights, calibration: calibration, weightBits: precision.weights,
                activationBits: precision.activations)
        case .growingScale:
            return try IntegerNetwork(
                growing: network, weights: weights, weightBits: precision.weights, inputBits: precision.activations)
        case .fused:
            guard let image else {
                throw .valueOutOfRange(what: "image", expected: "its size, which the network is folded for")
            }
            return try IntegerNetwork(
                fusing: network, weights: weights, height: image.height, width: image.width,
                weightBits: precision.weights, inputBits: precision.activations)
        }
    }
}
