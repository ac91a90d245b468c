import Denoising

/// What a benchmark can be asked for: whatever lies beyond is refused before anything is computed or allocated.
enum BenchmarkRange {
    typealias Option = (name: String, value: Int, range: ClosedRange<Int>)

    static let size = 1...8192
    static let images = 1...100_000
    static let channels = 1...4096
    static let kernel = 1...255
    static let padding = 0...254
    /// Values of the largest tensor: 1 GiB of machine words.
    static let values = 1...(1 << 27)

    /// - Throws: `BenchmarkError.option` for the first value out of its range.
    static func check(_ options: [Option]) throws(BenchmarkError) {
        for (name, value, range) in options where !range.contains(value) {
            throw .option(name: name, found: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// - Throws: `BenchmarkError.option` for a size of the modulus that no key has, or that has to be asked for.
    static func check(keyBits: Int, insecure: Bool) throws(BenchmarkError) {
        let consent = "--insecure for measurements as in the paper"
        if let reason = KeySettings.objection(to: keyBits, insecure: insecure, consent: consent) {
            throw .option(name: "key bits", found: "\(keyBits)", expected: reason)
        }
    }

    /// The sizes of a RED-CNN and what goes through it.
    /// - Parameters:
    ///   - count: How many images, and their name; nil is one.
    ///   - others: What else is asked for.
    /// - Throws: `BenchmarkError.option` for what no machine could run or no integer network could hold.
    static func check(
        channels: Int, size: Int, count: (name: String, value: Int)? = nil,
        others: [Option] = []
    ) throws(BenchmarkError) {
        let counts = count.map { [($0.name, $0.value, images)] } ?? []
        try check([("channels", channels, Self.channels), ("size", size, Self.size)] + counts + others)
        // No product of these overflows.
        let product = (count.map { "\($0.name) times " } ?? "") + "channels times rows times columns"
        try check([(product, (count?.value ?? 1) * channels * size * size, values)])
    }

    /// What `check` takes of the widths of an integer network.
    static func bits(_ precision: Precision) -> [Option] {
        [
            ("weight bits", precision.weights, Precision.range),
            ("activation bits", precision.activations, Precision.range),
        ]
    }
}
