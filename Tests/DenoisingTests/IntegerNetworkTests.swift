import Denoising
import Testing
import Numerics

/// A network with random weights, and the size of input it is tried on.
struct RandomNetwork: Sendable, CustomTestStringConvertible {
    let name: String
    let network: Network
    let weights: Weights
    let input: TensorShape

    var testDescription: String { name }

    init(_ name: String, _ network: Network, _ input: TensorShape, seed: UInt64) throws {
        self.name = name
        self.network = network
        self.input = input
        // Larger biases than a trained network has, so that no ReLU layer of these few channels is shut for every
        // input.
        let tensors = try network.initialWeights(seed: seed).tensors.map { name, tensor in
            let shift: Float = name.hasSuffix(".bias") ? 0.2 : 0
            return (name, try WeightTensor(shape: tensor.shape, values: tensor.values.map { $0 + shift }))
        }
        weights = try Weights(Dictionary(uniqueKeysWithValues: tensors), for: network)
    }

    /// The seed of each is its position: a failure names the case.
    static func all(relu: ReLUPlacement) throws -> [RandomNetwork] {
        let dense = try Network(layers: [
            Layer(
                name: "conv1", inputChannels: 2, outputChannels: 3, kernelHeight: 3, kernelWidth: 2, padding: 1,
                relu: relu == .all),
            Layer(
                name: "fc1", kind: .dense, inputChannels: 3, outputChannels: 5, kernelHeight: 4, kernelWidth: 6,
                relu: relu == .all),
            Layer(
                name: "fc2", kind: .dense, inputChannels: 5, outputChannels: 5, kernelHeight: 1, kernelWidth: 1,
                relu: relu == .all, skip: 2),
            Layer(
                name: "fc3", kind: .dense, inputChannels: 5, outputChannels: 2, kernelHeight: 1, kernelWidth: 1,
                relu: relu != .none),
        ])
        let square = TensorShape(count: 2, channels: 1, height: 9, width: 7)
        let single = TensorShape(channels: 1, height: 1, width: 1)
        return [
            try RandomNetwork("3 same", .redCNN(depth: 3, channels: 4, relu: relu, decoder: .same), square, seed: 1),
            try RandomNetwork("3 valid", .redCNN(depth: 3, channels: 3, relu: relu, decoder: .valid), square, seed: 2),
            try RandomNetwork(
                "6 valid", .redCNN(depth: 6, channels: 2, kernel: 3, relu: relu, decoder: .valid), square, seed: 5),
            try RandomNetwork(
                "10 same", .redCNN(depth: 10, channels: 3, kernel: 3, relu: relu, decoder: .same), square, seed: 3),
            try RandomNetwork(
                "10 valid", .redCNN(depth: 10, channels: 2, kernel: 3, relu: relu, decoder: .valid),
                TensorShape(channels: 1, height: 11, width: 12), seed: 4),
            try RandomNetwork("dense", dense, TensorShape(count: 3, channels: 2, height: 4, width: 5), seed: 5),
            try RandomNetwork(
                "1x1 image", .redCNN(depth: 10, channels: 2, relu: relu, decoder: .same), single, seed: 6),
        ]
    }

    func randomInput(bits: Int, seed: UInt64) -> IntegerTensor {
        var generator = TestGenerator(seed: seed)
        let largest = (1 << bits) - 1
        let values = (0..<input.elementCount).map { index in
            index % 5 == 0 ? (index % 2) * largest : Int.random(in: 0...largest, using: &generator)
        }
        return IntegerTensor(shape: input, values: IntegerArray(values))
    }

    /// The same input as real numbers, normalised.
    func normalised(_ input: IntegerTensor, bits: Int) throws -> Tensor {
        let scale = Float((1 << bits) - 1)
        return try Tensor(
            shape: input.shape, values: (0..<input.values.count).map { Float(input.values.narrow($0)) / scale })
    }

    func calibration(_ input: IntegerTensor, bits: Int) throws -> Calibration {
        try Calibration.measure(network, weights: weights, images: normalised(input, bits: bits), data: "test")
    }
}

@Suite("Integer networks")
struct IntegerNetworkTests {
    @Test(arguments: [ReLUPlacement.none, .last, .all], [2, 10, 17])
    func growingNetworkEqualsTheDefinition(relu: ReLUPlacement, weightBits: Int) throws {
        for example in try RandomNetwork.all(relu: relu) {
            let network = try IntegerNetwork(growing: example.network, weights: example.weights, weightBits: weightBits)
            let input = example.randomInput(bits: 12, seed: 21)
            try expectEqualToDefinition(network, input, example.name)
        }
    }

