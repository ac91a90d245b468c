/// The index arithmetic that the cost model and the convolution share, so that they cannot disagree.
///
/// Eight lanes are eight outputs. With 96 channels they are eight channels; when the channel count is no multiple of eight, the output rows
/// are cut into `bands` equal bands and a lane is (channel, band), so that even a single output channel fills all lanes.
struct ConvolutionGeometry {
    let shape: ConvolutionShape
    let channels, taps: Int
    let bands, bandRows: Int
    /// Ranges of input channels, as equal as can be.
    let channelGroups: [Range<Int>]

    init(shape: ConvolutionShape, channels: Int, taps: Int) {
        self.shape = shape
        self.channels = channels
        self.taps = taps
        bands = Self.bands(shape)
        bandRows = (shape.outputHeight + bands - 1) / bands
        let count = (shape.inputChannels + channels - 1) / channels
        channelGroups = (0..<count).map { group in
            shape.inputChannels * group / count..<shape.inputChannels * (group + 1) / count
        }
    }

    static func bands(_ shape: ConvolutionShape) -> Int {
        var bands = 1
        while shape.outputChannels * bands % ConvolutionPlan.lanes != 0 { bands *= 2 }
        return min(bands, shape.outputHeight)
    }

    /// Groups of eight lanes per position.
    var laneGroups: Int { (shape.outputChannels * bands + ConvolutionPlan.lanes - 1) / ConvolutionPlan.lanes }

    /// First taps of the column runs a group covers.
    var tapStarts: StrideTo<Int> { stride(from: 0, to: shape.kernelWidth, by: taps) }

    /// Leftmost input columns of groups that touch the image.
    var columnStarts: Range<Int> { 1 - taps..<shape.inputWidth }

    /// Input rows (within a band) that the output rows of a block read, for any band.
    func inputRows(for block: Range<Int>) -> [Int] {
        let first = block.lowerBound - shape.top
        return (first..<block.upperBound - shape.top + shape.kernelHeight - 1).filter(touchesImage)
    }

    /// Whether row `row` of some band's input lies in the image.
    private func touchesImage(_ row: Int) -> Bool {
        (0..<bands).contains { (0..<shape.inputHeight).contains(row + $0 * bandRows) }
    }

    /// Kernel rows that output row `row` of a band uses.
    func rowTaps(_ row: Int) -> Int {
        (0..<shape.kernelHeight).count { touchesImage(row - shape.top + $0) }
    }

    /// Tap runs that output column `column` uses.
    func columnTaps(_ column: Int) -> Int {
        tapStarts.count { columnStarts.contains(column - shape.left + $0) }
    }
}
