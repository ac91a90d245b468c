import Denoising
import Foundation
import Paillier
import PaperScheme
import Testing
import Numerics

/// The published encoding: what it computes, and what it shows to everyone.
@Suite struct PaperSchemeTests {
    static let key: PrivateKey? = try? PrivateKey(unsafeBits: 512)

    @Test(arguments: [
        (1.0, 1 << 52, -52), (-1.0, -(1 << 52), -52), (0.5, 1 << 52, -53), (3.0, 3 << 51, -51),
        (0.1, 0x19_9999_9999_999a, -56), (0.0, 0, -53), (-0.0, 0, -53), (1e-201, 0, -53), (-4096.0, -(1 << 52), -40),
    ])
    func aFloatIsA53BitMantissaAndItsExponent(value: Double, mantissa: Int, exponent: Int) throws {
        let encoded = try EncodedFloat(value)
        #expect(encoded.mantissa == BigInteger(mantissa))
        #expect(encoded.exponent == exponent)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func onlyFiniteNumbersAreEncoded(value: Double) {
        #expect(throws: PaperSchemeError.notFinite) { try EncodedFloat(value) }
    }

    @Test func encryptionKeepsEveryBitAndShowsTheExponent() throws {
        let key = try #require(Self.key)
        let arithmetic = PaperArithmetic(key: key.publicKey)
        let values =
            [0, 1, -1, 0.1, -3.7e-9, 2047.99, 1e300, -1e-190, .leastNormalMagnitude]
            + (0..<20).map { _ in Double.random(in: -1...1) }
        let ciphertexts = try values.map { try arithmetic.encrypt($0) }
        #expect(try key.decrypt(ciphertexts) == values.map { $0.magnitude < 1e-200 ? 0 : $0 })
        for (value, ciphertext) in zip(values, ciphertexts) where value.magnitude >= 1e-200 {
            #expect(ciphertext.exponent == Int(value.exponent) - 52, "the leak: floor(log2|x|), for all to see")
        }
        #expect(try arithmetic.encrypt(1).value != arithmetic.encrypt(1).value)
        // The bias ciphertext is read without any key: (c - 1) / n.
        let bias = arithmetic.encryptWithoutRandomness(try EncodedFloat(0.75))
        #expect((bias.value - .one).quotientAndRemainder(dividingBy: key.publicKey.n).quotient == BigInteger(3 << 51))
    }

    @Test func productsAndSumsFollowTheExponents() throws {
        let key = try #require(Self.key)
        let arithmetic = PaperArithmetic(key: key.publicKey)
        for _ in 0..<10 {
            let (x, y, w) = (Double.random(in: -1...1), Double.random(in: -1e-3...1e-3), Double.random(in: -8...8))
            let (a, b) = (try arithmetic.encrypt(x), try arithmetic.encrypt(y))
            let product = try arithmetic.product(a, EncodedFloat(w))
            let sum = arithmetic.sum(a, b)
            #expect(product.exponent == a.exponent + Int(w.exponent) - 52)
            #expect(sum.exponent == min(a.exponent, b.exponent))
            let found = try key.decrypt([product, sum, arithmetic.sum(b, a)])
            #expect(abs(found[0] - x * w) <= 4 * (x * w).ulp, "\(x) * \(w)")
            #expect(abs(found[1] - (x + y)) <= 4 * (x + y).ulp && found[2] == found[1], "\(x) + \(y)")
        }
        let zero = try arithmetic.product(arithmetic.encrypt(3), EncodedFloat(0))
        #expect(zero.value == .one, "a zero weight is seen as such")
        #expect(try key.decrypt([zero]) == [0])
    }

    @Test func whatIsTooWideIsSeenOrWrapsRound() throws {
        // Plaintexts of 128 bits: 2^127 lies in the middle third, 2^129 comes back as something else.
        let key = try PrivateKey(unsafeBits: 128)
        let arithmetic = PaperArithmetic(key: key.publicKey)
        let one = try arithmetic.encrypt(1)
        func shifted(_ bits: Int) -> PaperCiphertext {
            let tiny = PaperCiphertext(value: .one, exponent: one.exponent - bits)
            return arithmetic.sum(one, tiny)
        }
        #expect(try key.decrypt([shifted(73)]) == [1])
        let n = key.publicKey.n
        let middle = PaperCiphertext(value: .one + n * (n >> 1), exponent: 0)
        #expect(throws: PaperSchemeError.overflow(index: 1)) { try key.decrypt([one, middle]) }
        let wrapped = PaperCiphertext(value: (.one + n * (n + .one)).modulo(n * n), exponent: 0)
        #expect(try key.decrypt([wrapped]) == [1], "n + 1 is 1")
    }

