public import Imaging
import Numerics

extension IntegerNetwork {
    /// One-channel integer input of HU images: clipped to the window, rounded to whole HU (halves up), counted from the
    /// window's floor, and scaled to `0...largestInput`, halves up. With 12 bits and the standard window an integer is
    /// HU + 1024, exactly.
    ///
    /// - Throws: `DenoisingError.wrongShape` if sizes differ; `valueOutOfRange` unless the window's ends are whole HU.
    public func input(
        _ images: [Image], window: HounsfieldWindow = .standard
    ) throws(DenoisingError) -> IntegerTensor {
        try Self.input(images, window: window, bits: inputBits)
    }

    /// The same for whoever knows the public width of the input alone, and no network.
    public static func input(
        _ images: [Image], window: HounsfieldWindow, bits: Int
    ) throws(DenoisingError) -> IntegerTensor {
        let largestInput = 1 << bits - 1
        guard let low = Int(exactly: window.low), let high = Int(exactly: window.high), low < high else {
            throw .valueOutOfRange(what: "HU window", expected: "whole HU")
        }
        let (height, width) = (images.first?.height ?? 0, images.first?.width ?? 0)
        var values: [Int] = []
        for image in images {
            guard image.height == height, image.width == width else {
                throw .wrongShape(what: "image", found: [image.height, image.width], expected: [height, width])
            }
            for pixel in image.pixels {
                guard !pixel.isNaN else { throw .valueOutOfRange(what: "pixel", expected: "a number") }
                let steps = Int((window.clip(pixel) + 0.5).rounded(.down)) - low
                values.append((2 * steps * largestInput + (high - low)) / (2 * (high - low)))
            }
        }
        let shape = TensorShape(count: images.count, channels: 1, height: height, width: width)
        return IntegerTensor(shape: shape, values: IntegerArray(values))
    }

    /// The images of a one-channel output in HU, not clipped: `low + (high - low) * value * outputScale`.
    /// - Precondition: one channel.
    public func images(_ output: IntegerTensor, window: HounsfieldWindow = .standard) -> [Image] {
        Self.images(output, window: window, scale: outputScale)
    }

    /// The same for whoever knows the public scale of the output alone, and no network.
    /// - Precondition: one channel.
    public static func images(_ output: IntegerTensor, window: HounsfieldWindow, scale outputScale: Double) -> [Image] {
        precondition(output.shape.channels == 1, "an image has one channel")
        let range = Double(window.high) - Double(window.low)
        return (0..<output.shape.count).map { image in
            let pixels = (0..<output.shape.planeSize).map { index in
                let value = Double(output.values[image * output.shape.planeSize + index]) * outputScale
                return Float(Double(window.low) + range * value)
            }
            return Image(width: output.shape.width, height: output.shape.height, pixels: pixels)
        }
    }
}
