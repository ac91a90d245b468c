import Denoising
import Foundation
import Numerics
import Paillier
import PaperScheme

/// When the published encoding overflows: an encrypted float times random floats, decrypted after every product, as a script of the
/// authors' code does it; and the layers of a linear network that its integers fit.
///
/// Every product adds the 53 bits of a weight's mantissa, every sum the distance between the exponents of what is added; nothing is ever
/// rounded. A result is right as long as its integer is below n/3.
package struct EncodingBenchmark {
    private let keyBits: [Int]
    private let insecure: Bool
    private let runs: Int
    private let network: TrainedNetwork?
    private let size: Int

    /// - Parameters:
    ///   - keyBits: Sizes of the modulus.
    ///   - runs: Chains of products for each size.
    ///   - weights: A network without inner ReLUs; nil leaves layers out.
    ///   - size: Side of its image of random pixels.
    /// - Throws: `BenchmarkError.option`; the errors of weights files.
    package init(keyBits: [Int], insecure: Bool, runs: Int, weights: String?, size: Int) throws {
        (self.keyBits, self.insecure, self.runs, self.size) = (keyBits, insecure, runs, size)
        try BenchmarkRange.check([("runs", runs, 1...1000), ("size", size, 1...256)])
        for bits in keyBits { try BenchmarkRange.check(keyBits: bits, insecure: insecure) }
        network = try weights.map { try TrainedNetwork(reading: $0) }
        if let layers = network?.network.layers, layers.dropLast().contains(where: \.relu) {
            throw BenchmarkError.option(
                name: "weights", found: "a network with ReLUs between its layers",
                expected: "one without: at a ReLU the published client decrypts and encrypts anew")
        }
    }

    package func run() throws -> BenchmarkReport {
        var report = BenchmarkReport()
        let layers = try network.map { try Self.widths($0, size: size) }
        for bits in keyBits {
            let key = try PrivateKey(bits: bits, allowInsecure: insecure)
            let setting = BenchmarkSetting(keyBits: bits, kernel: "gmp", threads: 1)
            let chains = try (0..<runs).map { try chain(key, seed: UInt64($0), &report) }
            report.records.append(
                setting.count("encoding.multiplications", chains.min() ?? 0, unit: "products"))
            guard let layers else { continue }
            // The test of the published decryption: below a third of n.
            let room = Double(bits) - log2(3.0)
            let fitting = layers.prefix { $0 < room }.count
            report.records.append(setting.count("encoding.layers", fitting, unit: "layers of \(layers.count)"))
        }
        if let layers {
            let text = layers.enumerated().map { "\($0 + 1): \(Int($1.rounded(.up)))" }.joined(separator: ", ")
            report.notes.append("Bits of the widest integer after each layer, whatever the key: \(text).")
        }
        report.notes.append(
            """
            Products: the fewest of \(runs) chains of random floats in (0, 1) after which the ciphertext still decrypts to their \
            product. The chain is checked against the same integers in the clear.
            """)
        return report
    }

    /// Products that one ciphertext bears.
    private func chain(_ key: PrivateKey, seed: UInt64, _ report: inout BenchmarkReport) throws -> Int {
        var generator = SeededGenerator(seed: seed)
        let arithmetic = PaperArithmetic(key: key.publicKey)
        func float() -> Double { max(0x1p-53, generator.uniform()) }
        var value = float()
        var ciphertext = try arithmetic.encrypt(value)
        var mantissa = try EncodedFloat(value).mantissa
        for count in 0... {
            let factor = try EncodedFloat(float())
            ciphertext = try arithmetic.product(ciphertext, factor)
            value *= Double(sign: .plus, exponent: factor.exponent, significand: 1) * Double(factor.mantissa)
            mantissa = mantissa * factor.mantissa
            let isRight: Bool
            do {
                let decrypted = try key.decrypt([ciphertext])[0]
                isRight = (decrypted - value).magnitude <= value * 1e-9
            } catch PaperSchemeError.overflow {
                isRight = false
            }
            let fits = mantissa * BigInteger(3) < key.publicKey.n
            if isRight != fits {
                report.failures.append(
                    "\(key.publicKey.bits) bits: product \(count + 1) is \(isRight ? "right" : "wrong")")
            }
            guard isRight else { return count }
        }
        return 0
    }

    /// Binary logarithms of the largest integer of every layer, computed as published on an image of random pixels.
    ///
    /// The integer of a value is the value over 2^e, e the smallest exponent of all that was added up.
    static func widths(_ trained: TrainedNetwork, size: Int) throws -> [Double] {
        var generator = SeededGenerator(seed: 1)
        let shape = TensorShape(channels: 1, height: size, width: size)
        let pixels = (0..<shape.elementCount).map { _ in Float(1 + Int(generator.uniform() * 3071)) / 3072 }
        let input = try Tensor(shape: shape, values: pixels)
        let evaluator = try NetworkEvaluator(trained.network, weights: trained.weights, inputShape: shape)
        let values = try evaluator.activations(input)
        let convolutions = try trained.network.canonicalConvolutions(trained.weights)
        var exponents = [try pixels.map { try EncodedFloat(Double($0)).exponent }]
        return try convolutions.indices.map { index in
            let layer = trained.network.layers[index]
            var sums = try smallest(
                convolutions[index], exponents[index], values[index].shape, output: values[index + 1].shape)
            if let skip = layer.skip { sums = zip(sums, exponents[skip]).map { min($0, $1) } }
            exponents.append(sums)
            return zip(values[index + 1].values, sums).reduce(0) { widest, pair in
                pair.0 == 0 ? widest : max(widest, log2(Double(pair.0.magnitude)) - Double(pair.1))
            }
        }
    }

    /// The exponent of every sum of a layer: the smallest of its products and its bias.
    private static func smallest(
        _ layer: CanonicalConvolution, _ input: [Int], _ shape: TensorShape, output: TensorShape
    ) throws -> [Int] {
        let weights = try layer.weights.map { try EncodedFloat(Double($0)).exponent }
        let bias = try layer.bias.map { try EncodedFloat(Double($0)).exponent }
        let (rows, columns) = (layer.kernelHeight, layer.kernelWidth)
        var result = [Int](repeating: 0, count: output.elementCount)
        for channel in 0..<output.channels {
            for place in 0..<output.planeSize {
                let (y, x) = (place / output.width, place % output.width)
                var smallest = bias[channel]
                for from in 0..<shape.channels {
                    for ky in max(0, layer.padding - y)..<min(rows, shape.height + layer.padding - y) {
                        let start = (from * shape.height + y + ky - layer.padding) * shape.width + x - layer.padding
                        let tap = ((channel * shape.channels + from) * rows + ky) * columns
                        for kx in max(0, layer.padding - x)..<min(columns, shape.width + layer.padding - x) {
                            smallest = min(smallest, input[start + kx] + weights[tap + kx])
                        }
                    }
                }
                result[channel * output.planeSize + place] = smallest
            }
        }
        return result
    }
}
