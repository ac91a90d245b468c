extension PolynomialGeometry: Codable {
    private enum CodingKeys: String, CodingKey {
        case kernel, padding, input, rows, holds
    }

    /// What defines it; places are derived.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode([kernelHeight, kernelWidth], forKey: .kernel)
        try values.encode(padding, forKey: .padding)
        // Of the layer, also where the images are its outputs.
        let grown = holdsOutputs ? [kernelHeight - 1 - 2 * padding, kernelWidth - 1 - 2 * padding] : [0, 0]
        try values.encode([inputHeight + grown[0], inputWidth + grown[1]], forKey: .input)
        try values.encode([rows.lowerBound, rows.upperBound], forKey: .rows)
        try values.encode(holdsOutputs, forKey: .holds)
    }

    /// - Throws: `DecodingError` or `LatticeError` for sizes that are none.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let (kernel, input, rows) = (
            try values.decode([Int].self, forKey: .kernel), try values.decode([Int].self, forKey: .input),
            try values.decode([Int].self, forKey: .rows)
        )
        let padding = try values.decode(Int.self, forKey: .padding)
        let limit = 1...1 << 14
        guard kernel.count == 2, input.count == 2, rows.count == 2, (kernel + input).allSatisfy(limit.contains),
            (0...64).contains(padding), 0 <= rows[0], rows[0] < rows[1],
            rows[1] <= input[0] + 2 * padding - kernel[0] + 1, input[1] + 2 * padding - kernel[1] >= 0
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: values.codingPath, debugDescription: "sizes that make no geometry"))
        }
        let geometry = try PolynomialGeometry(
            kernelHeight: kernel[0], kernelWidth: kernel[1], padding: padding, inputHeight: input[0],
            inputWidth: input[1], rows: rows[0]..<rows[1])
        self = try values.decode(Bool.self, forKey: .holds) ? geometry.ofOutputs : geometry
    }
}
