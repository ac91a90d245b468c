/// One layer of a network: an affine map, then an optional skip-add, then an optional ReLU - in that order.
///
/// Weights are not part of it; they are named `<name>.weight` and `<name>.bias` as in PyTorch's `state_dict`.
public struct Layer: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Stride-1 cross-correlation, weight `[out, in, kh, kw]`.
        case convolution
        /// Stride-1 transposed convolution, weight `[in, out, kh, kw]`; grows the image by `k - 1 - 2 padding`.
        case transposedConvolution = "transposed_convolution"
        /// Flattens `C x H x W` (`H x W` being the kernel's size) and maps it to `out` values, weight `[out, C*H*W]`.
        case dense
    }

    public var name: String
    public var kind: Kind
    public var inputChannels: Int
    public var outputChannels: Int
    public var kernelHeight: Int
    public var kernelWidth: Int
    /// Rows and columns of zeros around the image, as PyTorch's `padding`: 0 is `valid`, 2 keeps the size for a 5x5
    /// kernel.
    public var padding: Int
    public var relu: Bool
    /// The activation that is added before the ReLU: 0 is the network's input, `k` the output of layer `k` (from 1).
    public var skip: Int?

    public init(
        name: String, kind: Kind = .convolution, inputChannels: Int, outputChannels: Int, kernelHeight: Int,
        kernelWidth: Int, padding: Int = 0, relu: Bool = false, skip: Int? = nil
    ) {
        self.name = name
        self.kind = kind
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.padding = padding
        self.relu = relu
        self.skip = skip
    }

    /// The largest sizes of a layer, and the most weights: far beyond any network that is run here, and such that no product of
    /// them and a tensor's size overflows.
    public static let mostChannels = 1 << 16
    public static let largestKernel = 1 << 12
    public static let mostWeights = 1 << 26

    /// A layer from elsewhere.
    /// - Throws: `DenoisingError.invalidNetwork` for sizes out of range; whether layers go together is the network's to check.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decode(String.self, forKey: .name), kind: try values.decode(Kind.self, forKey: .kind),
            inputChannels: try values.decode(Int.self, forKey: .inputChannels),
            outputChannels: try values.decode(Int.self, forKey: .outputChannels),
            kernelHeight: try values.decode(Int.self, forKey: .kernelHeight),
            kernelWidth: try values.decode(Int.self, forKey: .kernelWidth),
            padding: try values.decode(Int.self, forKey: .padding), relu: try values.decode(Bool.self, forKey: .relu),
            skip: try values.decodeIfPresent(Int.self, forKey: .skip))
        try requireBounds()
    }

    /// - Throws: `DenoisingError.invalidNetwork`.
    func requireBounds() throws(DenoisingError) {
        func fail(_ reason: String) -> DenoisingError { .invalidNetwork(layer: name, reason: reason) }
        for (what, size, most) in [
            ("input channels", inputChannels, Self.mostChannels),
            ("output channels", outputChannels, Self.mostChannels),
            ("kernel rows", kernelHeight, Self.largestKernel), ("kernel columns", kernelWidth, Self.largestKernel),
        ] where !(1...most).contains(size) {
            throw fail("\(size) \(what), expected 1 to \(most)")
        }
        guard inputChannels * outputChannels * kernelHeight * kernelWidth <= Self.mostWeights else {
            throw fail("\(weightShape) weights, expected at most 2^26 of them")
        }
        guard (-Self.largestKernel...Self.largestKernel).contains(padding) else {
            throw fail("padding \(padding), expected less than the kernel's size")
        }
    }

    public var weightName: String { name + ".weight" }
    public var biasName: String { name + ".bias" }

    /// Shape of the weight as in PyTorch's `state_dict`.
    public var weightShape: [Int] {
        switch kind {
        case .convolution: [outputChannels, inputChannels, kernelHeight, kernelWidth]
        case .transposedConvolution: [inputChannels, outputChannels, kernelHeight, kernelWidth]
        case .dense: [outputChannels, inputChannels * kernelHeight * kernelWidth]
        }
    }

    public var biasShape: [Int] { [outputChannels] }

    /// Padding of the equivalent stride-1 cross-correlation: `k - 1 - padding` for a transposed convolution.
    public var canonicalPadding: Int {
        kind == .transposedConvolution ? kernelHeight - 1 - padding : padding
    }

    /// Multiply-accumulates of the given images, zeros of the padding left out.
    /// - Precondition: `output` is the output's shape for `input`.
    public func multiplyAccumulates(input: TensorShape, output: TensorShape) -> Int {
        func pairs(_ kernel: Int, _ input: Int, _ output: Int) -> Int {
            (0..<kernel).reduce(0) { sum, tap in
                let shift = tap - canonicalPadding
                return sum + max(0, min(output, input - shift) - max(0, -shift))
            }
        }
        return input.count * inputChannels * outputChannels * pairs(kernelHeight, input.height, output.height)
            * pairs(kernelWidth, input.width, output.width)
    }

    /// Size of the output for an input of the given shape.
    /// - Throws: `DenoisingError.sizeMismatch` if channels differ or the image is smaller than the kernel.
    public func outputShape(for input: TensorShape) throws(DenoisingError) -> TensorShape {
        guard input.channels == inputChannels else {
            throw .sizeMismatch(
                layer: name, reason: "input has \(input.channels) channels, expected \(inputChannels)")
        }
        let height = input.height + 2 * canonicalPadding - kernelHeight + 1
        let width = input.width + 2 * canonicalPadding - kernelWidth + 1
        guard height > 0, width > 0 else {
            throw .sizeMismatch(
                layer: name,
                reason: "input of \(input.height)x\(input.width) is smaller than the kernel, expected at least "
                    + "\(kernelHeight - 2 * canonicalPadding)x\(kernelWidth - 2 * canonicalPadding)")
        }
        guard kind != .dense || (height == 1 && width == 1) else {
            throw .sizeMismatch(
                layer: name,
                reason: "dense layer got \(input.height)x\(input.width), expected \(kernelHeight)x\(kernelWidth)")
        }
        return TensorShape(count: input.count, channels: outputChannels, height: height, width: width)
    }
}
