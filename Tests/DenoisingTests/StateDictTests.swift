import Denoising
import Foundation
import Imaging
import Numerics
import TestSupport
import Testing

/// RED-CNNs by the names and in the number types of other people's files, each the same network as ours.
@Suite struct StateDictTests {
    private let network: Network
    private let weights: Weights

    init() throws {
        network = try Network.redCNN(depth: 10, channels: 3, relu: .all, decoder: .valid)
        weights = try network.initialWeights(seed: 4)
    }

    /// A safetensors file as PyTorch writes it, values by `encode`.
    private static func write(
        _ tensors: [String: WeightTensor], to path: String, type: String = "F32",
        _ encode: (Float) -> [UInt8] = { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }
    ) throws {
        var (entries, body) = (["\"__metadata__\":{\"format\":\"pt\"}"], Data())
        for (name, tensor) in tensors.sorted(by: { $0.key > $1.key }) {
            let start = body.count
            for value in tensor.values { body += encode(value) }
            entries.append(
                "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(body.count)]}"
            )
        }
        let header = Data("{\(entries.joined(separator: ","))}".utf8)
        let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
        try (length + header + body).write(to: URL(fileURLWithPath: path))
    }

    private func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { try body("\($0)/net.safetensors") }
    }

    private func imported(
        _ tensors: [String: WeightTensor], _ options: StateDict.Options = .init()
    ) throws -> (trained: TrainedNetwork, notes: [String]) {
        try withFile { path in
            try Self.write(tensors, to: path)
            return try TrainedNetwork.importing(path, options)
        }
    }

    /// Our tensors with the layers renamed, layer by layer.
    private func renamed(_ name: (String) -> String) -> [String: WeightTensor] {
        Dictionary(
            uniqueKeysWithValues: weights.tensors.map { key, value in
                let parts = key.split(separator: ".").map(String.init)
                return (name(parts[0]) + "." + parts[1], value)
            })
    }

    static let namings: [@Sendable (String) -> String] = [
        { $0 }, { "module." + $0 }, { "_orig_mod.module." + $0 }, { "model." + $0 }, { "generator.net." + $0 },
        { $0.replacing("tconv", with: "deconv") },
        { $0.replacing("tconv", with: "conv_t_").replacing(/^conv(\d)/) { "conv_\($0.1)" } },
        { $0.replacing("tconv", with: "decoder.").replacing(/^conv(\d)/) { "encoder.\(2 * Int($0.1)!)" } },
        { name in
            let number = Int(String(name.last!))!
            return "layers.\(2 * (name.hasPrefix("t") ? number + 5 : number))"
        },
    ]

    @Test(arguments: namings.indices) func namesOfOthersAreUnderstood(index: Int) throws {
        let (trained, notes) = try imported(renamed(Self.namings[index]))
        #expect(trained.network == network && trained.weights == weights)
        #expect(notes.contains("10 layers, 3 channels, 5x5"), "\(notes)")
        #expect(notes.contains { $0.hasPrefix("sums tconv1 + conv4, tconv3 + conv2, tconv5 + input") }, "\(notes)")
        #expect(
            notes.contains { $0.contains("ReLU all (assumed") } && notes.contains { $0.contains("(HU + 1024) / 4095") })
    }

    @Test func layersByAMap() throws {
        let tensors = renamed { ["conv1": "head", "tconv5": "tail"][$0] ?? $0 }
        var options = StateDict.Options()
        let error = try #require(#expect(throws: DenoisingError.self) { try imported(tensors, options) })
        #expect("\(error)".contains("head") && "\(error)".contains("--map"))
        options.renaming = [("head", "conv1"), ("tail", "tconv5")]
        #expect(try imported(tensors, options).trained.weights == weights)
        options.renaming = [("nose", "conv1")]
        #expect(
            "\(try #require(#expect(throws: DenoisingError.self) { try imported(tensors, options) }))".contains("nose"))
    }

    /// Names given by a map may change places; one that is taken keeps its tensor.
    @Test func mapsLoseNoLayer() throws {
        var options = StateDict.Options()
        options.renaming = [("conv2", "conv3"), ("conv3", "conv2")]
        let exchanged = renamed { ["conv2": "conv3", "conv3": "conv2"][$0] ?? $0 }
        #expect(try imported(exchanged, options).trained.weights == weights)
        for renaming in [[("extra", "conv1")], [("extra", "conv1"), ("conv1", "conv2")]] {
            options.renaming = renaming
            let tensors = weights.tensors.merging(["extra.weight": weights.tensors["conv1.weight"]!]) { $1 }
            let error = try #require(#expect(throws: DenoisingError.self) { try imported(tensors, options) })
            #expect("\(error)".contains("would be two tensors after --map"), "\(error)")
        }
    }

    /// SSinyu's RED_CNN uses one inner convolution four times, and one transposed.
    @Test func sharedLayersAreUsedAsOftenAsTheNetworkHasThem() throws {
        let source = weights.tensors
        var tensors: [String: WeightTensor] = [:]
        for (theirs, ours) in [
            ("conv_first", "conv1"), ("conv", "conv2"), ("conv_t", "tconv1"), ("conv_t_last", "tconv5"),
        ] {
            for part in ["weight", "bias"] { tensors["\(theirs).\(part)"] = source["\(ours).\(part)"] }
        }
        let (trained, notes) = try imported(tensors)
        #expect(trained.network == network)
        for number in 2...5 { #expect(trained.weights.tensors["conv\(number).weight"] == source["conv2.weight"]) }
        for number in 1...4 { #expect(trained.weights.tensors["tconv\(number).bias"] == source["tconv1.bias"]) }
        #expect(notes.contains { $0.contains("conv_first, conv, conv, conv, conv, conv_t") }, "\(notes)")
    }

    @Test func missingBiasesAreZero() throws {
        let (trained, notes) = try imported(weights.tensors.filter { !$0.key.hasSuffix("bias") })
        #expect(
            trained.weights.tensors["tconv5.bias"]?.values == [0]
                && trained.weights.tensors["conv2.bias"]?.values == [0, 0, 0])
        #expect(notes.contains { $0.contains("no bias in conv1") })
    }

    @Test(arguments: ["F16", "BF16", "F64"]) func otherNumberTypesAreConverted(type: String) throws {
        let rounded = try weights.tensors.mapValues { tensor in
            // Values that the shorter types hold exactly.
            try WeightTensor(
                shape: tensor.shape, values: tensor.values.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) })
        }
        try withFile { path in
            try Self.write(rounded, to: path, type: type) { value in
                switch type {
                case "F16": withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { Array($0) }
                case "BF16": withUnsafeBytes(of: UInt16(value.bitPattern >> 16).littleEndian) { Array($0) }
                default: withUnsafeBytes(of: Double(value).bitPattern.littleEndian) { Array($0) }
                }
            }
            let read = try TrainedNetwork.importing(path, .init()).trained.weights.tensors
            let expected =
                type == "F16" ? rounded.mapValues { $0.values.map { Float(Float16($0)) } } : rounded.mapValues(\.values)
            #expect(read.mapValues(\.values) == expected)
        }
    }

    @Test func whatIsNoREDCNNIsNamed() throws {
        for (name, shape, message) in [
            ("bn1.running_mean", [3], "batch normalisation"),
            ("act.weight", [1], "no normalisation, PReLU or dense layer"),
            ("scale", [1], "scale"),
        ] {
            var tensors = weights.tensors
            tensors[name] = try WeightTensor(shape: shape, values: [Float](repeating: 1, count: shape[0]))
            let error = try #require(#expect(throws: DenoisingError.self) { try imported(tensors) })
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    /// Shapes do not tell a padded transposed convolution from an unpadded one: the caller does, or is told what was assumed.
    @Test func decodersAreSaidAndNeverContradicted() throws {
        var options = StateDict.Options()
        options.decoder = .transposedSame
        let padded = try imported(weights.tensors, options).trained.network
        #expect(padded.layers.allSatisfy { $0.padding == 2 } && padded.layers[9].kind == .transposedConvolution)
        options.decoder = .same
        let error = try #require(#expect(throws: DenoisingError.self) { try imported(weights.tensors, options) })
        #expect("\(error)".contains("expected --decoder valid or transposed-same"), "\(error)")
        #expect(
            try imported(weights.tensors).notes.contains {
                $0.contains("--decoder transposed-same if forward() pads")
            })
    }

    // MARK: - Normalisations

    /// A network that saw `(HU + 1024 - 481.454) / 502.185` and has no last ReLU, as ldct-benchmark's: folded, the same image.
    @Test(arguments: [
        ((zero: -542.546, scale: 502.185), ReLUPlacement.allButLast, DecoderKind.valid),
        ((zero: -1024, scale: 4096), .all, .valid),
        ((zero: -1024, scale: 4096), .all, .same), ((zero: -1024, scale: 4095), .all, .transposedSame),
        ((zero: -1000, scale: 2000), .allButLast, .valid),
    ])
    func normalisationsFold(affine: (zero: Double, scale: Double), relu: ReLUPlacement, decoder: DecoderKind) throws {
        let mapping = try InputMapping(zero: affine.zero, scale: affine.scale)
        let network = try Network.redCNN(depth: 10, channels: 3, relu: relu, decoder: decoder)
        let weights = try network.initialWeights(seed: 9)
        var options = StateDict.Options()
        (options.mapping, options.relu, options.decoder) = (mapping, relu, decoder)
        let (folded, notes) = try imported(weights.tensors, options)
        #expect(
            notes.contains { $0.contains("folded into the first layer") && $0.contains("-1024.0...3071.0") }, "\(notes)"
        )
        var generator = SeededGenerator(seed: 3)
        let image = Image(
            width: 48, height: 44,
            pixels: (0..<48 * 44).map { _ in Float(Int.random(in: -1024...3071, using: &generator)) })
        let input = try Tensor(
            shape: TensorShape(channels: 1, height: 44, width: 48),
            values: image.pixels.map { Float((Double($0) - mapping.zero) / mapping.scale) })
        let theirs = try network.evaluate(input, weights: weights, threads: 1).values.map {
            Double($0) * mapping.scale + mapping.zero
        }
        let ours = try folded.network.evaluate(Tensor([image]), weights: folded.weights, threads: 1).hounsfieldImages()[
            0
        ].pixels
        let largest = zip(theirs, ours).map { abs($0 - Double($1)) }.max() ?? .infinity
        // Float32 in ten layers on values of some thousand HU.
        #expect(largest < 0.05, "\(largest) HU")
    }

    @Test func normalisationsThatCannotFoldAreRefused() throws {
        let mean = try InputMapping(mean: 481.454, deviation: 502.185, offset: 1024)
        #expect(mean.zero == -542.546 && mean.scale == 502.185)
        for (relu, decoder, message) in [
            (ReLUPlacement.allButLast, DecoderKind.transposedSame, "pads with -542.546 HU"),
            (.all, .valid, "its ReLU cuts at -542.546 HU"),
        ] {
            var options = StateDict.Options()
            (options.mapping, options.relu, options.decoder) = (mean, relu, decoder)
            let error = try #require(
                #expect(throws: DenoisingError.self) { try imported(weights.tensors, options) })
            #expect("\(error)".contains(message), "\(error)")
        }
        for (mean, deviation) in [(Double.nan, 1.0), (0, 0), (0, -1), (0, .infinity), (1e300, 1)] {
            #expect(throws: DenoisingError.self) { try InputMapping(mean: mean, deviation: deviation) }
        }
        #expect(
            throws: DenoisingError.valueOutOfRange(
                what: "HU mapping (HU - 0.0) / 2000000.0", expected: "numbers below 10^6, scale above 0")
        ) { try InputMapping(mean: 0, deviation: 2e6) }
    }

    /// No ReLU after the last sum: requantised, its accumulators stay signed.
    @Test func networksWithoutALastReLUAreRequantised() throws {
        let network = try Network.redCNN(depth: 3, channels: 2, kernel: 3, relu: .allButLast, decoder: .same)
        let calibration = try Calibration(activationLimits: [0.5, 0.5], rule: "fixed", images: 0, data: "none")
        let integers = try IntegerNetwork(
            requantising: network, weights: network.initialWeights(seed: 2), calibration: calibration)
        guard case .none = integers.layers[2].activation else {
            Issue.record("a ReLU was added")
            return
        }
        let black = IntegerTensor(
            shape: TensorShape(channels: 1, height: 8, width: 8), values: IntegerArray([Int](repeating: 0, count: 64)))
        _ = try integers.evaluate(black)
    }
}
