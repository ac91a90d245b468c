/// Which layers of a RED-CNN end in a ReLU.
public enum ReLUPlacement: String, Sendable, Hashable, Codable, CaseIterable {
    case none, last, all
    /// For data of zero mean, as ldct-benchmark's.
    case allButLast = "all-but-last"
}

/// How a RED-CNN's decoder brings the image back to its size.
public enum DecoderKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every convolution is padded, the decoder's too, as in the reference code: the image never changes size.
    case same
    /// Unpadded encoder and transposed decoder, as in the original RED-CNN.
    case valid
    /// Every convolution is padded, the decoder's transposed: the image never changes size. Its tensors look like `valid`'s.
    case transposedSame = "transposed-same"

    /// Whether the decoder's weights are `[in, out, k, k]`.
    var isTransposed: Bool { self != .same }
}

extension Network {
    /// RED-CNN of 10 layers (Chen et al. 2017), shorter and longer ones of its kind, or the 3-layer network 1-C-C-1 the reference
    /// runs at 2048 bits.
    ///
    /// Ten layers: conv1...conv5, tconv1 + activation of conv4, tconv2, tconv3 + activation of conv2, tconv4,
    /// tconv5 + input; six and fourteen likewise, with three and seven convolutions. With `relu: .all` a ReLU follows every layer, after the sum where there is one; `.last` keeps
    /// the one after the last sum only, `.allButLast` all others.
    ///
    /// Three layers: conv1, conv2, tconv1 + input. The reference runs a network of three layers, but its class is published nowhere: this
    /// shape is our inference. Deviation: the reference's networks have the padded form only; for `.valid` we
    /// leave conv1 unpadded, keep conv2 padded and transpose tconv1, so that the size comes back and the last sum is
    /// possible.
    ///
    /// - Parameters:
    ///   - depth: 3, 6, 10 or 14: half of an even one is odd, so that the sums end with the input's.
    ///   - channels: of every inner activation, positive.
    ///   - kernel: odd, side of every filter.
    /// - Throws: `DenoisingError.invalidNetwork` for any other depth, channels or kernel.
    public static func redCNN(
        depth: Int, channels: Int, kernel: Int = 5, relu: ReLUPlacement, decoder: DecoderKind
    ) throws(DenoisingError) -> Network {
        guard [3, 6, 10, 14].contains(depth) else {
            throw .invalidNetwork(layer: "RED-CNN", reason: "depth \(depth), expected 3, 6, 10 or 14")
        }
        guard kernel > 0, kernel % 2 == 1, channels > 0 else {
            throw .invalidNetwork(
                layer: "RED-CNN",
                reason: "\(channels) channels and kernel \(kernel), expected positive channels and an odd kernel")
        }
        let encoderCount = redCNNEncoder(of: depth)
        var layers: [Layer] = []
        for number in 1...depth {
            let isEncoder = number <= encoderCount
            let isTransposed = !isEncoder && decoder.isTransposed
            let isPadded = decoder != .valid || (depth == 3 && number == 2)
            layers.append(
                Layer(
                    name: redCNNLayerName(number, of: depth),
                    kind: isTransposed ? .transposedConvolution : .convolution,
                    inputChannels: number == 1 ? 1 : channels,
                    outputChannels: number == depth ? 1 : channels,
                    kernelHeight: kernel, kernelWidth: kernel,
                    padding: isPadded ? kernel / 2 : 0,
                    relu: relu == .all || (relu == .last && number == depth) || (relu == .allButLast && number < depth),
                    // Every second layer of the decoder, its first and its last among them.
                    skip: isEncoder || (depth - number) % 2 == 1 ? nil : depth - number))
        }
        return try Network(layers: layers)
    }

    /// `conv1` ... `tconv5`, from 1.
    static func redCNNLayerName(_ number: Int, of depth: Int) -> String {
        let encoder = redCNNEncoder(of: depth)
        return number <= encoder ? "conv\(number)" : "tconv\(number - encoder)"
    }

    /// Convolutions before the decoder.
    static func redCNNEncoder(of depth: Int) -> Int { depth == 3 ? 2 : depth / 2 }
}
