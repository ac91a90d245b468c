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

    /// The largest side, and the most values, that a shape of a file may have: far beyond any image, and such that no product of
    /// them and a layer's size overflows.
    public static let largestSide = 1 << 20
    public static let mostElements = 1 << 36

    /// A shape from elsewhere.
    /// - Throws: `DenoisingError.valueOutOfRange` unless every size is from 1 to `largestSide` and all values are at most
    ///   `mostElements`.
    public init(checking dimensions: [Int]) throws(DenoisingError) {
        guard dimensions.count == 4, dimensions.allSatisfy({ (1...Self.largestSide).contains($0) }),
            dimensions.reduce(Double(1), { $0 * Double($1) }) <= Double(Self.mostElements)
        else {
            throw .valueOutOfRange(
                what: "shape \(dimensions.map(\.description).joined(separator: "x"))",
                expected: "four sizes from 1 to \(Self.largestSide), at most 2^36 values")
        }
        self.init(count: dimensions[0], channels: dimensions[1], height: dimensions[2], width: dimensions[3])
    }

    /// - Throws: as `init(checking:)`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(checking: [.count, .channels, .height, .width].map { try values.decode(Int.self, forKey: $0) })
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
