import Testing
import Numerics

import Paillier

/// Encrypted layers against the definition, on every kernel path, and counted products against the cost model.
@Suite struct ConvolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let inputs, outputs, height, width, kernelHeight, kernelWidth, padding, bits: Int
        var testDescription: String {
            "\(inputs)->\(outputs) \(height)x\(width) k\(kernelHeight)x\(kernelWidth) p\(padding) w\(bits)"
        }

        /// Whether an axis can be cut into phases: two taps and two outputs at least.
        func allows(_ axis: ConvolutionShape.Axis) -> Bool {
            let (input, kernel) = axis == .rows ? (height, kernelHeight) : (width, kernelWidth)
            return kernel > 1 && input + 2 * padding - kernel + 1 > 1
        }
    }

    static let cases = [
        Case(inputs: 1, outputs: 1, height: 1, width: 1, kernelHeight: 1, kernelWidth: 1, padding: 0, bits: 10),
        Case(inputs: 1, outputs: 8, height: 6, width: 7, kernelHeight: 5, kernelWidth: 5, padding: 0, bits: 10),
        Case(inputs: 1, outputs: 3, height: 5, width: 5, kernelHeight: 5, kernelWidth: 5, padding: 2, bits: 6),
        Case(inputs: 3, outputs: 1, height: 9, width: 4, kernelHeight: 3, kernelWidth: 3, padding: 2, bits: 4),
        Case(inputs: 7, outputs: 9, height: 3, width: 3, kernelHeight: 3, kernelWidth: 3, padding: 1, bits: 3),
        Case(inputs: 13, outputs: 16, height: 4, width: 4, kernelHeight: 3, kernelWidth: 3, padding: 1, bits: 10),
        Case(inputs: 2, outputs: 5, height: 4, width: 6, kernelHeight: 4, kernelWidth: 6, padding: 0, bits: 8),
        Case(inputs: 12, outputs: 10, height: 1, width: 1, kernelHeight: 1, kernelWidth: 1, padding: 0, bits: 12),
        Case(inputs: 1, outputs: 1, height: 17, width: 3, kernelHeight: 5, kernelWidth: 5, padding: 4, bits: 1),
        Case(inputs: 9, outputs: 8, height: 8, width: 9, kernelHeight: 5, kernelWidth: 5, padding: 4, bits: 10),
    ]

    @Test(arguments: cases, KernelTests.paths) func equalsTheDefinition(test: Case, path: KernelPath) throws {
        let key = try PrivateKey(unsafeBits: 128, path: path)
        let shape = ConvolutionShape(
            inputChannels: test.inputs, outputChannels: test.outputs, inputHeight: test.height, inputWidth: test.width,
            kernelHeight: test.kernelHeight, kernelWidth: test.kernelWidth, padding: test.padding)
        let limit = Int32(1) << Int32(test.bits - 1)
        let weights = (0..<shape.weightCount).map { _ in Int32.random(in: -limit...(limit - 1)) }
        let input = (0..<shape.inputCount).map { _ in Int.random(in: -2048...2047) }
        let encrypted = EncryptedValues(key.encrypt(try Plaintexts(input.map { BigInteger($0) }, key: key.publicKey)))
        let expected = reference(shape, weights, input)
        let axes = ConvolutionShape.Axis.allCases.filter { test.allows($0) }
        let ways: [(threads: Int, memory: Int, splits: [ConvolutionShape.Axis]?, digits: ClosedRange<Int>)] =
            [(1, 1 << 30, nil, 1...4), (3, 1 << 20, nil, 1...4), (1, 1 << 30, axes.reversed(), 1...1)]
            + axes.map { (2, 1 << 30, [$0], 1...1) } + (1...4).map { (2, 1 << 30, axes, $0...$0) }
        for (threads, memory, splits, digits) in ways {
            let layer = try EncryptedConvolution(
                shape: shape, weights: weights, key: key.publicKey, memory: memory, splits: splits, digitBits: digits)
            let (output, products) = try layer(encrypted, threads: threads)
            let decrypted = try key.decrypt(output.ciphertexts())
            let found = (0..<output.count).map { decrypted.signed($0, key: key.publicKey).exactInt }
            #expect(found == expected, "splits \(layer.splits), weights \(weights)")
            #expect(products == layer.products, "splits \(layer.splits), \(layer.plans)")
        }
    }

    /// Neither kind of table is always cheaper, and the model takes the cheaper one.
    @Test(arguments: [(inputs: 1, digits: 2...4), (inputs: 24, digits: 1...1)])
    func fewInputsTakeDigitTables(inputs: Int, digits: ClosedRange<Int>) throws {
        let key = try PrivateKey(unsafeBits: 128).publicKey
        let shape = ConvolutionShape(
            inputChannels: inputs, outputChannels: 96, inputHeight: 64, inputWidth: 64, kernelHeight: 5, kernelWidth: 5,
            padding: 0)
        func plan(_ digits: ClosedRange<Int>) throws -> ConvolutionPlan {
            try ConvolutionPlan(shape: shape, weightBits: 10, key: key, memory: 1 << 30, digitBits: digits)
        }
        let (chosen, subset, digit) = (try plan(1...4), try plan(1...1), try plan(2...4))
        #expect(digits.contains(chosen.digitBits))
        #expect((digit.products < subset.products) == (digits.lowerBound > 1))
    }

    @Test func aBlockThatCannotFitIsRefused() throws {
        let key = try PrivateKey(unsafeBits: 128).publicKey
        let shape = ConvolutionShape(
            inputChannels: 4, outputChannels: 8, inputHeight: 4, inputWidth: 4, kernelHeight: 3, kernelWidth: 3,
            padding: 1)
        #expect(throws: PaillierError.self) {
            try EncryptedConvolution(
                shape: shape, weights: [Int32](repeating: 3, count: shape.weightCount), key: key, memory: 1000)
        }
    }

    @Test func multiplyAccumulatesLeavePaddingOut() {
        let valid = ConvolutionShape(
            inputChannels: 96, outputChannels: 96, inputHeight: 60, inputWidth: 60, kernelHeight: 5, kernelWidth: 5,
            padding: 0)
        #expect(valid.multiplyAccumulates == 96 * 96 * 25 * 56 * 56)
        let transposed = ConvolutionShape(
            inputChannels: 1, outputChannels: 1, inputHeight: 44, inputWidth: 44, kernelHeight: 5, kernelWidth: 5,
            padding: 4)
        #expect(transposed.multiplyAccumulates == 25 * 44 * 44)
    }

    private func reference(_ shape: ConvolutionShape, _ weights: [Int32], _ input: [Int]) -> [Int?] {
        var output: [Int?] = []
        for o in 0..<shape.outputChannels {
            for r in 0..<shape.outputHeight {
                for c in 0..<shape.outputWidth {
                    var sum = 0
                    for i in 0..<shape.inputChannels {
                        for ky in 0..<shape.kernelHeight {
                            for kx in 0..<shape.kernelWidth {
                                let (y, x) = (r + ky - shape.top, c + kx - shape.left)
                                guard (0..<shape.inputHeight).contains(y), (0..<shape.inputWidth).contains(x) else {
                                    continue
                                }
                                let weight =
                                    ((o * shape.inputChannels + i) * shape.kernelHeight + ky) * shape.kernelWidth + kx
                                sum += Int(weights[weight]) * input[(i * shape.inputHeight + y) * shape.inputWidth + x]
                            }
                        }
                    }
                    output.append(sum)
                }
            }
        }
        return output
    }
}
