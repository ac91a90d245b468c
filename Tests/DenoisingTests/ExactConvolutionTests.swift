import Denoising
import Foundation
import Numerics
import Testing

/// The byte engine against the oracle in Double.
@Suite("Exact convolution")
struct ExactConvolutionTests {
    /// Every width at its extremes, on each of oneDNN's instruction sets, in a process of its own because oneDNN reads the variable
    /// once. Without VNNI products of bytes saturate in pairs, and sums above 2^24 lose their last bits on all of them.
    @Test(arguments: ["ALL", "AVX512_CORE", "AVX2", "SSE41"])
    func extremesAreExactOnEveryInstructionSet(name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            setenv("ONEDNN_MAX_CPU_ISA", name, 1)
            for weightBits in [2, 5, 8, 9, 10, 12, 16, 24] {
                for inputBits in [2, 6, 8, 12, 13, 16, 24] {
                    for layer in try Extremes.layers(weightBits: weightBits, inputBits: inputBits) {
                        try Extremes.requireEqual(layer)
                    }
                }
            }
            for layer in try Extremes.wideLayers() { try Extremes.requireEqual(layer) }
        }
    }

    @Test(arguments: [1, 2, 3, 7])
    func bandsAndWorkersDoNotShow(threads: Int) throws {
        // Heights that bands do not divide, and enough work for several workers.
        for (height, width) in [(61, 64), (7, 200), (33, 5)] {
            let network = try Network(layers: [
                Layer(
                    name: "conv1", inputChannels: 24, outputChannels: 40, kernelHeight: 5, kernelWidth: 5, padding: 2,
                    relu: true)
            ])
            let layer = try IntegerNetwork(growing: network, weights: network.initialWeights(seed: 7)).layers[0]
            let shape = TensorShape(count: 2, channels: 24, height: height, width: width)
            let input = Extremes.random(shape, 0...4095, seed: UInt64(height))
            let found = try layer.accumulate(input, threads: threads)
            let one = try layer.accumulate(input, threads: 1)
            #expect(found == one)
            let sample = try DoubleConvolution(layer).apply(
                IntegerTensor(
                    shape: shape.with(count: 1),
                    values: IntegerArray((0..<shape.elementCount / 2).map { input.values.narrow($0) })))
            #expect(sample.indices.allSatisfy { found.values[$0] == sample[$0] })
        }
    }

    /// Layers of bytes are exact while other threads plan layers of floats: oneDNN before 2.7.3 plans both in one variable. Without the
    /// bridge's lock thousands of values differed in each of ten trials.
    @Test func otherThreadsFloatsDoNotShow() throws {
        let network = try Network.redCNN(depth: 3, channels: 3, kernel: 3, relu: .all, decoder: .same)
        let weights = try network.initialWeights(seed: 3)
        let layers = try IntegerNetwork(growing: network, weights: weights, weightBits: 8).layers
        // Sizes that no other test has, each worker its own: what was planned once is used again.
        @Sendable func inputs(_ worker: Int) -> [IntegerTensor] {
            (0..<60).map { index in
                let shape = TensorShape(channels: 3, height: 3 + index % 10, width: 101 + 8 * (index / 10) + worker)
                return Extremes.random(shape, 0...4095, seed: UInt64(index))
            }
        }
        let found = try parallelMap(8, threads: 8) { worker -> [IntegerTensor] in
            let own = inputs(worker)
            if worker % 2 == 0 { return try own.map { try layers[1].accumulate($0, threads: 1) } }
            for input in own {
                let shape = TensorShape(channels: 1, height: input.shape.height, width: input.shape.width)
                _ = try NetworkEvaluator(network, weights: weights, inputShape: shape, threads: 1)
            }
            return []
        }
        var wrong = 0
        for worker in stride(from: 0, to: 8, by: 2) {
            for (input, sums) in zip(inputs(worker), found[worker]) {
                let expected = try DoubleConvolution(layers[1]).apply(input)
                wrong += expected.indices.count { sums.values[$0] != expected[$0] }
            }
        }
        #expect(wrong == 0)
    }

    /// Two parties' accumulators of their shares add up to those of the sum, modulo 2^bits, skip and padding included.
    @Test(arguments: [13, 27, 30, 36, 63, 64])
    func sharesAddUpToTheAccumulators(bits: Int) throws {
        let network = try Network.redCNN(depth: 3, channels: 6, kernel: 3, relu: .all, decoder: .same)
        let calibration = try Calibration(activationLimits: [1, 1], rule: "test", images: 1, data: "test")
        let integers = try IntegerNetwork(
            shifting: network, weights: network.initialWeights(seed: 5), calibration: calibration)
        for layer in integers.layers {
            let shape = TensorShape(count: 2, channels: layer.inputChannels, height: 9, width: 11)
            let input = Extremes.random(shape, 0...4095, seed: 1)
            let skipped = Extremes.random(try layer.outputShape(for: shape), 0...4095, seed: 2)
            let expected = try layer.accumulate(input, skipped: skipped)
            let (first, second) = (
                Extremes.split(input, bits: bits, seed: 3), Extremes.split(skipped, bits: bits, seed: 4)
            )
            let zeros = [BigInteger](repeating: .zero, count: layer.outputChannels)
            let parties = try [
                layer.accumulate(shares: first.0, skipped: second.0, modulo: bits, plus: zeros),
                layer.accumulate(shares: first.1, skipped: second.1, modulo: bits, plus: layer.bias),
            ]
            let mask = UInt64.max >> UInt64(64 - bits)
            for index in 0..<expected.values.count {
                let (one, other) = (parties[0].values.words[index], parties[1].values.words[index])
                #expect(one <= mask && other <= mask)
                #expect((one &+ other) & mask == expected.values.words[index] & mask, "\(layer.name), value \(index)")
            }
        }
    }
}

