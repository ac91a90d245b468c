/// The patches of one split: equal sizes, low dose and normal dose in pairs.
public struct PatchSet: Equatable, Sendable {
    public let width: Int
    public let height: Int
    /// HU, [patch][row][column]. Integers in `lowDose`.
    public private(set) var lowDose: [Float]
    public private(set) var normalDose: [Float]
    /// Where each patch comes from.
    public private(set) var slices: [SliceName]
    public private(set) var origins: [PatchOrigin]
    /// How much of each is image.
    public private(set) var extents: [PatchExtent]

    public var count: Int { slices.count }

    public init(width: Int, height: Int) {
        self.init(width: width, height: height, lowDose: [], normalDose: [], slices: [], origins: [])
    }

    init(
        width: Int, height: Int, lowDose: [Float], normalDose: [Float], slices: [SliceName], origins: [PatchOrigin],
        extents: [PatchExtent]? = nil
    ) {
        precondition(
            lowDose.count == slices.count * width * height && normalDose.count == lowDose.count
                && origins.count == slices.count, "a patch set whose parts differ in length")
        self.width = width
        self.height = height
        self.lowDose = lowDose
        self.normalDose = normalDose
        self.slices = slices
        self.origins = origins
        self.extents = extents ?? Array(repeating: PatchExtent(height: height, width: width), count: slices.count)
        precondition(self.extents.count == slices.count, "a patch set whose parts differ in length")
    }

    /// Patches of which a part only is image.
    public var shortCount: Int { extents.count { $0 != PatchExtent(height: height, width: width) } }

    /// - Parameter extent: how much is image; nil is all.
    /// - Precondition: Both images have this set's size.
    public mutating func append(
        lowDose low: Image, normalDose normal: Image, slice: SliceName, origin: PatchOrigin, extent: PatchExtent? = nil
    ) {
        precondition(
            low.width == width && low.height == height && normal.width == width && normal.height == height,
            "a patch of another size")
        lowDose += low.pixels
        normalDose += normal.pixels
        slices.append(slice)
        origins.append(origin)
        extents.append(extent ?? PatchExtent(height: height, width: width))
    }

    func values(_ dose: PatchFile.Dose) -> [Float] { dose == .low ? lowDose : normalDose }

    public func lowDose(_ index: Int) -> Image { image(lowDose, index) }
    public func normalDose(_ index: Int) -> Image { image(normalDose, index) }

    private func image(_ values: [Float], _ index: Int) -> Image {
        let area = width * height
        return Image(width: width, height: height, pixels: Array(values[index * area..<(index + 1) * area]))
    }
}