    @Test(arguments: [(8, 12), (10, 12), (10, 8), (16, 16), (4, 3)])
    func requantisedNetworkEqualsTheDefinition(weightBits: Int, activationBits: Int) throws {
        for example in try RandomNetwork.all(relu: .all) {
            let input = example.randomInput(bits: activationBits, seed: 22)
            let network = try IntegerNetwork(
                requantising: example.network, weights: example.weights,
                calibration: example.calibration(input, bits: activationBits), weightBits: weightBits,
                activationBits: activationBits)
            try expectEqualToDefinition(network, input, example.name)
        }
    }

    @Test(arguments: [(8, 12), (10, 12), (10, 8), (16, 16), (5, 3)])
    func powerOfTwoNetworkEqualsTheDefinition(weightBits: Int, activationBits: Int) throws {
        for example in try RandomNetwork.all(relu: .all) {
            let input = example.randomInput(bits: activationBits, seed: 22)
            let network = try IntegerNetwork(
                shifting: example.network, weights: example.weights,
                calibration: example.calibration(input, bits: activationBits), weightBits: weightBits,
                activationBits: activationBits)
            try expectEqualToDefinition(network, input, example.name)
            for (layer, sums) in zip(network.layers, try network.evaluate(input).accumulators) {
                try expectShareBitsToHold(layer, sums, "\(example.name), \(layer.name)")
            }
        }
    }

    /// The condition of `IntegerLayer.shareBits` on values that a network computed, and the definition of its shift.
    private func expectShareBitsToHold(_ layer: IntegerLayer, _ sums: IntegerTensor, _ name: String) throws {
        let half = BigInteger.one << (layer.shareBits - 1)
        guard case .requantise(let requantiser) = layer.activation else {
            #expect((0..<sums.values.count).allSatisfy { (-half...half - .one).contains(sums.values[$0]) }, "\(name)")
            return
        }
        #expect(requantiser.multipliers.allSatisfy { $0 == 1 } && requantiser.shift == layer.shift, "\(name)")
        #expect(layer.shareBits >= layer.shift + requantiser.activationBits + 2, "\(name)")
        let rounding: BigInteger = layer.shift == 0 ? .zero : .one << (layer.shift - 1)
        let bottom = -half + (.one << (layer.shift + requantiser.activationBits))
        for index in 0..<sums.values.count {
            #expect((bottom...half - .one).contains(sums.values[index] + rounding), "\(name)")
        }
    }

    @Test func threadsDoNotChangeTheResult() throws {
        let network = try Network.redCNN(depth: 3, channels: 12, relu: .none, decoder: .same)
        let integers = try IntegerNetwork(growing: network, weights: network.initialWeights(seed: 8))
        let example = try RandomNetwork("", network, TensorShape(channels: 1, height: 32, width: 40), seed: 8)
        let input = example.randomInput(bits: 12, seed: 4)
        #expect(try integers.evaluate(input, threads: 1) == integers.evaluate(input, threads: 5))
    }

    /// Half a unit of every rounded number, carried through the layers by their magnitudes, and nothing else.
    @Test(arguments: [8, 10, 14])
    func growingNetworkIsWithinItsErrorBound(weightBits: Int) throws {
        for example in try RandomNetwork.all(relu: .last) {
            let network = try IntegerNetwork(growing: example.network, weights: example.weights, weightBits: weightBits)
            try expectWithinBound(network, example, bits: 12)
        }
    }

    @Test(arguments: [(10, 12), (12, 10)])
    func requantisedNetworkIsWithinItsErrorBound(weightBits: Int, activationBits: Int) throws {
        for example in try RandomNetwork.all(relu: .all) {
            let input = example.randomInput(bits: activationBits, seed: 31)
            let calibration = try example.calibration(input, bits: activationBits)
            let network = try IntegerNetwork(
                requantising: example.network, weights: example.weights, calibration: calibration,
                weightBits: weightBits, activationBits: activationBits)
            try expectWithinBound(network, example, bits: activationBits, calibration: calibration)
        }
    }

    @Test(arguments: [(10, 12), (12, 10)])
    func powerOfTwoNetworkIsWithinItsErrorBound(weightBits: Int, activationBits: Int) throws {
        for example in try RandomNetwork.all(relu: .all) {
            let input = example.randomInput(bits: activationBits, seed: 31)
            let calibration = try example.calibration(input, bits: activationBits)
            let network = try IntegerNetwork(
                shifting: example.network, weights: example.weights, calibration: calibration, weightBits: weightBits,
                activationBits: activationBits)
            try expectWithinBound(network, example, bits: activationBits, calibration: calibration)
        }
    }