/// Layers whose weights and inputs lie at the ends of their widths.
enum Extremes {
    struct Difference: Error { let text: String }

    /// 2,400 weights a filter, as in the ten-layer network: all at the top, all at the bottom, at random ends, near zero, and random.
    static func layers(weightBits: Int, inputBits: Int) throws -> [IntegerLayer] {
        let shape = [5, 96, 5, 5]
        let taps = 96 * 25
        var generator = TestGenerator(seed: UInt64(100 * weightBits + inputBits))
        let values = (0..<5 * taps).map { index -> Float in
            switch index / taps {
            case 0: 1
            case 1: -1
            case 2: Bool.random(using: &generator) ? 1 : -1
            case 3: index % taps == 0 ? 1 : 0
            default: Float.random(in: -1...1, using: &generator)
            }
        }
        let network = try Network(layers: [
            Layer(name: "conv1", inputChannels: 96, outputChannels: 5, kernelHeight: 5, kernelWidth: 5, relu: true)
        ])
        let weights = try Weights(
            [
                "conv1.weight": WeightTensor(shape: shape, values: values),
                "conv1.bias": WeightTensor(shape: [5], values: [0, 1, -1, 0.5, 0]),
            ], for: network)
        return [
            try IntegerNetwork(growing: network, weights: weights, weightBits: weightBits, inputBits: inputBits).layers[
                0]
        ]
    }

    /// Inner layers of a network whose values grow: signed inputs of 30 to 200 bits.
    static func wideLayers() throws -> [IntegerLayer] {
        let network = try Network.redCNN(depth: 10, channels: 3, relu: .none, decoder: .same)
        return Array(
            try IntegerNetwork(growing: network, weights: network.initialWeights(seed: 3), weightBits: 17).layers
                .dropFirst())
    }

    static func requireEqual(_ layer: IntegerLayer) throws {
        let shape = TensorShape(channels: layer.inputChannels, height: 6, width: 7)
        let limbs = IntegerArray.limbs(forBits: layer.largestInput.bitWidth + 1)
        for kind in 0..<4 {
            var generator = TestGenerator(seed: UInt64(kind))
            var input = IntegerTensor(shape: shape, limbs: limbs)
            for index in 0..<shape.elementCount {
                let random =
                    BigInteger(twosComplement: [UInt64.random(in: 0...UInt64.max, using: &generator), 0])
                    << max(0, layer.largestInput.bitWidth - 64)
                let magnitude =
                    kind == 0 || random.magnitude.first.map { $0 % 3 == 0 } == true
                    ? layer.largestInput : random.quotientAndRemainder(dividingBy: layer.largestInput + .one).remainder
                let isNegative = kind == 2 ? Bool.random(using: &generator) : kind == 3
                input.values[index] = isNegative && layer.name != "conv1" ? -magnitude : magnitude
            }
            let skipped = layer.skip == nil ? nil : IntegerTensor(shape: try layer.outputShape(for: shape), limbs: 1)
            let found = try layer.accumulate(input, skipped: skipped)
            let expected = try DoubleConvolution(layer).apply(input)
            let wrong = expected.indices.filter { found.values[$0] != expected[$0] }.count
            guard wrong == 0 else {
                throw Difference(text: "\(layer.name): \(wrong) of \(expected.count) differ")
            }
        }
    }

    static func random(_ shape: TensorShape, _ range: ClosedRange<Int>, seed: UInt64) -> IntegerTensor {
        var generator = TestGenerator(seed: seed)
        return IntegerTensor(
            shape: shape,
            values: IntegerArray((0..<shape.elementCount).map { _ in Int.random(in: range, using: &generator) }))
    }

    /// Uniform shares modulo 2^bits.
    static func split(_ tensor: IntegerTensor, bits: Int, seed: UInt64) -> (IntegerTensor, IntegerTensor) {
        var generator = TestGenerator(seed: seed)
        let mask = UInt64.max >> UInt64(64 - bits)
        var (first, second) = (tensor, tensor)
        for index in 0..<tensor.values.count {
            first.values.words[index] = UInt64.random(in: 0...UInt64.max, using: &generator) & mask
            second.values.words[index] = (tensor.values.words[index] &- first.values.words[index]) & mask
        }
        return (first, second)
    }
}
