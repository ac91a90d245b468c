/// Where patches lie: a fixed grid from the top left corner, of which those with enough body are kept. Patches never
/// leave the image.
public struct PatchExtraction: Equatable, Sendable {
    /// Pixels per side.
    public let size: Int
    /// Pixels from one patch to the next.
    public let stride: Int
    /// Body is what is above this many HU.
    public static let bodyThreshold: Float = -500
    /// The least share of body in a kept patch, 0 to 1.
    public let leastBody: Double

    /// - Throws: `ImagingError.parameter`.
    public init(size: Int = 64, stride: Int = 64, leastBody: Double = 0.5) throws(ImagingError) {
        guard (11...4096).contains(size) else {
            throw .parameter(name: "patch size", found: "\(size)", expected: "11 (the window of SSIM) to 4096 pixels")
        }
        guard (1...4096).contains(stride) else {
            throw .parameter(name: "stride", found: "\(stride)", expected: "1 to 4096 pixels")
        }
        guard (0...1).contains(leastBody) else {
            throw .parameter(name: "least body", found: "\(leastBody)", expected: "a share of a patch, 0 to 1")
        }
        self.size = size
        self.stride = stride
        self.leastBody = leastBody
    }

    /// The top left corners of the kept patches, row by row.
    public func origins(in slice: Image) -> [PatchOrigin] {
        var origins: [PatchOrigin] = []
        for row in Swift.stride(from: 0, through: slice.height - size, by: stride) {
            for column in Swift.stride(from: 0, through: slice.width - size, by: stride) {
                let patch = slice.cropped(row: row, column: column, width: size, height: size)
                let body = patch.pixels.count { $0 > Self.bodyThreshold }
                if Double(body) >= leastBody * Double(size * size) {
                    origins.append(PatchOrigin(row: row, column: column))
                }
            }
        }
        return origins
    }
}

/// The top left corner of a patch in its slice, in pixels.
public struct PatchOrigin: Equatable, Hashable, Sendable {
    public let row: Int
    public let column: Int

    public init(row: Int, column: Int) {
        self.row = row
        self.column = column
    }
}
