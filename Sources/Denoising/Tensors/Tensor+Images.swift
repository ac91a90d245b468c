public import Imaging

extension Tensor {
    /// One-channel batch of HU images of one size, clipped to the window and mapped to 0...1.
    /// - Throws: `DenoisingError.wrongShape` if sizes differ.
    public init(_ images: [Image], window: HounsfieldWindow = .standard) throws(DenoisingError) {
        let (height, width) = (images.first?.height ?? 0, images.first?.width ?? 0)
        var values: [Float] = []
        for image in images {
            guard image.height == height, image.width == width else {
                throw .wrongShape(what: "image", found: [image.height, image.width], expected: [height, width])
            }
            values.append(contentsOf: image.pixels.map { window.normalise(window.clip($0)) })
        }
        self.init(
            unchecked: values, shape: TensorShape(count: images.count, channels: 1, height: height, width: width))
    }

    /// The images of a one-channel batch in HU, not clipped.
    /// - Precondition: one channel.
    public func hounsfieldImages(window: HounsfieldWindow = .standard) -> [Image] {
        precondition(shape.channels == 1, "an image has one channel")
        return (0..<shape.count).map { index in
            let pixels = values[(index * shape.planeSize)..<((index + 1) * shape.planeSize)]
            return Image(width: shape.width, height: shape.height, pixels: pixels.map(window.denormalise))
        }
    }
}

extension TrainingPairs {
    /// Low-dose patches as inputs, normal-dose patches as targets.
    /// - Throws: `DenoisingError.wrongShape` if the set is empty.
    public init(_ patches: PatchSet, window: HounsfieldWindow = .standard) throws(DenoisingError) {
        try self.init(
            inputs: Tensor((0..<patches.count).map { patches.lowDose($0) }, window: window),
            targets: Tensor((0..<patches.count).map { patches.normalDose($0) }, window: window))
    }
}
