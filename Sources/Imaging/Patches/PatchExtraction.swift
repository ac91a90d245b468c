import Numerics

/// Where patches lie, and how they are cut.
public struct PatchExtraction: Equatable, Sendable {
    /// Which patches of a slice are taken.
    public enum Rule: Equatable, Sendable {
        /// A fixed grid from the top left corner, `stride` pixels from one patch to the next, of which those are kept that are body to a
        /// share of `leastBody`, 0 to 1. Patches never leave the image.
        case grid(stride: Int, leastBody: Double)
        /// `count` a slice at random, as the code of Yang et al. takes them (`test_ct_patch.py`): row and column of the corner each
        /// uniform over 16 up to the side less 16, both included (its `random.randint(16, 240)` on 256 x 256), whatever lies there.
        ///
        /// A crop that runs over the edge is smaller then: of 256 x 256, 48 of 225 corners on either axis are too near for 64 pixels, so
        /// that 38 % of crops are smaller, down to 16. Here such a patch keeps its size, what lies outside is air, and its extent says
        /// how much of it is image. The code sets no seed; this does. The usual rule is the grid, as a metric over crops of many sizes,
        /// many of them air, tells more of the crops than of the network.
        case drawn(count: Int, seed: UInt64)
    }

    /// Pixels per side.
    public let size: Int
    public let rule: Rule
    /// Body is what is above this many HU.
    public static let bodyThreshold: Float = -500
    /// Of corners that are drawn, to the image's edges.
    static let margin = 16

    /// A grid.
    /// - Throws: `ImagingError.parameter`.
    public init(size: Int = 64, stride: Int = 64, leastBody: Double = 0.5) throws(ImagingError) {
        guard (1...4096).contains(stride) else {
            throw .parameter(name: "stride", found: "\(stride)", expected: "1 to 4096 pixels")
        }
        guard (0...1).contains(leastBody) else {
            throw .parameter(name: "least body", found: "\(leastBody)", expected: "a share of a patch, 0 to 1")
        }
        try self.init(size: size, rule: .grid(stride: stride, leastBody: leastBody))
    }

    /// Random crops, as the reference's code takes them.
    /// - Throws: `ImagingError.parameter`.
    public init(size: Int = 64, drawing count: Int, seed: UInt64) throws(ImagingError) {
        guard (1...4096).contains(count) else {
            throw .parameter(name: "crops of a slice", found: "\(count)", expected: "1 to 4096")
        }
        try self.init(size: size, rule: .drawn(count: count, seed: seed))
    }

    private init(size: Int, rule: Rule) throws(ImagingError) {
        guard (11...4096).contains(size) else {
            throw .parameter(name: "patch size", found: "\(size)", expected: "11 (the window of SSIM) to 4096 pixels")
        }
        self.size = size
        self.rule = rule
    }

    /// The top left corners of the patches, of a grid row by row.
    /// - Parameter stream: of the slice: which corners are drawn depends on it and on the seed.
    public func origins(in slice: Image, stream: UInt64 = 0) -> [PatchOrigin] {
        switch rule {
        case .grid(let stride, let leastBody):
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
        case .drawn(let count, let seed):
            guard min(slice.height, slice.width) >= 2 * Self.margin else { return [] }
            var generator = SeededGenerator(seed: seed, stream: 0x6372_6f70_7300_0000 &+ stream)
            func drawn(_ side: Int) -> Int {
                Self.margin + Int(generator.uniform() * Double(side - 2 * Self.margin + 1))
            }
            return (0..<count).map { _ in
                let row = drawn(slice.height)
                return PatchOrigin(row: row, column: drawn(slice.width))
            }
        }
    }

    /// How much of the patch at an origin is image.
    public func extent(at origin: PatchOrigin, in slice: Image) -> PatchExtent {
        PatchExtent(height: min(size, slice.height - origin.row), width: min(size, slice.width - origin.column))
    }

    /// The patch at an origin, with air where it leaves the image.
    /// - Precondition: the origin lies inside the image.
    public func patch(of slice: Image, at origin: PatchOrigin) -> Image {
        let extent = extent(at: origin, in: slice)
        let part = slice.cropped(row: origin.row, column: origin.column, width: extent.width, height: extent.height)
        guard extent != PatchExtent(height: size, width: size) else { return part }
        var patch = Image(width: size, height: size, filledWith: Self.air)
        for row in 0..<extent.height {
            for column in 0..<extent.width { patch[row, column] = part[row, column] }
        }
        return patch
    }

    private static let air: Float = -1024
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

/// The rows and columns of a patch, from its top left corner, that are image; all of them but where a crop left the slice.
public struct PatchExtent: Equatable, Hashable, Sendable {
    public let height: Int
    public let width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// What of a patch is image.
    /// - Precondition: the patch is at least as large.
    public func cut(_ patch: Image) -> Image {
        guard patch.width != width || patch.height != height else { return patch }
        return patch.cropped(row: 0, column: 0, width: width, height: height)
    }
}