    /// Where all weights and biases are positive the brightest image attains the bound, skip included.
    @Test func boundsAreAttained() throws {
        let network = try Network.redCNN(depth: 3, channels: 3, relu: .none, decoder: .same)
        let positive = try network.initialWeights(seed: 5).tensors.mapValues {
            try WeightTensor(shape: $0.shape, values: $0.values.map { abs($0) + 0.001 })
        }
        let integers = try IntegerNetwork(growing: network, weights: Weights(positive, for: network))
        let shape = TensorShape(channels: 1, height: 13, width: 13)
        let brightest = IntegerTensor(
            shape: shape, values: IntegerArray(Array(repeating: integers.largestInput, count: shape.elementCount)))
        let first = try integers.evaluate(brightest).accumulators[0]
        for channel in 0..<3 {
            #expect(first.values[channel * 169 + 6 * 13 + 6] == integers.layers[0].accumulatorBounds[channel])
        }
        // Later bounds take every channel at the largest channel's bound: they hold, and the widths they prove are
        // needed.
        let trace = try integers.evaluate(brightest)
        for (layer, sums) in zip(integers.layers, trace.accumulators) {
            let largest = (0..<sums.values.count).map { sums.values[$0].absoluteValue }.max() ?? .zero
            #expect(largest <= layer.accumulatorBounds.max() ?? .zero)
            #expect(layer.accumulatorBits - largest.bitWidth <= 2)
        }
    }

