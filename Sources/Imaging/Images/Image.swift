/// A grey image in Hounsfield units, row-major: pixel (row, column) is `pixels[row * width + column]`.
public struct Image: Equatable, Sendable {
    public let width: Int
    public let height: Int
    public var pixels: [Float]

    /// - Precondition: `pixels.count == width * height`.
    public init(width: Int, height: Int, pixels: [Float]) {
        precondition(width >= 0 && height >= 0 && pixels.count == width * height, "pixels do not fill the image")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// An image of one value.
    public init(width: Int, height: Int, filledWith value: Float) {
        self.init(width: width, height: height, pixels: [Float](repeating: value, count: width * height))
    }

    public subscript(row: Int, column: Int) -> Float {
        get { pixels[row * width + column] }
        set { pixels[row * width + column] = newValue }
    }

    /// The part that starts at (`row`, `column`).
    ///
    /// - Precondition: It lies inside the image.
    public func cropped(row: Int, column: Int, width: Int, height: Int) -> Image {
        precondition(
            row >= 0 && column >= 0 && width >= 0 && height >= 0 && row + height <= self.height
                && column + width <= self.width, "the crop leaves the image")
        var part: [Float] = []
        part.reserveCapacity(width * height)
        for y in row..<row + height {
            let start = y * self.width + column
            part.append(contentsOf: pixels[start..<start + width])
        }
        return Image(width: width, height: height, pixels: part)
    }

    /// The index of the first pixel that is NaN, infinite or beyond 32,767 HU; anything else is legal.
    public var firstIllegalPixel: Int? { Self.firstIllegalValue(pixels) }

    static func firstIllegalValue(_ values: [Float]) -> Int? {
        // Not a number fails every comparison.
        values.firstIndex { !(abs($0) <= 32767) }
    }

    /// What to say of the first illegal pixel, or nil. - Parameter place: Names file or slice.
    package func illegalPixel(at place: String) -> ImagingError? {
        firstIllegalPixel.map { .pixel(place: place, row: $0 / width, column: $0 % width) }
    }
}
