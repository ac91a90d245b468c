/// How the channels of an image sit in polynomials for the layer that reads them, and where that layer's outputs appear.
///
/// A polynomial is a square of 64 x 64 coefficients, value (r, c) at 64 r + c. Multiplied by a kernel with padding P, coefficient
/// 64 r + c becomes the output at (r, c) if it reads nothing but what the correlation asks for. One rule, three arrangements:
/// - *whole*: the image in one polynomial, if image and padding fit 64 rows and columns; the empty ones are the zeros around it.
/// - *strips*: outputs up to 64 x 64 of kernels up to 5 x 5 (`same` on 64 x 64): all but the last rows and columns from one
///   polynomial, these from a second that three channels share, each 20 rows below the one before.
/// - *pieces*: windows of 64 x 64 with their surroundings, each for 64 - k + 1 rows and columns of outputs.
public struct PolynomialGeometry: Sendable, Hashable {
    /// Pixels of an image copied to coefficients.
    struct Copy: Sendable, Hashable {
        let row, column: Int
        let position: Int
        let rows, columns: Int

        /// Coefficient of pixel (row, column), or nil if another copy has it.
        func position(row: Int, column: Int, count: Int) -> Int? {
            guard row >= self.row, row < self.row + rows, column >= self.column, column + count <= self.column + columns
            else { return nil }
            return position + PolynomialGeometry.side * (row - self.row) + column - self.column
        }
    }

    /// Outputs in one row of the image, in as many coefficients.
    struct OutputRun: Sendable, Hashable {
        let row, column: Int
        let position: Int
        let count: Int
    }

    /// Polynomials that are multiplied by the same kernels.
    struct Part: Sendable, Hashable {
        /// Channels in one polynomial, each `sharedRows` rows below the one before.
        let share: Int
        let sharedRows: Int
        /// The padding of the product; windows bring their own surroundings.
        let padding: Int
        /// Of the first of the channels that share.
        let copies: [Copy]
        let outputs: [OutputRun]

        var needed: Int { outputs.reduce(0) { $0 + $1.count } }

        func polynomials(_ channels: Int) -> Int { (channels + share - 1) / share }
    }

    static let side = 64
    /// What an image can be cut into: some 7000 pixels square with kernels of 5x5.
    static let mostPieces = 1 << 14
    /// Rows and columns of the kernels the fast products take.
    static let fastKernel = 8

    let parts: [Part]
    let kernelHeight, kernelWidth: Int
    let padding: Int
    /// Of the images that are cut.
    public let inputHeight, inputWidth: Int
    /// The rows of the output that are asked for; those of answers.
    let rows: Range<Int>
    public var outputHeight: Int { rows.count }
    public let outputWidth: Int
    /// Whether the images are the outputs of the layer, cut as its answers are: nothing reads them, they are added.
    let holdsOutputs: Bool

    /// - Parameter rows: of the output, if not all are wanted.
    /// - Throws: `unsupported` for kernels beyond 64 x 64, padding below 0, and images of more than `mostPieces` pieces.
    public init(
        kernelHeight: Int, kernelWidth: Int, padding: Int, inputHeight: Int, inputWidth: Int, rows: Range<Int>? = nil
    ) throws(LatticeError) {
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.padding = padding
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        let outputHeight = inputHeight + 2 * padding - kernelHeight + 1
        outputWidth = inputWidth + 2 * padding - kernelWidth + 1
        self.rows = rows ?? 0..<outputHeight
        holdsOutputs = false
        guard max(kernelHeight, kernelWidth) <= Self.side else {
            throw .unsupported("a kernel of \(kernelHeight)x\(kernelWidth); at most 64x64 expected")
        }
        guard padding >= 0, min(inputHeight, inputWidth) > 0, min(outputHeight, outputWidth) > 0 else {
            throw .unsupported("a padding of \(padding) around \(inputHeight)x\(inputWidth)")
        }
        func pieces(_ length: Int, _ kernel: Int) -> Int { (length - 1) / (Self.side - kernel + 1) + 1 }
        guard pieces(self.rows.count, kernelHeight) * pieces(outputWidth, kernelWidth) <= Self.mostPieces else {
            throw .unsupported("an image of more than \(Self.mostPieces) pieces")
        }
        let image = Window(height: inputHeight, width: inputWidth, padding: padding)
        let isWhole =
            max(inputHeight, inputWidth) + padding <= Self.side && max(outputHeight, outputWidth) <= Self.side
        if let rows, rows != 0..<outputHeight {
            parts = Self.pieces(image, rows, outputWidth, kernelHeight, kernelWidth)
        } else if isWhole {
            parts = [Self.whole(image, outputHeight, outputWidth)]
        } else if max(kernelHeight, kernelWidth) <= 5, max(outputHeight, outputWidth) <= Self.side {
            parts = Self.strips(image, outputHeight, outputWidth, kernelHeight, kernelWidth)
        } else {
            parts = Self.pieces(image, 0..<outputHeight, outputWidth, kernelHeight, kernelWidth)
        }
    }

    /// For tensors of the outputs' shape that are sent to be added to them: cut as the answers are, nothing moves.
    public var ofOutputs: PolynomialGeometry {
        PolynomialGeometry(holdingOutputsOf: self)
    }

    private init(holdingOutputsOf layer: PolynomialGeometry) {
        (kernelHeight, kernelWidth, padding) = (layer.kernelHeight, layer.kernelWidth, layer.padding)
        (inputHeight, inputWidth) = (layer.inputHeight + 2 * padding - kernelHeight + 1, layer.outputWidth)
        (rows, outputWidth, holdsOutputs) = (layer.rows, layer.outputWidth, true)
        parts = layer.parts.map { part in
            Part(
                share: 1, sharedRows: 0, padding: 0,
                copies: part.outputs.map {
                    Copy(
                        row: layer.rows.lowerBound + $0.row, column: $0.column, position: $0.position, rows: 1,
                        columns: $0.count)
                }, outputs: part.outputs)
        }
    }