    @Test(arguments: IntegerNetwork.Kind.allCases)
    func slotsOneBitTooNarrowAreRefused(kind: IntegerNetwork.Kind) throws {
        let network = try Network.redCNN(
            depth: 10, channels: 4, kernel: 3, relu: kind == .fused ? .last : .all, decoder: .same)
        let weights = try network.initialWeights(seed: 12)
        let images = Tensor(repeating: 0.7, shape: TensorShape(channels: 1, height: 16, width: 16))
        func calibration() throws -> Calibration {
            try Calibration.measure(network, weights: weights, images: images, data: "test")
        }
        let integers =
            switch kind {
            case .requantised:
                try IntegerNetwork(requantising: network, weights: weights, calibration: calibration())
            case .powerOfTwo:
                try IntegerNetwork(shifting: network, weights: weights, calibration: calibration())
            case .growingScale: try IntegerNetwork(growing: network, weights: weights)
            case .fused: try IntegerNetwork(fusing: network, weights: weights, height: 16, width: 16)
            }
        let needed = integers.maximumAccumulatorBits
        try integers.requireAccumulators(within: needed)
        let widest = try #require(integers.layers.first { $0.accumulatorBits == needed }).name
        #expect(
            throws: DenoisingError.accumulatorTooWide(layer: widest, neededBits: needed, availableBits: needed - 1)
        ) { try integers.requireAccumulators(within: needed - 1) }
    }

    /// A bias far beyond the weights: where accumulators are machine integers, the network that needs more is not made.
    @Test(arguments: [(IntegerNetwork.Kind.requantised, 64), (.powerOfTwo, 64), (.fused, 63)])
    func accumulatorsBeyondMachineIntegersAreRefused(kind: IntegerNetwork.Kind, bits: Int) throws {
        let network = try Network.redCNN(
            depth: 3, channels: 2, kernel: 3, relu: kind == .fused ? .last : .all, decoder: .same)
        var tensors = try network.initialWeights(seed: 3).tensors
        tensors["tconv1.bias"] = try WeightTensor(shape: [1], values: [1e15])
        let trained = TrainedNetwork(
            network: network, weights: try Weights(tensors, for: network),
            calibration: try Calibration(activationLimits: [1, 1], rule: "test", images: 1, data: "test"),
            provenance: "test")
        do {
            _ = try trained.integers(for: kind, image: TensorShape(channels: 1, height: 8, width: 8))
            Issue.record("\(kind) was made")
        } catch DenoisingError.accumulatorTooWide(_, let needed, let available) {
            #expect(needed > available && available == bits)
        }
    }

    /// The design's figure for ten layers of 96 channels with 10-bit weights, and one of its own for the requantised
    /// kind.
    @Test func widthsOfTheFullNetwork() throws {
        let network = try Network.redCNN(depth: 10, channels: 96, relu: .all, decoder: .same)
        let weights = try network.initialWeights(seed: 1)
        #expect((180...230).contains(try IntegerNetwork(growing: network, weights: weights).maximumAccumulatorBits))
        let calibration = try Calibration(
            activationLimits: Array(repeating: 1, count: 9), rule: "test", images: 1, data: "test")
        let requantised = try IntegerNetwork(requantising: network, weights: weights, calibration: calibration)
        #expect((30...36).contains(requantised.maximumAccumulatorBits))
    }

    @Test func requantisedSkipsAreExact() throws {
        let example = try #require(RandomNetwork.all(relu: .all).first { $0.name == "10 same" })
        let input = example.randomInput(bits: 12, seed: 1)
        let calibration = try example.calibration(input, bits: 12)
        let network = try IntegerNetwork(
            requantising: example.network, weights: example.weights, calibration: calibration)
        let layer = network.layers[5]
        let skip = try #require(layer.skip)
        #expect(skip.source == 4)
        guard case .requantise(let requantiser) = layer.activation else {
            Issue.record("layer 6 is not requantised")
            return
        }
        // multiplier / 2^shift = accumulator scale / activation scale, so m times that is the ratio of the two
        // activations.
        for channel in 0..<layer.outputChannels {
            let ratio = Double(requantiser.multipliers[channel]) / Double(1 << requantiser.shift)
            let expected = calibration.activationLimits[3] / calibration.activationLimits[5]
            #expect(abs(Double(skip.multipliers[channel]) * ratio / expected - 1) < 1e-6)
        }
    }

    @Test func wrongKindsOfNetworksAreRefused() throws {
        let last = try Network.redCNN(depth: 3, channels: 2, relu: .last, decoder: .same)
        let all = try Network.redCNN(depth: 3, channels: 2, relu: .all, decoder: .same)
        let weights = try all.initialWeights(seed: 1)
        let short = try Calibration(activationLimits: [1], rule: "test", images: 1, data: "test")
        #expect(throws: DenoisingError.reluMissing(layer: "conv1")) {
            _ = try IntegerNetwork(requantising: last, weights: weights, calibration: short)
        }
        #expect(throws: DenoisingError.missingCalibration(expected: "the limits of 2 activations")) {
            _ = try IntegerNetwork(requantising: all, weights: weights, calibration: nil)
        }
        #expect(
            throws: DenoisingError.invalidCalibration(reason: "has 1 limits, expected 2, one per layer but the last")
        ) { _ = try IntegerNetwork(requantising: all, weights: weights, calibration: short) }
        #expect(throws: DenoisingError.invalidPrecision(what: "weight bits", found: 25, expected: 2...24)) {
            _ = try IntegerNetwork(growing: all, weights: weights, weightBits: 25)
        }
        let growing = try IntegerNetwork(growing: all, weights: weights)
        for outside in [-1, 4096] {
            let input = IntegerTensor(
                shape: TensorShape(channels: 1, height: 1, width: 2), values: IntegerArray([4095, outside]))
            #expect(throws: DenoisingError.valueOutOfRange(what: "integer network's input", expected: "0...4095")) {
                _ = try growing.evaluate(input)
            }
        }
    }

    private func expectEqualToDefinition(_ network: IntegerNetwork, _ input: IntegerTensor, _ name: String) throws {
        let trace = try network.evaluate(input)
        var activations = [NaiveTensor(input)]
        for (index, layer) in network.layers.enumerated() {
            let sums = layer.naive(activations[index], skipped: layer.skip.map { activations[$0.source] })
            let found = trace.accumulators[index]
            #expect(found.shape == sums.shape, "\(name), \(layer.name)")
            #expect(
                (0..<found.values.count).allSatisfy { found.values[$0] == sums.values[$0] }, "\(name), \(layer.name)")
            for (position, sum) in sums.values.enumerated() {
                let channel = position / sums.shape.planeSize % sums.shape.channels
                #expect(sum.absoluteValue <= layer.accumulatorBounds[channel], "\(name), \(layer.name)")
            }
            activations.append(layer.naiveActivation(sums))
            let passed = trace.activations[index + 1]
            #expect(
                (0..<passed.values.count).allSatisfy { passed.values[$0] == activations[index + 1].values[$0] },
                "\(name), activation of \(layer.name)")
        }
    }

    /// Compares with float inference in Double; every layer adds half a unit of each number it rounds.
    private func expectWithinBound(
        _ network: IntegerNetwork, _ example: RandomNetwork, bits: Int, calibration: Calibration? = nil
    ) throws {
        let input = example.randomInput(bits: bits, seed: 31)
        let trace = try network.evaluate(input)
        let convolutions = try example.network.canonicalConvolutions(example.weights)
        let shapes = try example.network.activationShapes(for: input.shape)
        let unit = 1 / Double((1 << bits) - 1)
        var exact = [(0..<input.values.count).map { Double(input.values.narrow($0)) * unit }]
        var errors = [exact[0].map { _ in 0.0 }]
        // Real value of one unit of each activation, for every channel.
        var units = [Array(repeating: unit, count: input.shape.channels)]
        for (index, layer) in example.network.layers.enumerated() {
            let integer = network.layers[index]
            let (shape, output) = (shapes[index], shapes[index + 1])
            let scales = try AccumulatorScales(
                network, index: index, convolution: convolutions[index], input: units[index][0],
                skipped: layer.skip.map { units[$0][0] },
                output: index < network.layers.count - 1 ? calibration.map { $0.activationLimits[index] * unit } : nil)
            var roundings = convolutions[index]
            let taps = roundings.weights.count / layer.outputChannels
            for position in roundings.weights.indices {
                roundings.weights[position] = Float(scales.weights[position / taps] * 0.5001)
            }
            let magnitudes = zip(exact[index], errors[index]).map { abs($0) + $1 }
            var values = convolutions[index].naive(exact[index], shape, output)
            var bounds = convolutions[index].naive(errors[index], shape, output, absolute: true, bias: false)
            let rounded = roundings.naive(magnitudes, shape, output, bias: false)
            for position in values.indices {
                let channel = position / output.planeSize % output.channels
                bounds[position] += rounded[position] + 0.5001 * scales.accumulators[channel]
                if let skip = layer.skip {
                    values[position] += exact[skip][position]
                    let reach = abs(exact[skip][position]) + errors[skip][position]
                    bounds[position] += errors[skip][position]
                    let isLast = index == network.layers.count - 1
                    if network.kind == .growingScale || (network.kind == .powerOfTwo && !isLast) {
                        bounds[position] += 0.5001 * reach / units[skip][0] * scales.accumulators[channel]
                    }
                }
                if layer.relu { values[position] = max(values[position], 0) }
            }
            if case .requantise = integer.activation {
                let next = try #require(calibration).activationLimits[index] * unit
                for position in bounds.indices { bounds[position] += 0.5001 * next * (1 + 0x1p-18) }
                units.append(Array(repeating: next, count: output.channels))
            } else {
                units.append(scales.accumulators)
            }
            exact.append(values)
            errors.append(bounds)
            let found = trace.activations[index + 1]
            for position in values.indices {
                let channel = position / output.planeSize % output.channels
                let value = Double(found.values[position]) * units[index + 1][channel]
                #expect(
                    abs(value - values[position]) <= bounds[position] * (1 + 1e-6) + 1e-12,
                    "\(example.name), \(layer.name): \(value) against \(values[position])")
            }
        }
        let scale = units[units.count - 1][0]
        #expect(abs(network.outputScale / scale - 1) < 1e-9)
    }
}

