import Lattice
import Numerics

/// The lattice scheme without a protocol: one layer and the whole ten-layer network, client and server in one process, on every path
/// that runs here beside the portable one. Set P, which no protocol run can take, is measured beside F: it is what libraries
/// without flooding do.
package struct LatticeBenchmark {
    private let options: BenchmarkOptions
    private let channels: Int
    private let size: Int

    /// - Parameters:
    ///   - channels: of the inner layers.
    ///   - size: side of the patch, 29 to 64 pixels.
    /// - Throws: `BenchmarkError.option`.
    package init(_ options: BenchmarkOptions, channels: Int = 96, size: Int = 64) throws {
        try BenchmarkRange.check([("channels", channels, BenchmarkRange.channels), ("size", size, 29...64)])
        self.options = options
        self.channels = channels
        self.size = size
    }

    /// A layer with random weights, and what it reads.
    private struct Layer {
        let convolution: LatticeConvolution
        let values: [UInt64]
        /// The layer whose input it adds.
        let source: Int?
    }

    /// Products, zero and flooding of one inner layer; then all encrypted work of both sides for one patch.
    package func run() throws -> BenchmarkReport {
        // As in a protocol run of the usual memory.
        ProtocolSettings().prepareMemory()
        var report = BenchmarkReport()
        let paths = LatticePath.allCases.filter(\.isAvailable)
        for parameters in [LatticeParameters.flooded, .plain] {
            let contenders = try paths.map { path in
                let key = try SecretKey(parameters, path: path)
                return (key: key, layers: try layers(key))
            }
            for (key, layers) in contenders where try !agrees(key, layers[1]) {
                report.failures.append("set \(parameters.name) on path \(key.publicKey.path.rawValue) decrypts wrongly")
            }
            for (metric, range) in [("lattice.layer", 1..<2), ("lattice.network", contenders[0].layers.indices)] {
                let bodies = contenders.map { key, layers in
                    let layers = Array(layers[range])
                    return { _ = try exchange(key, layers) }
                }
                let seconds = try options.seconds("\(metric) \(parameters.name)", bodies)
                let portable = seconds[paths.count - 1]
                report.records += zip(paths, seconds).map { path, seconds in
                    BenchmarkSetting(
                        keyBits: nil, layout: "set \(parameters.name)", kernel: path.rawValue, threads: options.threads
                    ).time(
                        metric, seconds, per: 1, unit: .microseconds, beside: ("portable", portable))
                }
            }
        }
        report.notes.append(
            """
            No protocol: client and server in one process, neither messages nor hashes. lattice.layer: \(channels) to \(channels) channels, \
            5x5; lattice.network: ten layers, \(channels) channels, one \(size)x\(size) patch, valid; encryption, products, skips, answers, \
            decryption. Set F, of every protocol run: N 4096, log q 98, zero and flooding. Set P: log q 62, neither.
            """)
        return report
    }

    /// Encrypts, computes, answers, decrypts: layer by layer, uploads kept for those that add them.
    private func exchange(_ key: SecretKey, _ layers: [Layer]) throws -> [[UInt64]] {
        let sources = Set(layers.compactMap(\.source))
        var kept: [Int: UploadedTensor] = [:]
        return try layers.enumerated().map { number, layer in
            let input = upload(key, layer)
            if sources.contains(number) { kept[number] = input }
            return try answer(key, layer, input, kept: layer.source.flatMap { kept[$0] })
        }
    }

    private func upload(_ key: SecretKey, _ layer: Layer) -> UploadedTensor {
        UploadedTensor(
            encrypting: layer.values, geometry: layer.convolution.geometry, images: 1,
            channels: layer.convolution.inputs, format: layer.convolution.format, key: key, threads: options.threads)
    }

    private func answer(
        _ key: SecretKey, _ layer: Layer, _ input: UploadedTensor, kept: UploadedTensor?
    ) throws -> [UInt64] {
        try AnsweredTensor(layer.convolution, input: input, kept: kept, threads: options.threads)
            .decrypted(key, threads: options.threads)
    }

    /// Whether one output of a layer is the correlation.
    private func agrees(_ key: SecretKey, _ layer: Layer) throws -> Bool {
        let (found, geometry) = (try exchange(key, [layer])[0], layer.convolution.geometry)
        let (width, output) = (geometry.inputWidth, geometry.outputWidth)
        return [0, output * output - 1].allSatisfy { place in
            var sum = Int64(0)
            for input in 0..<layer.convolution.inputs {
                for tap in 0..<25 {
                    let at = (place / output + tap / 5) * width + place % output + tap % 5
                    sum +=
                        Int64(layer.convolution.weight(output: 0, input: input, tap: tap))
                        * Int64(layer.values[input * width * width + at])
                }
            }
            return found[place] == UInt64(bitPattern: sum)
        }
    }

    /// Conv1 to conv5, then the transposed ones with padding 4; the sixth, eighth and tenth add what the fifth, third and first read.
    private func layers(_ key: SecretKey) throws -> [Layer] {
        var generator = SeededGenerator(seed: 14)
        let format = try AnswerFormat(key.publicKey.parameters, width: 33)
        let geometries = try (0..<10).map { number in
            let side = size - 4 * (number < 5 ? number : 10 - number)
            return try PolynomialGeometry(
                kernelHeight: 5, kernelWidth: 5, padding: number < 5 ? 0 : 4, inputHeight: side, inputWidth: side)
        }
        func values(_ number: Int) -> [UInt64] {
            let side = geometries[number].inputHeight
            return (0..<(number == 0 ? 1 : channels) * side * side).map { _ in
                UInt64.random(in: 0...4095, using: &generator)
            }
        }
        return try (0..<10).map { number in
            let (inputs, outputs) = (number == 0 ? 1 : channels, number == 9 ? 1 : channels)
            let weights = (0..<inputs * outputs * 25).map { _ in Int32.random(in: -511...511, using: &generator) }
            let source = [5: 4, 7: 2, 9: 0][number]
            let convolution = try LatticeConvolution(
                geometry: geometries[number], inputs: inputs, outputs: outputs, weights: weights,
                bias: [Int64](repeating: 0, count: outputs),
                skip: source.map {
                    .init(geometry: geometries[$0], multipliers: [Int64](repeating: 997, count: outputs))
                }, format: format, key: key.publicKey)
            return Layer(convolution: convolution, values: values(number), source: source)
        }
    }
}
