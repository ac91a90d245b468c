/// Size of a batch of multi-channel images: `count x channels x height x width`, stored in that order (NCHW).
public struct TensorShape: Sendable, Hashable, Codable, CustomStringConvertible {
    public var count: Int
    public var channels: Int
    public var height: Int
    public var width: Int

    /// - Precondition: no size is negative.
    public init(count: Int = 1, channels: Int, height: Int, width: Int) {
        precondition(count >= 0 && channels >= 0 && height >= 0 && width >= 0, "negative tensor size")
        self.count = count
        self.channels = channels
        self.height = height
        self.width = width
    }

    public var elementCount: Int { count * channels * height * width }

    /// Values of one channel of one image.
    public var planeSize: Int { height * width }

    public var dimensions: [Int] { [count, channels, height, width] }

    /// The same images with another batch size.
    public func with(count: Int) -> TensorShape {
        TensorShape(count: count, channels: channels, height: height, width: width)
    }

    public var description: String { "\(count)x\(channels)x\(height)x\(width)" }
}