/// The scales of a layer, computed again from the definition in design terms: largest weight over largest integer.
struct AccumulatorScales {
    var weights: [Double] = []
    var accumulators: [Double] = []

    init(
        _ network: IntegerNetwork, index: Int, convolution: CanonicalConvolution, input: Double, skipped: Double?,
        output: Double?
    ) throws {
        let layer = network.layers[index]
        let isLast = index == network.layers.count - 1
        let limit = Double((1 << (network.weightBits - 1)) - 1)
        let taps = layer.weights.count / layer.outputChannels
        let whole = Double(convolution.weights.reduce(0) { max($0, abs($1)) }) / limit
        for channel in 0..<layer.outputChannels {
            let filter = convolution.weights[(channel * taps)..<((channel + 1) * taps)]
            let own = Double(filter.reduce(0) { max($0, abs($1)) }) / limit
            var scale = network.kind == .growingScale || isLast ? whole : own
            if network.kind == .powerOfTwo, !isLast {
                // The finest power of two of the output's scale with which the layer's largest weight fits.
                let exponent = (try #require(output) / (input * whole)).exponent
                scale = try #require(output) / input / Double(sign: .plus, exponent: Int(exponent), significand: 1)
            }
            if network.kind.isRequantised, isLast || network.kind == .requantised, let skip = layer.skip {
                // m = floor(skipped / (input * finest)): the scale follows from the multiplier it was made for.
                scale = try #require(skipped) / (Double(skip.multipliers[channel]) * input)
            }
            weights.append(scale)
            accumulators.append(scale * input)
        }
    }
}
