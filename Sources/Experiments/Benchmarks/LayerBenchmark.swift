package import Denoising
import Foundation
import Paillier
import Numerics

/// One encrypted convolution with all slots full, beside the published way.
package struct LayerBenchmark {
    private let options: BenchmarkOptions
    private let precision: Precision
    private let padding: Int
    private let key: PrivateKey
    private let layer: IntegerLayer
    private let convolution: EncryptedConvolution
    private let encoding: PackedEncoding

    /// Draws seeded random weights and proves their widths.
    /// - Parameters:
    ///   - size: Rows and columns of the input.
    ///   - padding: 0 valid, `kernel / 2` same, `kernel - 1` transposed.
    ///   - memory: Bytes for accumulators and tables.
    /// - Throws: `BenchmarkError.option`, `DenoisingError`, `PaillierError.memoryLimit`.
    package init(
        _ options: BenchmarkOptions, inputs: Int, outputs: Int, size: Int, kernel: Int, padding: Int,
        precision: Precision, memory: Int
    ) throws {
        try BenchmarkRange.check(
            [
                ("inputs", inputs, BenchmarkRange.channels), ("outputs", outputs, BenchmarkRange.channels),
                ("size", size, BenchmarkRange.size), ("kernel", kernel, BenchmarkRange.kernel),
                ("padding", padding, BenchmarkRange.padding),
            ] + BenchmarkRange.bits(precision))
        // No product of two of these overflows.
        let side = size + 2 * padding
        try BenchmarkRange.check([
            ("channels times rows times columns", max(inputs, outputs) * side * side, BenchmarkRange.values),
            ("number of weights", inputs * outputs * kernel * kernel, BenchmarkRange.values),
        ])
        let network = try Network(layers: [
            Layer(
                name: "layer", inputChannels: inputs, outputChannels: outputs, kernelHeight: kernel,
                kernelWidth: kernel, padding: padding, relu: true)
        ])
        let input = TensorShape(channels: inputs, height: size, width: size)
        _ = try network.activationShapes(for: input)
        let integers = try IntegerNetwork(
            requantising: network, weights: network.initialWeights(seed: 1),
            calibration: Calibration(activationLimits: [], rule: "none needed", images: 0, data: "none"),
            weightBits: precision.weights, activationBits: precision.activations)
        (self.options, self.precision, self.padding) = (options, precision, padding)
        layer = integers.layers[0]
        key = try options.drawKey()
        encoding = try PackedEncoding(slotBits: layer.accumulatorBits, key: key.publicKey)
        convolution = try EncryptedConvolution(
            shape: ConvolutionShape(
                inputChannels: inputs, outputChannels: outputs, inputHeight: size, inputWidth: size,
                kernelHeight: kernel, kernelWidth: kernel, padding: padding),
            weights: layer.weights, key: key.publicKey, memory: memory)
    }

    /// Plaintext multiply-accumulates of one run.
    private var multiplyAccumulates: Int { convolution.shape.multiplyAccumulates * encoding.slots }

    package func run() throws -> BenchmarkReport {
        var report = BenchmarkReport()
        let (images, input) = try encryptedImages()
        let paper = try PaperBaseline(key: key.publicKey, threads: options.threads)
        var results: [(output: EncryptedValues, products: Int)] = []
        let seconds = try options.seconds(
            "layer",
            [
                {
                    let result = try convolution(input, threads: options.threads)
                    if results.isEmpty { results.append(result) }
                }, paper.run,
            ])
        let result = results[0]
        report.notes = [describe()]
        report.failures += try mismatches(result.output, images)
        let shape = convolution.shape
        if result.products != convolution.products {
            report.failures.append("\(result.products) products counted, \(convolution.products) predicted")
        }
        let setting = options.setting(kernel: key.publicKey.path, layout: "batch")
        report.records = [
            setting.rate(
                "layer.macs_per_second", seconds[0], of: Double(multiplyAccumulates), unit: "MAC/s",
                beside: ("paper", seconds[1], Double(paper.multiplyAccumulates))),
            setting.count("layer.products", result.products, unit: "1", predicted: convolution.products),
            setting.count("layer.unit_bytes", convolution.unitBytes, unit: "B"),
            setting.count("layer.ciphertexts.up", shape.inputCount, unit: "1"),
            setting.count("layer.ciphertexts.down", shape.outputCount, unit: "1"),
            setting.count("layer.bytes.up", shape.inputCount * key.publicKey.ciphertextBytes, unit: "B"),
            setting.count("layer.bytes.down", shape.outputCount * key.publicKey.ciphertextBytes, unit: "B"),
        ]
        report.notes.append(
            """
            layer.macs_per_second: plaintext multiply-accumulates of all slots on \(options.threads) thread(s); encryption and \
            decryption left out. Baseline paper: one float a ciphertext, measured on \(paper.multiplyAccumulates) \
            multiply-accumulates in the same run, turn by turn; each costs the same there whatever the shape.
            """)
        return report
    }

    /// One random image per slot.
    private func encryptedImages() throws -> (images: IntegerTensor, encrypted: EncryptedValues) {
        let input = convolution.shape
        let shape = TensorShape(
            count: encoding.slots, channels: input.inputChannels, height: input.inputHeight, width: input.inputWidth)
        let positions = input.inputCount
        var generator = SeededGenerator(seed: 2)
        let largest = 1 << precision.activations - 1
        let values = IntegerArray((0..<shape.elementCount).map { _ in Int.random(in: 0...largest, using: &generator) })
        let plaintexts = encoding.encode(values, plaintexts: positions, threads: options.threads) {
            $1 * positions + $0
        }
        let encrypted = EncryptedValues(
            key.encrypt(plaintexts, threads: options.threads), threads: options.threads)
        return (IntegerTensor(shape: shape, values: values), encrypted)
    }

    /// Compares every slot of every output with the integer layer. The encrypted convolution adds no bias.
    private func mismatches(_ output: EncryptedValues, _ images: IntegerTensor) throws -> [String] {
        let expected = try layer.accumulate(images, threads: options.threads).values
        let plaintexts = try key.decrypt(output.ciphertexts(threads: options.threads), threads: options.threads)
        let found = encoding.decode(plaintexts, limbs: expected.limbs, threads: options.threads)
        let plane = convolution.shape.outputHeight * convolution.shape.outputWidth
        let bias = layer.bias.map { $0.exactInt ?? 0 }
        let wrong = (0..<output.count).reduce(0) { sum, position in
            sum
                + (0..<encoding.slots).count { slot in
                    found.narrow(position * encoding.slots + slot) + bias[position / plane]
                        != expected.narrow(slot * output.count + position)
                }
        }
        return wrong == 0 ? [] : ["\(wrong) values differ from the integer layer"]
    }

    private func describe() -> String {
        let shape = convolution.shape
        let perWeight = Double(convolution.products) / Double(shape.multiplyAccumulates)
        let splits = convolution.splits.map(\.rawValue).joined(separator: ", then ")
        let plans = convolution.plans.map { plan in
            """
              \(plan.channels) channels x \(plan.taps) taps, digits of \(plan.digitBits) bits, tables of \(1 << plan.tableBits), \(plan.tablesAtOnce) at once, \
            \(plan.planes) planes, blocks of \(plan.rows) rows, \(plan.bands) bands, \(plan.parts) parts, \(plan.unitBytes) bytes each, \
            \(plan.products) products
            """
        }
        return """
            Layer \(shape.inputChannels)->\(shape.outputChannels), \(shape.kernelHeight)x\(shape.kernelWidth), padding \(padding), \
            \(shape.inputHeight)x\(shape.inputWidth) to \(shape.outputHeight)x\(shape.outputWidth), \(precision): \
            \(encoding.slots) slots of \(encoding.slotBits) bits
              phases    \(splits.isEmpty ? "not cut" : "cut along \(splits)"), pieces:
            \(plans.joined(separator: "\n"))
              products  \(convolution.products) predicted, \(String(format: "%.3f", perWeight)) per weight and position
            """
    }
}
