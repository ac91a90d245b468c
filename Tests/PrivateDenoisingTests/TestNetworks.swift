import Denoising
import PrivateDenoising
import Testing
import Numerics

/// Small networks with random weights, quantised for a mode.
enum TestNetworks {
    struct Setting: Sendable, CustomTestStringConvertible {
        let name: String
        var testDescription: String { name }
        let mode: Mode
        let depth: Int
        let decoder: DecoderKind
        let relu: ReLUPlacement
        let channels: Int
    }

    static let settings = [
        Setting(name: "linear same", mode: .linear, depth: 3, decoder: .same, relu: .none, channels: 3),
        Setting(name: "linear valid, last ReLU", mode: .linear, depth: 3, decoder: .valid, relu: .last, channels: 2),
        Setting(name: "client-aided same", mode: .clientAided, depth: 3, decoder: .same, relu: .all, channels: 9),
        Setting(
            name: "client-aided valid, 10 layers", mode: .clientAided, depth: 10, decoder: .valid, relu: .all,
            channels: 2),
        Setting(name: "positive-mask same", mode: .positiveMask, depth: 3, decoder: .same, relu: .all, channels: 2),
        Setting(name: "positive-mask valid", mode: .positiveMask, depth: 3, decoder: .valid, relu: .all, channels: 1),
        Setting(name: "signed-mask same", mode: .signedMask, depth: 3, decoder: .same, relu: .all, channels: 2),
        Setting(name: "signed-mask valid", mode: .signedMask, depth: 3, decoder: .valid, relu: .all, channels: 1),
        Setting(name: "sign-pair same", mode: .signPair, depth: 3, decoder: .same, relu: .all, channels: 5),
        Setting(
            name: "sign-pair valid, 10 layers", mode: .signPair, depth: 10, decoder: .valid, relu: .all, channels: 2),
        Setting(name: "linear-fused same", mode: .linearFused, depth: 3, decoder: .same, relu: .none, channels: 3),
        Setting(
            name: "linear-fused valid, last ReLU, 10 layers", mode: .linearFused, depth: 10, decoder: .valid,
            relu: .last, channels: 2),
    ]

    /// The first setting of this mode and decoder.
    static func setting(_ mode: Mode, _ decoder: DecoderKind) -> Setting {
        guard let setting = settings.first(where: { $0.mode == mode && $0.decoder == decoder }) else {
            preconditionFailure("no test network of mode \(mode.rawValue), \(decoder.rawValue)")
        }
        return setting
    }

    /// One way of masking and ordering values in a mode.
    struct Cover: Sendable, CustomTestStringConvertible {
        let mode: Mode
        var mask = MaskOptions()
        var permutation = Permutation.none
        var testDescription: String {
            "\(mode.rawValue) \(mask.bits) \(mask.distribution.rawValue) \(mask.isShared) \(permutation.rawValue)"
        }
    }

    static let covers =
        [Mode.positiveMask, .signedMask].flatMap { mode in
            [
                Cover(mode: mode, mask: MaskOptions(bits: 1)), Cover(mode: mode, mask: MaskOptions(bits: 62)),
                Cover(mode: mode, mask: MaskOptions(distribution: .logUniform)),
                Cover(mode: mode, mask: MaskOptions(bits: 20, isShared: true)),
                Cover(mode: mode, permutation: .channels), Cover(mode: mode, permutation: .values),
                Cover(mode: mode, mask: MaskOptions(bits: 20, isShared: true), permutation: .positions),
            ]
        } + [Mode.clientAided, .signPair].map { Cover(mode: $0, permutation: .positions) }

    /// - Parameter images: size for which a network is folded, where the mode does that.
    static func network(
        _ setting: Setting, images: TensorShape = TensorShape(channels: 1, height: 13, width: 13), weightBits: Int = 6,
        seed: UInt64 = 11, changingLastBias: Bool = false, generalMultipliers: Bool = false
    ) throws -> IntegerNetwork {
        let network = try Network.redCNN(
            depth: setting.depth, channels: setting.channels, kernel: 3, relu: setting.relu, decoder: setting.decoder)
        var weights = try network.initialWeights(seed: seed)
        if changingLastBias, let name = network.layers.last?.biasName, let bias = weights.tensors[name] {
            let changed = try WeightTensor(shape: bias.shape, values: bias.values.map { $0 + 0.5 })
            weights = try Weights(weights.tensors.merging([name: changed]) { $1 }, for: network)
        }
        switch setting.mode.networkKind {
        case .growingScale:
            return try IntegerNetwork(growing: network, weights: weights, weightBits: weightBits, inputBits: 12)
        case .fused:
            return try IntegerNetwork(
                fusing: network, weights: weights, height: images.height, width: images.width, weightBits: weightBits,
                inputBits: 12)
        case .requantised, .powerOfTwo: break
        }
        let calibration = try Calibration(
            activationLimits: [Double](repeating: 0.7, count: setting.depth - 1), rule: "fixed", images: 0, data: "none"
        )
        if setting.mode.networkKind == .powerOfTwo, !generalMultipliers {
            return try IntegerNetwork(
                shifting: network, weights: weights, calibration: calibration, weightBits: weightBits,
                activationBits: 12)
        }
        return try IntegerNetwork(
            requantising: network, weights: weights, calibration: calibration, weightBits: weightBits,
            activationBits: 12)
    }

    /// Images of every brightness, both ends of the range included.
    static func images(count: Int, height: Int, width: Int) -> IntegerTensor {
        let shape = TensorShape(count: count, channels: 1, height: height, width: width)
        let values = (0..<shape.elementCount).map { $0 == 0 ? 4095 : $0 == 1 ? 0 : Int.random(in: 0...4095) }
        return IntegerTensor(shape: shape, values: IntegerArray(values))
    }
}
