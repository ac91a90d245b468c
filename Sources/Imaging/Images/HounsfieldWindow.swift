/// The range of HU that networks and metrics see. Values outside are clipped when they are used, never in a file.
public struct HounsfieldWindow: Equatable, Hashable, Sendable {
    public let low: Float
    public let high: Float

    /// [-1024, 3071]: 4,096 integers, so 12 bits hold rounded HU exactly and integer 0 is the window floor, air, and
    /// padding.
    public static let standard = HounsfieldWindow(uncheckedLow: -1024, high: 3071)

    private static let farthest: Float = 1_000_000

    /// - Throws: `ImagingError.parameter` unless both are within a million HU and `low < high`.
    public init(low: Float, high: Float) throws(ImagingError) {
        // Not a number fails every comparison.
        guard abs(low) <= Self.farthest, abs(high) <= Self.farthest, low < high else {
            throw .parameter(
                name: "HU window", found: "[\(low), \(high)]",
                expected: "two numbers from -\(Int(Self.farthest)) to \(Int(Self.farthest)), low < high")
        }
        self.init(uncheckedLow: low, high: high)
    }

    private init(uncheckedLow low: Float, high: Float) {
        self.low = low
        self.high = high
    }

    /// Grey levels in the window, counting integers: 4,096 for the standard window. The data range of the metrics.
    public var dataRange: Double { Double(high) - Double(low) + 1 }

    public func clip(_ hu: Float) -> Float { min(max(hu, low), high) }

    /// `(HU - low) / (high - low)`: [0, 1] inside the window; not clipped.
    public func normalise(_ hu: Float) -> Float { (hu - low) / (high - low) }

    /// The inverse of `normalise`, up to rounding.
    public func denormalise(_ value: Float) -> Float { value * (high - low) + low }

    public func clip(_ image: Image) -> Image { image.mapped(clip) }
    public func normalise(_ image: Image) -> Image { image.mapped(normalise) }
    public func denormalise(_ image: Image) -> Image { image.mapped(denormalise) }
}

extension Image {
    /// The image of `transform` applied to every pixel.
    public func mapped(_ transform: (Float) -> Float) -> Image {
        Image(width: width, height: height, pixels: pixels.map(transform))
    }
}