    @Test func aForeignFactorStopsANegativeWeight() throws {
        let key = try #require(Self.key)
        let arithmetic = PaperArithmetic(key: key.publicKey)
        let bad = PaperCiphertext(value: key.publicKey.n, exponent: 0)
        #expect(throws: PaperSchemeError.notInvertible) { try arithmetic.product(bad, EncodedFloat(-1)) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let kind: Layer.Kind
        let inputs, outputs, size, kernel, padding: Int
        var testDescription: String { "\(kind) \(inputs)->\(outputs) \(size) k\(kernel) p\(padding)" }
    }

    static let cases = [
        Case(kind: .convolution, inputs: 1, outputs: 2, size: 6, kernel: 5, padding: 0),
        Case(kind: .convolution, inputs: 3, outputs: 1, size: 4, kernel: 3, padding: 1),
        Case(kind: .transposedConvolution, inputs: 2, outputs: 2, size: 3, kernel: 3, padding: 0),
        Case(kind: .dense, inputs: 2, outputs: 3, size: 3, kernel: 3, padding: 0),
    ]

    @Test(arguments: cases) func aLayerAgreesWithFloat64(test: Case) throws {
        let key = try #require(Self.key)
        let arithmetic = PaperArithmetic(key: key.publicKey)
        let network = try Network(layers: [
            Layer(
                name: "layer", kind: test.kind, inputChannels: test.inputs, outputChannels: test.outputs,
                kernelHeight: test.kernel, kernelWidth: test.kernel, padding: test.padding)
        ])
        let layer = try #require(network.canonicalConvolutions(network.initialWeights(seed: 3)).first)
        let shape = ConvolutionShape(
            inputChannels: test.inputs, outputChannels: test.outputs, inputHeight: test.size, inputWidth: test.size,
            kernelHeight: test.kernel, kernelWidth: test.kernel, padding: layer.padding)
        let (weights, bias) = (layer.weights.map { Double($0) }, layer.bias.map { Double($0) })
        let input = (0..<shape.inputCount).map { $0 == 0 ? 0 : Double.random(in: 0...1) }
        let encrypted = try input.map { try arithmetic.encrypt($0) }
        let paper = try PaperLayer(shape: shape, weights: weights, bias: bias)
        let found = try key.decrypt(paper(encrypted, arithmetic: arithmetic, threads: 2))
        let expected = reference(shape, weights, bias, input)
        for (index, pair) in zip(found, expected).enumerated() {
            #expect(abs(pair.0 - pair.1) < 1e-12, "output \(index) of input \(input)")
        }
        #expect(throws: PaperSchemeError.ciphertextCount(found: input.count - 1, expected: input.count)) {
            try paper(encrypted.dropLast(), arithmetic: arithmetic)
        }
    }

    private func reference(
        _ shape: ConvolutionShape, _ weights: [Double], _ bias: [Double], _ input: [Double]
    ) -> [Double] {
        (0..<shape.outputCount).map { index in
            let plane = shape.outputHeight * shape.outputWidth
            let (o, r, c) = (index / plane, index % plane / shape.outputWidth, index % shape.outputWidth)
            var sum = bias[o]
            for i in 0..<shape.inputChannels {
                for ky in 0..<shape.kernelHeight {
                    for kx in 0..<shape.kernelWidth {
                        let (y, x) = (r + ky - shape.top, c + kx - shape.left)
                        guard (0..<shape.inputHeight).contains(y), (0..<shape.inputWidth).contains(x) else { continue }
                        sum +=
                            weights[((o * shape.inputChannels + i) * shape.kernelHeight + ky) * shape.kernelWidth + kx]
                            * input[(i * shape.inputHeight + y) * shape.inputWidth + x]
                    }
                }
            }
            return sum
        }
    }
}
