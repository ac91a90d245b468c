import Denoising

/// What a benchmark can be asked for: whatever lies beyond is refused before anything is computed or allocated.
enum BenchmarkRange {
    static let size = 1...8192
    static let images = 1...100_000
    static let channels = 1...4096
    static let kernel = 1...255
    static let padding = 0...254
    /// Values of the largest tensor: 1 GiB of machine words.
    static let values = 1...(1 << 27)

    /// - Throws: `BenchmarkError.option` for the first value out of its range.
    static func check(_ options: [(name: String, value: Int, range: ClosedRange<Int>)]) throws(BenchmarkError) {
        for (name, value, range) in options where !range.contains(value) {
            throw .option(name: name, found: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)")
        }
    }
}

extension LayerBenchmark.Parameters {
    func check() throws(BenchmarkError) {
        try BenchmarkRange.check([
            ("inputs", inputs, BenchmarkRange.channels), ("outputs", outputs, BenchmarkRange.channels),
            ("size", size, BenchmarkRange.size), ("kernel", kernel, BenchmarkRange.kernel),
            ("padding", padding, BenchmarkRange.padding), ("weight bits", precision.weights, Precision.range),
            ("activation bits", precision.activations, Precision.range),
        ])
        // No product of two of these overflows.
        try BenchmarkRange.check([
            (
                "channels times rows times columns", max(inputs, outputs) * (size + 2 * padding) * (size + 2 * padding),
                BenchmarkRange.values
            ),
            ("number of weights", inputs * outputs * kernel * kernel, BenchmarkRange.values),
        ])
    }
}

extension NetworkBenchmark.Parameters {
    /// - Throws: `BenchmarkError.option` for what no machine could run or no integer network could hold.
    package func check() throws(BenchmarkError) {
        try BenchmarkRange.check([
            ("channels", network.channels, BenchmarkRange.channels), ("size", size, BenchmarkRange.size),
            ("images", images, BenchmarkRange.images), ("weight bits", settings.precision.weights, Precision.range),
            ("activation bits", settings.precision.activations, Precision.range),
        ])
        try BenchmarkRange.check([
            (
                "images times channels times rows times columns", images * network.channels * size * size,
                BenchmarkRange.values
            )
        ])
    }
}