    /// An image among zeros.
    private struct Window {
        let height, width, padding: Int

        /// Copies rows and columns of the padded image, as far as they are not zeros, to `position`.
        func copy(rows: Range<Int>, columns: Range<Int>, to position: Int) -> Copy? {
            let own = (rows.clamped(to: padding..<padding + height), columns.clamped(to: padding..<padding + width))
            guard !own.0.isEmpty, !own.1.isEmpty else { return nil }
            let shift = side * (own.0.lowerBound - rows.lowerBound) + own.1.lowerBound - columns.lowerBound
            return Copy(
                row: own.0.lowerBound - padding, column: own.1.lowerBound - padding, position: position + shift,
                rows: own.0.count, columns: own.1.count)
        }
    }

    private static func whole(_ image: Window, _ height: Int, _ width: Int) -> Part {
        Part(
            share: 1, sharedRows: 0, padding: image.padding,
            copies: [
                Copy(row: 0, column: 0, position: 0, rows: image.height, columns: image.width)
            ],
            outputs: (0..<height).map { OutputRun(row: $0, column: 0, position: side * $0, count: width) })
    }

    /// - Parameter first: the row of the output that answers begin with.
    private static func piece(_ image: Window, rows: Range<Int>, columns: Range<Int>, first: Int = 0) -> Part {
        let window = (rows.lowerBound..<rows.lowerBound + side, columns.lowerBound..<columns.lowerBound + side)
        return Part(
            share: 1, sharedRows: 0, padding: 0,
            copies: [image.copy(rows: window.0, columns: window.1, to: 0)].compactMap { $0 },
            outputs: rows.map { row in
                OutputRun(
                    row: row - first, column: columns.lowerBound, position: side * (row - rows.lowerBound),
                    count: columns.count)
            })
    }

    private static func pieces(
        _ image: Window, _ rows: Range<Int>, _ width: Int, _ kernelHeight: Int, _ kernelWidth: Int
    ) -> [Part] {
        let (high, wide) = (side - kernelHeight + 1, side - kernelWidth + 1)
        return stride(from: rows.lowerBound, to: rows.upperBound, by: high).flatMap { row in
            stride(from: 0, to: width, by: wide).map { column in
                piece(
                    image, rows: row..<min(row + high, rows.upperBound), columns: column..<min(column + wide, width),
                    first: rows.lowerBound)
            }
        }
    }

    /// Bottom rows take 8 rows of a channel's 20, the right columns, cut into eight pieces of 8 output rows side by
    /// side, the rest.
    private static func strips(
        _ image: Window, _ height: Int, _ width: Int, _ kernelHeight: Int, _ kernelWidth: Int
    ) -> [Part] {
        let (high, wide) = (min(height, side - kernelHeight + 1), min(width, side - kernelWidth + 1))
        let main = piece(image, rows: 0..<high, columns: 0..<wide)
        let bottom = 8
        var copies = [image.copy(rows: high..<high + bottom, columns: 0..<side, to: 0)]
        var outputs = (high..<height).map {
            OutputRun(row: $0, column: 0, position: side * ($0 - high), count: wide)
        }
        for strip in 0..<(width > wide ? (height + 7) / 8 : 0) {
            let rows = 8 * strip..<min(8 * strip + 8, height)
            copies.append(
                image.copy(
                    rows: 8 * strip..<8 * strip + 12, columns: wide..<wide + 8, to: side * bottom + 8 * strip))
            outputs += rows.map {
                OutputRun(
                    row: $0, column: wide, position: side * (bottom + $0 - 8 * strip) + 8 * strip, count: width - wide)
            }
        }
        return [main, Part(share: 3, sharedRows: 20, padding: 0, copies: copies.compactMap { $0 }, outputs: outputs)]
    }

    /// Ciphertexts of one image of `channels` channels.
    public func uploaded(channels: Int) -> Int { parts.reduce(0) { $0 + $1.polynomials(channels) } }
    /// Answers of one image of `channels` outputs.
    public func answered(channels: Int) -> Int { parts.count * channels }
    /// Coefficients of one output of an image that answers send, over all pieces.
    public var sentCoefficients: Int { parts.reduce(0) { $0 + $1.needed } }
    /// Products of polynomials for one image, a public count.
    public func products(inputs: Int, outputs: Int) -> Int { uploaded(channels: inputs) * outputs }

    /// Where a kept tensor's values stand for an output of this layer: the part that has them, and by how many coefficients a
    /// channel stands behind. Nil where no part has all of an output part's values in one place.
    func alignment(of kept: PolynomialGeometry, part: Int, channel: Int) -> (part: Int, shift: Int)? {
        let order = [part] + kept.parts.indices.filter { $0 != part }
        for index in order where index < kept.parts.count {
            let other = kept.parts[index]
            let offset = Self.side * other.sharedRows * (channel % other.share)
            // Pieces overlap, so that a pixel may stand in several places: one shift has to serve all outputs.
            var shifts: Set<Int>?
            for run in parts[part].outputs {
                let found = other.copies.compactMap {
                    $0.position(row: rows.lowerBound + run.row, column: run.column, count: run.count)
                }.map { $0 + offset - run.position }
                shifts = shifts.map { $0.intersection(found) } ?? Set(found)
            }
            if let shift = shifts?.filter({ $0 >= 0 }).min() { return (index, shift) }
        }
        return nil
    }
}
